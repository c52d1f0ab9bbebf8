import { expect, inject, test } from 'vitest'
import { schemaDrift } from '../../prisma/drift.ts'

test('the migrations lead to exactly the schema', async () => {
  expect(await schemaDrift(inject('ownerUrl'))).toBe('')
})
