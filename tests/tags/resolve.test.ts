import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { transaction } from '../../src/database/client.ts'
import { TagsForm, tagsField } from '../../src/tags/forms.ts'
import { resolveTags } from '../../src/tags/tag.ts'
import { readForm } from '../../src/forms/form.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

function resolve(names: string[]) {
  const { id } = purser.northwind.reseller
  return transaction(purser.services, (db) => resolveTags(db, id, names))
}

describe('resolveTags', () => {
  test('makes what is missing, in a colour of the palette, and finds what is there in other letters', async () => {
    const [made] = await resolve(['VIP'])
    expect(made).toMatchObject({ name: 'VIP', key: 'vip', colour: expect.not.stringMatching('gray') })
    const found = await resolve(['vip', 'Net 30'])
    expect(found.map(({ name }) => name)).toEqual(['Net 30', 'VIP'])
    expect(found[1]?.id).toBe(made?.id)
  })

  test('ten at once, in opposite orders, make each tag once', async () => {
    const names = ['one', 'two', 'three', 'four']
    const rounds = await Promise.all(
      Array.from({ length: 10 }, (_, round) => resolve(round % 2 ? names : names.toReversed())),
    )
    expect(new Set(rounds.flatMap((tags) => tags.map(({ id }) => id))).size).toBe(4)
  })

  test('another reseller has tags of its own', async () => {
    const [ours] = await resolve(['shared word'])
    const theirs = await transaction(purser.services, (db) =>
      resolveTags(db, purser.eastgate.reseller.id, ['shared word']),
    )
    expect(theirs[0]?.id).not.toBe(ours?.id)
  })
})

describe('tagsField', () => {
  const read = (body: unknown) => readForm(z.object({ tags: tagsField() }), body)

  test.each([
    ['a comma-separated line', { tags: 'vip, net 30' }, ['vip', 'net 30']],
    ['the field repeated', { tags: ['vip', 'net 30, new'] }, ['vip', 'net 30', 'new']],
    ['doubles, white space and empty ones', { tags: ' vip ,, VIP,\tnet   30 ,' }, ['VIP', 'net 30']],
    ['nothing', { tags: '' }, []],
    ['no such field', {}, []],
  ])('%s', (_case, body, names) => {
    const form = read(body)
    expect(form.ok && form.values.tags).toEqual(names)
  })

  test.each([
    ['too long', { tags: 'x'.repeat(41) }, 'Use at most {max} characters for a tag.'],
    [
      'too many',
      { tags: Array.from({ length: 21 }, (_, n) => `tag ${n}`) },
      'A customer can have up to {max} tags. Remove some.',
    ],
    ['a NUL byte', { tags: 'a\0b' }, 'This contains characters that cannot be stored. Enter it again.'],
  ])('%s is a sentence at the field', (_case, body, sentence) => {
    expect(read(body).errors.tags?.text).toBe(sentence)
  })

  test('`shown` may be missing', () => {
    const form = readForm(TagsForm([]), { tags: 'a' })
    expect(form.ok && form.values).toEqual({ tags: ['a'] })
  })
})
