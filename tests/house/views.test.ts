import { expect, test } from 'vitest'
import { sources } from '../support/source.ts'

// A view shows what it is given. What it worked out by itself, the rule behind it would have to work out again, and one day differ.

/** The clock, sums of money, formats of its own, and what is counted up over rows. */
const WORKED_OUT: readonly [what: string, sign: RegExp][] = [
  ['asks the clock', /new Date\b|Date\.now/],
  ['makes formats of its own', /\bIntl\./],
  ['sums up', /\.reduce\(/],
  ['reckons with money', /\b(balance|credits|overdraft|amount|remaining|available)\s*[-+*/]\s*[\w(]/],
  ['compares sums with each other', /\b(balance|credits|remaining)\s*[<>]=?\s*-?\w+\.\w+/],
]

/** What can be read as code: what stands in EJS's own tags, without quoted words. */
const codeOf = (text: string) =>
  [...text.matchAll(/<%[-=_]?(?!#)([\s\S]*?)%>/g)]
    .map(([, code = '']) => code.replaceAll(/'[^'\n]*'|"[^"\n]*"/g, "''"))
    .join('\n')

test('no view works out what a rule decides', () => {
  const views = sources('views/**/*.ejs')
  expect(views.length).toBeGreaterThan(100)
  const wrong = views.flatMap(({ file, text }) => {
    const code = codeOf(text)
    return WORKED_OUT.flatMap(([what, sign]) => (sign.test(code) ? [`${file} ${what}`] : []))
  })
  expect(wrong).toEqual([])
})

test('only one place knows which postings can be undone, and when a grant is over', () => {
  const files = [...sources('src/**/*.ts'), ...sources('views/**/*.ejs')]
  const knows = (sign: RegExp) => files.filter(({ text }) => sign.test(text)).map(({ file }) => file)
  // A list of kinds that stands elsewhere than in the table of src/ledger/kinds.ts.
  expect(
    knows(
      /kind !== '(reversal|expiry)' (&&|\|\|) .*kind !== '|['"](reversal|expiry)['"], ?['"](reversal|expiry)['"]/,
    ),
  ).toEqual([])
  expect(knows(/grant_has_expired/)).toEqual([])
  expect(knows(/expiresAt(\.getTime\(\) - 1| !== null && expiresAt <= )/)).toEqual([
    'src/ledger/grants/grants.ts',
  ])
})
