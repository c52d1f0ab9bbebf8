import pg from 'pg'
import { inject, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { longText, readForm, shownText, text } from '../../src/forms/form.ts'
import { comparable, searchFolded } from '../../src/words/text.ts'
import { wordsFor } from '../../src/words/words.ts'

const words = wordsFor('en')
const name = text({ max: 120, min: 1 })

/** The value of a form with one field, or the sentence at it. */
function read(field: z.ZodType, typed: string): unknown {
  const form = readForm(z.object({ field }), { field: typed })
  return form.ok ? form.values.field : words(form.errors.field ?? 'no sentence')
}

const char = (code: number) => String.fromCodePoint(code)
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_none, place) => from + place)

describe('what changes the direction of text', () => {
  test.each([...range(0x202a, 0x202e), ...range(0x2066, 0x2069)])('U+%x is refused by its name', (code) => {
    const sentence = `This contains an invisible character that changes the direction of text (U+${code.toString(16).toUpperCase()}).`
    for (const typed of [`Ada${char(code)}King`, char(code), `${char(code)}Ada`, `Ada${char(code)}`]) {
      for (const field of [name, text({ max: 9 }), longText({ max: 9 })]) {
        expect(read(field, typed)).toContain(sentence)
      }
    }
  })

  test('direction marks and joiners stay', () => {
    for (const typed of [
      'שלום\u200f 5',
      'a\u200eb',
      'نامه\u200cای',
      '👩\u200d💻',
      '❤️\u200d🔥',
      'ന്\u200d',
      '\u061c5',
    ]) {
      expect(read(name, typed)).toBe(typed)
    }
  })
})

describe('what a browser does not show either', () => {
  test.each([0xfff9, 0xfffa, 0xfffb])('U+%x, of an annotation, is refused', (code) => {
    expect(read(name, `Gold${char(code)}`)).toContain(
      `control character (U+${code.toString(16).toUpperCase()})`,
    )
  })

  test('U+fffc, left by a picture, is dropped, and no name by itself', () => {
    expect(read(name, 'Gold\ufffc')).toBe('Gold')
    expect(read(name, '\ufffc')).toBe('This field is required.')
  })
})

describe('control characters', () => {
  const controls = [...range(1, 0x1f), ...range(0x7f, 0x9f)].filter(
    (code) => ![0x09, 0x0a, 0x0d, 0x85].includes(code),
  )

  test('are refused, each by its number; a line ends only where there may be several', () => {
    for (const code of controls) {
      const said = `This contains a control character (U+${code.toString(16).toUpperCase().padStart(4, '0')})`
      expect(read(name, `a${char(code)}b`)).toContain(said)
      expect(read(longText({ max: 9 }), `a${char(code)}b`)).toContain(said)
    }
    for (const end of ['\n', '\r', '\r\n', '\u0085', '\u2028', '\u2029']) {
      expect(read(name, `a${end}b`)).toBe('Enter this on one line.')
      expect(read(longText({ max: 9 }), `a${end}b`)).toBe('a\nb')
    }
  })
})

test('a tab, as tables bring along, is a blank', () => {
  expect([read(name, 'Ada\tKing\t'), read(longText({ max: 9 }), 'a\tb\nc')]).toEqual(['Ada King', 'a b\nc'])
})

describe('what nobody means', () => {
  test.each([0xad, 0x200b, 0x2060, 0xfeff])('U+%x is left out without a word', (code) => {
    for (const typed of [`G${char(code)}old`, `${char(code)}Gold`, `Gold ${char(code)} `]) {
      expect(read(name, typed)).toBe('Gold')
      expect(read(longText({ max: 9 }), typed)).toBe('Gold')
    }
    expect(read(name, char(code))).toBe('This field is required.')
    expect(read(text({ max: 9 }), char(code))).toBe('')
  })

  test('a joiner that joins nothing is left out too', () => {
    for (const typed of ['\u200dAda', 'Ada\u200d', 'Ada \u200c King', '\u200d \u200c', '.\u200d.']) {
      expect(read(text({ max: 9 }), typed)).toBe(typed.replace(/[\u200c\u200d]/g, '').trim())
    }
  })
})

describe('a name has something to be seen', () => {
  const BLANK = [
    '\u2800',
    '\u3164',
    '\u115f',
    '\u1160',
    '\uffa0',
    '\u034f',
    '\u180e',
    '\u{e0041}',
    '\ufe0f',
    '\u0301',
    '\u200e',
  ]
  test.each([...BLANK, '\u2800 \u2800', '\u{1d159}', '\u17b4', '\u{1bca0}', '\u2800\ufe0f'])(
    '%j is none',
    (typed) => {
      expect(read(name, typed)).toContain('This contains no visible characters.')
      expect(read(text({ max: 9 }), typed)).toContain('This contains no visible characters.')
    },
  )

  test.each(['.', '5', 'é', 'e\u0301', '李', '👍', '🇩🇪', 'ശ്രീ', '\u2801', '€', 'x\u2800'])(
    '%j is one',
    (typed) => {
      expect(read(name, typed)).toBe(typed)
    },
  )
})

