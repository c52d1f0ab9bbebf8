import type { Account } from '../generated/prisma/client.ts'
import { type PrintedFormats, printableFormats } from '../web/pdf-formats.ts'
import { PAGE, type Pdf } from '../web/pdf.ts'
import { isolate } from '../words/bidi.ts'
import type { FormatSettings } from '../words/format.ts'
import { type Sentence, type Translate, t } from '../words/words.ts'
import type { AccountSums, Parties, Period } from './statement-facts.ts'

/** What a statement is drawn with: whose it is, and how its reseller reads and writes. */
export interface StatementFrame {
  parties: Parties
  period: Period
  settings: FormatSettings
  formats: PrintedFormats
  words: Translate
  createdAt: Date
}

/** Where a column's text is, and to which side of it. */
export interface Column {
  x: number
  width: number
  align: 'left' | 'right'
}

const LEFT = PAGE.margin
const RIGHT = PAGE.width - PAGE.margin
/** What is longer than a letter's head would push the entries off the page. */
const ADDRESS_LINES_MAX = 10

/** Of the sums: the closing balance ends at the right edge, as the entries' last figures do. */
const SUM_COLUMNS = {
  account: { x: LEFT, width: 100, align: 'left' },
  opening: { x: LEFT + 105, width: 95, align: 'right' },
  in: { x: LEFT + 205, width: 95, align: 'right' },
  out: { x: LEFT + 305, width: 95, align: 'right' },
  closing: { x: RIGHT - 105, width: 105, align: 'right' },
} as const satisfies Record<string, Column>

/** Draws what is above the entries of the first page: both parties, the period, the sums of both accounts. Gives where it ends. */
export function drawHead(pdf: Pdf, frame: StatementFrame, accounts: readonly AccountSums[]): number {
  const { name, address, supportEmail } = frame.parties.reseller
  let y = PAGE.margin
  y += pdf.write(name, LEFT, y, { size: 15, face: 'bold', width: 330, isTheirs: true })
  const title = frame.words(t('Statement'))
  pdf.write(title, RIGHT - 180, PAGE.margin, { size: 15, width: 180, align: 'right' })
  const sender = [...address.split('\n').slice(0, ADDRESS_LINES_MAX), supportEmail].filter(Boolean).join('\n')
  y += pdf.write(sender, LEFT, y + 2, { size: 8.5, grey: 0.35, width: 330, isTheirs: true }) + 14
  pdf.rule(y, { grey: 0, weight: 0.8 })
  y += 14
  y += Math.max(drawRecipient(pdf, frame, y), drawFacts(pdf, frame, y)) + 18
  return drawSums(pdf, frame, accounts, y)
}

function drawRecipient(
  pdf: Pdf,
  { parties: { recipient, taxId }, words }: StatementFrame,
  y: number,
): number {
  const label = pdf.write(words(t('For')), LEFT, y, { size: 7.5, grey: 0.35 })
  const lines = [...recipient, taxId && words(t('Tax ID: {taxId}', { taxId: isolate(taxId) }))]
    .filter(Boolean)
    .join('\n')
  return label + pdf.write(lines, LEFT, y + label + 2, { size: 9, width: 260, isTheirs: true }) + 2
}

function drawFacts(pdf: Pdf, frame: StatementFrame, y: number): number {
  const { parties, settings, formats, words, createdAt } = frame
  const facts: [Sentence, string][] = [
    [t('Period'), periodInWords(frame)],
    [t('Account'), parties.customer.email],
    [t('Customer ID'), parties.customer.id],
    [t('Team'), parties.customer.teamName],
    [t('Currency'), settings.currency],
    [t('Time zone'), settings.timeZone],
    [t('Created'), formats.dateTime(createdAt)],
  ]
  const x = LEFT + 285
  let height = 0
  for (const [name, value] of facts) {
    pdf.write(words(name), x, y + height, { grey: 0.35 })
    height += pdf.write(value, x + 75, y + height, { width: RIGHT - x - 75, isTheirs: true }) + 2
  }
  return height
}

function drawSums(
  pdf: Pdf,
  { formats, words }: StatementFrame,
  accounts: readonly AccountSums[],
  top: number,
): number {
  const heads = {
    account: t('Account'),
    opening: t('Opening balance'),
    in: t('In'),
    out: t('Out'),
    closing: t('Closing balance'),
  }
  let y = top
  for (const [name, sentence] of Object.entries(heads)) {
    const { x, width, align } = SUM_COLUMNS[name as keyof typeof heads]
    pdf.write(words(sentence), x, y, { size: 7.5, grey: 0.35, width, align })
  }
  y += 13
  pdf.rule(y, { grey: 0.4 })
  for (const { account, opening, in: came, out: went, closing } of accounts) {
    const figures = {
      account: words(accountName(account)),
      opening: formats.amount(opening),
      in: formats.amount(came),
      out: formats.amount(went),
      closing: formats.money(closing),
    }
    for (const [name, figure] of Object.entries(figures)) {
      const { x, width, align } = SUM_COLUMNS[name as keyof typeof figures]
      pdf.write(figure, x, y + 4, {
        size: 9,
        face: name === 'closing' ? 'bold' : 'regular',
        width,
        align,
        oneLine: true,
      })
    }
    y += 18
    pdf.rule(y)
  }
  return y
}

/** What an account is called. */
export const accountName = (account: Account): Sentence =>
  account === 'BALANCE' ? t('Balance') : t('Credits')

/** The period for people: its days, both included, or which end is open. */
export function periodInWords({ period, settings, words }: StatementFrame): string {
  // A day as it was asked for is the same day in every zone.
  const { date } = printableFormats({ ...settings, timeZone: 'UTC' })
  const dayOf = (day: string) => day && isolate(date(new Date(`${day}T00:00:00Z`)))
  const [from, to] = [dayOf(period.from), dayOf(period.to)]
  if (from && to) return words(t('{from} to {to}', { from, to }))
  if (from) return words(t('From {from}', { from }))
  return to ? words(t('Up to {to}', { to })) : words(t('All time'))
}
