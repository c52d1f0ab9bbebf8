import { expect, inject, test } from 'vitest'
import { schemaDrift } from '../../src/database/migrations.ts'

test('the migrations lead to exactly the schema', async () => {
  expect(await schemaDrift(inject('ownerUrl'))).toBe('')
})
