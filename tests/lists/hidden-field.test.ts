import { expect, test } from 'vitest'
import { hiddenField } from '../../src/hidden-field.ts'

test('a hidden field is found again, and by nobody who lists, copies or compares the object', () => {
  const [field, other] = [hiddenField<string>(), hiddenField<string>()]
  const row = { id: 1 }
  field.set(row, 'before')
  field.set(row, 'now')
  expect(field.get(row)).toBe('now')
  expect(other.get(row)).toBeUndefined()
  expect(field.get({ ...row })).toBeUndefined()
  expect(Reflect.ownKeys(row)).toEqual(['id'])
  expect(row).toStrictEqual({ id: 1 })
})
