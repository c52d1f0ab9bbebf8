import { expect, inject, test } from 'vitest'
import { schemaDrift } from '../../prisma/drift.ts'

test('the migrations lead to exactly the schema', async () => {
  // As the superuser: the shadow database may have an autovacuum worker of the server's own, which no other role may end.
  expect(await schemaDrift(inject('superUrl'))).toBe('')
})
