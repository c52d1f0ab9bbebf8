import { describe, expect, test } from 'vitest'
import type { Parties } from '../../src/billing/statement-facts.ts'
import { StatementPdf } from '../../src/billing/statement-layout.ts'
import type { LedgerEntry } from '../../src/ledger/entry.ts'
import { localeOptions } from '../../src/resellers/choices.ts'
import { t } from '../../src/words/words.ts'
import { type PdfPage, readPdf } from '../support/pdf.ts'

// The reader of these tests says what stands on a line from left to right, as an eye sees it.

const PARTIES: Parties = {
  reseller: {
    name: 'Northwind Cloud',
    address: '1 Harbour Road\nPort',
    supportEmail: 'help@northwind.example',
  },
  customer: {
    id: 'MPG7ZVVHSJ',
    email: 'ada@customer.example',
    name: 'Ada',
    teamId: '1',
    teamName: 'Analytics',
  },
  recipient: ['Analytical Engines Ltd', '12 St James Square', 'London'],
  taxId: 'GB 123 456',
}

const entry = (change: Partial<LedgerEntry> = {}): LedgerEntry => ({
  id: '1',
  postingId: '1',
  customerId: 'MPG7ZVVHSJ',
  postedAt: new Date('2026-11-28T09:14:00Z'),
  account: 'BALANCE',
  seq: 1,
  kind: 'refill',
  what: t('Refill'),
  amount: 1_234_567_890n,
  before: 0n,
  after: 1_234_567_890n,
  altogether: null,
  reason: 'courtesy',
  comment: '',
  note: 'Thank you',
  channel: null,
  reference: 'INV-2026-100',
  actorName: 'test',
  reversesId: null,
  reversedById: null,
  isReversible: true,
  ...change,
})

interface Drawn {
  locale?: string
  entries?: readonly LedgerEntry[]
  parties?: Parties
}

/** Draws a statement and reads it back. Throws where a glyph has no meaning. */
function draw({ locale = 'en-GB', entries = [entry()], parties = PARTIES }: Drawn): PdfPage {
  const settings = { locale, timeZone: 'Asia/Jerusalem', currency: 'KWD', currencyScale: 3 }
  const period = { from: '2026-01-31', to: '2026-11-28' }
  const pdf = new StatementPdf({ parties, period, settings, createdAt: new Date('2026-11-28T20:00:00Z') })
  const sums = { opening: 0n, in: 1_234_567_890n, out: -1_234_567n, closing: 1_233_333_323n }
  const accounts = [
    { account: 'BALANCE', ...sums },
    { account: 'CREDITS', ...sums },
  ] as const
  pdf.open(accounts)
  for (const one of entries) pdf.row(one)
  pdf.close(accounts, { isEmpty: false })
  const parts: Buffer[] = []
  for (let bytes = pdf.take(); bytes; bytes = pdf.take()) parts.push(bytes)
  return readPdf(Buffer.concat(parts)).flat()
}

/** One entry in each month, in the morning and in the evening, up and down. */
const YEAR = Array.from({ length: 24 }, (_, at) =>
  entry({
    postedAt: new Date(Date.UTC(2026, at % 12, 1 + at, at, 14)),
    amount: at % 2 === 0 ? 1_234_567_890n : -1_234_567_890n,
    altogether: at % 3 === 0 ? -1_234_567_890n : null,
  }),
)

/** Those on offer, and others that a script may set: digits, letters and calendars of their own. */
const LOCALES = [
  ...localeOptions('en').map(({ value }) => value),
  ...'ar-EG ar-SA ar-AE ar-MA fa-IR fa-AF he-IL ur-PK ps-AF ckb-IQ ug-CN sd-PK my-MM bn-BD as-IN mr-IN ne-NP dz-BT km-KH lo-LA'.split(
    ' ',
  ),
  ...'ta-IN te-IN kn-IN ml-IN gu-IN pa-IN si-LK ka-GE hy-AM am-ET sat-IN mni-IN ccp-BD ff-Adlm-GN uz-AF yi-001 mn-MN bo-CN chr-US'.split(
    ' ',
  ),
]

/** The glyph that a font draws for what it lacks, as the reader finds it; and what Purser draws instead of a letter. */
const NOTHING = /[\0□]/

