import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  choice,
  hiddenValue,
  inDateOrder,
  longText,
  optionalChoice,
  period,
  readForm,
  readQuery,
  submit,
  text,
  tick,
  wholeNumber,
} from '../../src/forms/form.ts'
import { Refusal } from '../../src/words/refusal.ts'
import { t, wordsFor } from '../../src/words/words.ts'

const words = wordsFor('en')

/** The values of a form with one field, or the sentence at it. */
function read(field: z.ZodType, body: unknown): unknown {
  const form = readForm(z.object({ field }), body)
  return form.ok ? form.values.field : words(form.errors.field ?? form.refusal ?? 'no sentence')
}

describe('what stands in a field', () => {
  test.each([
    ['a line', text({ max: 5 }), '  abc ', 'abc'],
    ['five letters that are more in UTF-16', text({ max: 5 }), '👩👩👩👩👩', '👩👩👩👩👩'],
    ['six of them', text({ max: 5 }), '👩👩👩👩👩👩', 'Use at most 5 characters.'],
    ['nothing', text({ max: 5, min: 1 }), '   ', 'This field is required.'],
    ['too little', text({ max: 5, min: 3 }), 'ab', 'Use at least 3 characters.'],
    ['two lines', text({ max: 5 }), 'a\r\nb', 'Enter this on one line.'],
    ['two lines where they may be', longText({ max: 5 }), 'a\r\nb', 'a\nb'],
    ['a choice', choice(['a', 'b']), 'b', 'b'],
    ['no choice', choice(['a', 'b']), '', 'Choose one of the options.'],
    ['what an object inherits, as a choice', choice(['a', 'b']), 'constructor', 'Choose one of the options.'],
    ['no choice where none must be', optionalChoice(['a', 'b']), '', undefined],
    ['a wrong one there', optionalChoice(['a', 'b']), 'c', 'Choose one of the options.'],
    ['a tick', tick(), 'on', true],
    ['a tick that says it is none', tick(), '', false],
    ['a tick that is something else', tick(), 'perhaps', 'This value is not valid. Enter it again.'],
    ['a number', wholeNumber({ max: 9 }), '7', 7],
    ['a larger one', wholeNumber({ max: 9 }), '10', 'Enter a number from 0 to 9.'],
    ['a number in other figures', wholeNumber({ max: 9 }), '７', 'Enter a whole number.'],
    ['a hidden value that does not fit', hiddenValue(/^a+$/), 'b', /^Part of this form/],
  ])('%s', (_what, field, typed, expected) => {
    const found = read(field, { field: typed })
    if (expected instanceof RegExp) expect(found).toMatch(expected)
    else expect(found).toBe(expected)
  })

  test.each([
    ['a list', ['a', 'b']],
    ['an object', { a: 'b' }],
    ['a number', 5],
    ['true', true],
    ['null', null],
  ])('%s instead of a text is refused', (_what, value) => {
    expect(read(text({ max: 9 }), { field: value })).toBe('Only one value is allowed.')
  })

  test.each(['a\0b', '\ud800', 'x\udc00y'])('%j cannot be stored', (value) => {
    expect(read(text({ max: 9 }), { field: value })).toBe(
      'This contains characters that cannot be stored. Enter it again.',
    )
    expect(read(longText({ max: 9 }), { field: value })).toBe(
      'This contains characters that cannot be stored. Enter it again.',
    )
  })
})

describe('a whole form', () => {
  const schema = z.object({ name: text({ max: 9 }).default('none') })

  test.each([
    ['nothing', undefined],
    ['nothing in it', {}],
    ['a text', 'name=x'],
    ['a list', ['x']],
  ])('sent as %s never breaks', (_what, body) => {
    expect(typeof readForm(schema, body).ok).toBe('boolean')
  })

  test('a field that is named like a prototype changes none', () => {
    const body = JSON.parse('{"__proto__": {"name": "x"}, "constructor": "y", "hasOwnProperty": "z"}')
    const form = readForm(schema, body)
    expect(form.ok && form.values).toEqual({ name: 'none' })
    expect(({} as { name?: string }).name).toBeUndefined()
    expect(Object.hasOwn(form.typed, 'name')).toBe(false)
  })

  test('keeps what was typed, also of fields that it does not know, and shows nothing that cannot be shown', () => {
    const form = readForm(z.object({ name: text({ max: 1 }) }), {
      name: 'a\0b\ud800',
      other: 'kept',
      tags: ['x', 'y', { z: 1 }],
      object: { a: 1 },
    })
    expect(form.typed).toEqual({ name: 'ab\ufffd', other: 'kept', tags: 'x, y' })
  })

  test('a refusal comes back at its field with its status; what a form cannot answer goes its way', async () => {
    const action = (status: 403 | 404 | 409 | 422, field?: string) => () =>
      Promise.reject(new Refusal(status, t('No.'), field ? { field } : {}))
    const body = { name: 'x' }
    expect(await submit(schema, body, action(409))).toMatchObject({
      ok: false,
      status: 409,
      refusal: { text: 'No.' },
    })
    expect(await submit(schema, body, action(422, 'name'))).toMatchObject({
      status: 422,
      errors: { name: { text: 'No.' } },
      typed: { name: 'x' },
    })
    await expect(submit(schema, body, action(403))).rejects.toThrow(Refusal)
    await expect(submit(schema, body, action(404))).rejects.toThrow(Refusal)
    await expect(submit(schema, body, () => Promise.reject(new Error('bug')))).rejects.toThrow('bug')
  })
})

describe('a period', () => {
  const Period = z.object(period()).superRefine(inDateOrder)
  const example = 'Enter a date, such as 2026-11-23.'

  test.each([
    [{}, {}],
    [{ from: '2026-02-28', to: '2026-02-28' }, {}],
    [{ from: '2024-02-29', to: '' }, {}],
    [{ from: '2026-02-29' }, { from: example }],
    [
      { from: '2026-13-01', to: '23.11.2026' },
      { from: example, to: example },
    ],
    [{ from: '2026-1-1' }, { from: example }],
    [
      { from: '0001-01-01', to: '99999-01-01' },
      { from: example, to: example },
    ],
    [{ from: '2026-11-23T00:00' }, { from: example }],
    [{ from: '2026-11-23', to: '2026-11-22' }, { to: 'The end date is before the start date.' }],
  ])('%j', (typed, errors) => {
    const form = readForm(Period, typed)
    expect(
      Object.fromEntries(Object.entries(form.errors).map(([name, said]) => [name, words(said)])),
    ).toEqual(errors)
  })
})

test('a query that cannot be read is refused in words that name the field', () => {
  const refused = () => readQuery(z.object({ sort: choice(['a']) }), { sort: ['a', 'a'] })
  expect(refused).toThrow(Refusal)
})
