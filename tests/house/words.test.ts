import path from 'node:path'
import { IntlMessageFormat } from 'intl-messageformat'
import { describe, expect, test } from 'vitest'
import { english } from '../../src/words/catalogues/en.ts'
import { meanings } from '../../src/words/catalogues/meanings.ts'
import { isOneWord, keysIn, unmarkedIn } from '../words/keys.ts'

const root = path.resolve(import.meta.dirname, '../..')

describe('sentences in the code', () => {
  const keys = keysIn(root)

  test('can be read as messages', () => {
    expect(keys.length).toBeGreaterThan(1000)
    const unreadable = keys.filter(({ text }) => {
      try {
        new IntlMessageFormat(text, 'en', undefined, { ignoreTag: true })
        return false
      } catch {
        return true
      }
    })
    expect(unreadable).toEqual([])
  })

  test('that count have a plural in the English catalogue, and it holds nothing else', () => {
    const counting = keys.filter(({ text }) => /\{count\}/.test(text))
    expect(counting.filter(({ text }) => !/\{count, plural,/.test(english.get(text) ?? ''))).toEqual([])
    const texts = new Set(keys.map(({ text }) => text))
    expect([...english.keys()].filter((text) => !texts.has(text))).toEqual([])
  })

  test('of one word say what it means: by a context, or in src/words/catalogues/meanings.ts', () => {
    const alone = keys.filter(({ text, context }) => isOneWord(text) && !context)
    expect(alone.filter(({ text }) => !meanings.has(text)).map(({ text, places }) => [text, places])).toEqual(
      [],
    )
    const words = new Set(alone.map(({ text }) => text))
    expect([...meanings.keys()].filter((word) => !words.has(word))).toEqual([])
    const charge = keys.filter(({ text }) => text === 'Charge').map(({ context }) => context)
    expect(charge).toEqual(['noun', 'verb'])
  })

  test('that zod says are found as the others are', () => {
    expect(keys.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['This field is required.', 'Use at most {max} characters.']),
    )
    expect(unmarkedIn(root)).toEqual([])
  })
})