describe('a statement whose own texts are ASCII has no box', () => {
  test.each(LOCALES)('%s', (locale) => {
    const lines = draw({ locale, entries: YEAR })
    expect(lines.filter((line) => NOTHING.test(line))).toEqual([])
    // Each of the months is there, one way or the other.
    const times = new Set(
      lines.filter((line) => line.includes('Refill')).map((line) => line.split('Refill')[0]),
    )
    expect(times.size).toBe(24)
  })

  test('where the type lacks the letters of a language, times are written by ISO 8601', () => {
    for (const locale of ['th-TH', 'hi-IN', 'zh-CN', 'my-MM']) {
      const lines = draw({ locale })
      expect(lines.join('\n')).toContain('2026-11-28 11:14 Refill')
      expect(lines.join('\n')).toContain('Period 2026-01-31 to 2026-11-28')
    }
    expect(draw({ locale: 'mr-IN' }).join('\n')).toContain('+12,34,567.890')
    expect(draw({ locale: 'en-GB' }).join('\n')).toContain('28 Nov 2026, 11:14 Refill')
  })
})

describe('what is read from right to left', () => {
  const noteOf = (note: string, locale?: string) => {
    const lines = draw({ entries: [entry({ note, reference: '' })], ...(locale && { locale }) })
    const at = lines.findIndex((line) => line.includes('Refill'))
    return lines[at + 1]
  }
  /** The reader puts a blank between two pieces of a line, whatever stands between them. */
  const tight = (line: string | undefined) => line?.replaceAll(' ', '')
  const turned = (text: string) => [...text].toReversed().join('')

  test.each([
    // Digits keep their order, whatever letters stand beside them.
    ['חשבונית-1234', `1234-${turned('חשבונית')}`],
    ['חשבונית 1234 שולמה', `${turned('שולמה')} 1234 ${turned('חשבונית')}`],
    ['Invoice חשבונית 1234', `Invoice 1234 ${turned('חשבונית')}`],
    ['שלום (12) Acme', `Acme (12) ${turned('שלום')}`],
    // Parentheses are turned, so that they still open before what they hold.
    ['שלום (עולם)', `(${turned('עולם')}) ${turned('שלום')}`],
    ['(12) שלום', `${turned('שלום')} (12)`],
    ['INV-2026/100 (paid)', 'INV-2026/100 (paid)'],
  ])('%s', (note, seen) => {
    expect(tight(noteOf(note))).toBe(tight(seen))
  })

  test('Arabic letters are joined, and their digits and sums keep their order', () => {
    expect(noteOf('فاتورة 1234')).toMatch(/^1234 /)
    expect(noteOf('فاتورة ١٢٣٤')).toMatch(/^١٢٣٤ /)
    expect(noteOf('۱۲۳۴')).toBe('۱۲۳۴')
  })

  test('a text that turns does not turn the sentence around it', () => {
    const lines = draw({ entries: [entry({ note: '', reference: 'חשבונית-77' })] })
    expect(lines.map(tight)).toContain(`Reference:77-${turned('חשבונית')}`)
    const parties = { ...PARTIES, reseller: { ...PARTIES.reseller, name: 'ענן 24' }, taxId: 'עוסק 5' }
    const named = draw({ parties })
    expect(named.at(-1)).toMatch(
      new RegExp(`^Page 1 of 1 24 ${turned('ענן')} · Statement for MPG7ZVVHSJ · created 28 Nov 2026, 22:00$`),
    )
    expect(named.join('\n')).toContain(`Tax ID: 5 ${turned('עוסק')}`)
  })

  test('each line of a paragraph is put into order by itself: its beginning stands above its end', () => {
    const words = Array.from({ length: 30 }, (_, at) => `מילה${100 + at}`)
    const lines = draw({ entries: [entry({ note: words.join(' '), reference: '' })] })
    const seen = lines.filter((line) => line.includes(turned('מילה')))
    expect(seen.length).toBeGreaterThan(1)
    // From right to left on each line, and from one line to the next, the numbers go up.
    const numbers = seen.flatMap((line) => (line.match(/\d+/g) ?? []).toReversed().map(Number))
    expect(numbers).toEqual(words.map((_, at) => 100 + at))
  })

  test.each([
    ['ar-EG', '١٬٢٣٤٬٥٦٧٫٨٩٠'],
    ['fa-IR', '۱٬۲۳۴٬۵۶۷٫۸۹۰'],
    ['he-IL', '1,234,567.890'],
    ['ur-PK', '1,234,567.890'],
  ])('sums in %s read as on the page', (locale, figures) => {
    const lines = draw({ locale })
    const sums = lines.filter((line) => line.startsWith('Balance '))
    expect(sums[0]?.split(' ')).toContain(figures)
    // The time begins at its right edge with the day.
    expect(lines.join('\n')).not.toMatch(/٠٩٨|۰۹۸|098\.765/)
  })

  test('marks that force a direction turn nothing, and none of the marks is drawn', () => {
    expect(noteOf('a\u202e1234 b\u202c')).toBe('a1234 b')
    expect(noteOf('a \u2067x\u2069 12')).toBe('a x 12')
    expect(noteOf('\u200eabc\u200f 12')).toBe('abc 12')
  })
})