test('what a page has shown is taken back, whatever it holds', () => {
  expect(read(shownText({ max: 40 }), 'Go\u202eld')).toBe('Go\u202eld')
})

const SAME = [
  [
    'Gold',
    'gold',
    'GOLD',
    'Go\u200dld',
    'Gold\u200c',
    'G\u2064old',
    'Gold\ufe0f',
    'Gold\u2800',
    'Ｇｏｌｄ',
    '\u202eGold',
    ' Gold ',
  ],
  ['Two words', 'two\u00a0words', 'two\u3000\u2003words', 'two \u2800 words'],
  ['é', 'e\u0301', 'É'],
  ['👩\u200d💻', '👩💻'],
  ['ﬁne', 'fine'],
  ['Straße', 'STRASSE', 'STRAẞE'],
  ['ΟΔΟΣ', 'οδος', 'οδοσ'],
]

describe('names are compared', () => {
  test('by what they read as', () => {
    for (const names of SAME) expect(new Set(names.map(comparable)).size, names[0]).toBe(1)
    expect(new Set(SAME.map(([first = '']) => comparable(first))).size).toBe(SAME.length)
    expect(comparable('Go ld')).not.toBe(comparable('Gold'))
    expect(comparable('12-3')).not.toBe(comparable('123'))
  })

  test('in the database as here', async () => {
    const letters = [
      ...[
        ...range(0x20, 0x1c7f),
        ...range(0x1cc0, 0x2c2e),
        ...range(0x2c30, 0x33ff),
        ...range(0xa640, 0xa7af),
      ],
      // Between them are capitals that are younger than the server's Unicode.
      ...[...range(0xa800, 0xabff), ...range(0xf900, 0xffff), ...range(0x13430, 0x1345f)],
      ...[...range(0x1d000, 0x1d7ff), ...range(0xe0000, 0xe01ff)],
    ].filter((code) => /[^\p{Cn}\p{Cs}]/u.test(char(code)))
    const names = [...SAME.flat(), ...letters.map((code) => `a${char(code)}B`)]
    const client = new pg.Client(
      Object.assign(new URL(inject('ownerUrl')), { pathname: '/purser_template' }).href,
    )
    await client.connect()
    const { rows } = await client.query<{ name: string; folded: string }>(
      'select name, folded_name(name) as folded from unnest($1::text[]) as n (name)',
      [names],
    )
    await client.end()
    expect(rows).toHaveLength(names.length)
    const apart = rows.filter((row) => row.folded !== comparable(row.name)).map((row) => row.name)
    expect(apart).toEqual([])
  })
})

describe('what is searched is folded', () => {
  const FOLDED: readonly [string, ...string[]][] = [
    [
      'bjorn strasse',
      'Björn Straße',
      'BJO\u0308RN STRASSE',
      ' björn\u00a0 straße ',
      'Ｂｊöｒｎ　ＳＴＲＡẞＥ',
    ],
    ['soren lodz dorde aegir oeuvre isik', 'Søren Łódź Đorđe Ægir Œuvre ışık'],
    ['thor hodur', 'Þór Höður'],
    ['oneill dark', 'O’Neill d‘Ark', "O'Neill D'ark", 'O´Neill d`ark'],
    ['jean-luc', 'Jean–Luc', 'Jean‐Luc', 'Jean\u2011Luc', 'JEAN－LUC'],
    ['гоголь иов', 'Гоголь Йов'],
    ['οδοσ', 'ὈΔΟΣ', 'οδός'],
    ['ivan', 'İvan', 'I\u0307VAN', 'iva\u200bn'],
    ['山 田 太 郎', '山田太郎', '山田 太郎'],
    ['कल', 'कल', 'क\u093cल'],
  ]

  test('to plain letters', () => {
    for (const [folded, ...typed] of FOLDED) for (const text of typed) expect(searchFolded(text)).toBe(folded)
  })

  test('in the database as here', async () => {
    // Capitals that are younger than the server's Unicode.
    const younger =
      /[\u1c89-\u1cbf\u2c2f\ua7b8-\ua7f5\u{10570}-\u{10595}\u{10d50}-\u{10d65}\u{16e40}-\u{16eb8}]/u
    const letters = range(1, 0x10ffff).filter((code) => {
      const letter = char(code)
      return /[^\p{Cn}\p{Cs}\p{Co}]/u.test(letter) && !younger.test(letter)
    })
    const texts = [
      ...FOLDED.flat(),
      ...SAME.flat(),
      ...letters.map((code) => `a${char(code)}B ${char(code)}`),
    ]
    const client = new pg.Client(
      Object.assign(new URL(inject('ownerUrl')), { pathname: '/purser_template' }).href,
    )
    await client.connect()
    const { rows } = await client.query<{ text: string; folded: string }>(
      'select text, search_folded(text) as folded from unnest($1::text[]) as n (text)',
      [texts],
    )
    await client.end()
    expect(rows.length).toBeGreaterThan(150_000)
    expect(rows.filter((row) => row.folded !== searchFolded(row.text)).map((row) => row.text)).toEqual([])
  })
})
