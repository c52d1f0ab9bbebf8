import { expect, test } from 'vitest'
import { LatelyUsed } from '../../src/lately-used.ts'

test('what was made of a text is made once, until too much else was used since', () => {
  const kept = new LatelyUsed<object>({ charactersMax: 10 })
  const of = (text: string) => kept.get(text, () => ({ text }))
  const first = of('first')
  expect(first).toEqual({ text: 'first' })
  for (let round = 0; round < 20; round++) {
    // Used again and again, it stays, whatever else comes and goes.
    expect(of('first')).toBe(first)
    of(`other ${round}`)
  }
  for (let round = 0; round < 3; round++) of(`something much longer ${round}`)
  expect(of('first')).not.toBe(first)
})

test('what was made counts as well, where it is the larger part', () => {
  const kept = new LatelyUsed<{ text: string }>({ charactersMax: 100 })
  const of = (text: string) =>
    kept.get(
      text,
      () => ({ text: text.repeat(60) }),
      ({ text: { length } }) => length,
    )
  const first = of('a')
  for (const text of 'bcdef') of(text)
  expect(of('a')).not.toBe(first)
})
