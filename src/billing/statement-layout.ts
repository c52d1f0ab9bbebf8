import type { Account } from '../generated/prisma/client.ts'
import type { LedgerEntry } from '../ledger/entry.ts'
import { printableFormats } from '../web/pdf-formats.ts'
import { PAGE, Pdf } from '../web/pdf.ts'
import { isolate } from '../words/bidi.ts'
import type { FormatSettings } from '../words/format.ts'
import { type Sentence, languageOf, t, wordsFor } from '../words/words.ts'
import type { AccountSums, Parties, Period } from './statement-facts.ts'
import { type Column, type StatementFrame, accountName, drawHead, periodInWords } from './statement-head.ts'

const LEFT = PAGE.margin
const RIGHT = PAGE.width - PAGE.margin
/** Rows end above it, where the foot begins. */
const BOTTOM = PAGE.height - PAGE.foot
const PADDING = 3.5

/** The entries' columns, from left to right; the figures line up, because all digits of the font have one width. */
const COLUMNS = {
  time: { x: LEFT, width: 92, align: 'left' },
  what: { x: LEFT + 98, width: 213, align: 'left' },
  account: { x: LEFT + 317, width: 48, align: 'left' },
  amount: { x: RIGHT - 146, width: 70, align: 'right' },
  after: { x: RIGHT - 72, width: 72, align: 'right' },
} as const satisfies Record<string, Column>

/** A statement as a business document, drawn from top to bottom: open() first, then row() for each entry, then close(). */
export class StatementPdf {
  readonly #frame: StatementFrame
  readonly #pdf: Pdf
  #y = 0

  constructor(given: { parties: Parties; period: Period; settings: FormatSettings; createdAt: Date }) {
    const { parties, settings, createdAt } = given
    const [words, formats] = [wordsFor(settings.locale), printableFormats(settings)]
    this.#frame = { ...given, words, formats }
    const said = { reseller: parties.reseller.name, id: parties.customer.id }
    this.#pdf = new Pdf({
      title: words(t('Statement for {id} from {reseller}', said)),
      author: parties.reseller.name,
      language: languageOf(settings.locale),
      words,
      foot: [
        isolate(parties.reseller.name),
        words(t('Statement for {id}', said)),
        words(t('created {time}', { time: isolate(formats.dateTime(createdAt)) })),
      ].join(' · '),
      onPage: () => this.#beginPage(),
    })
  }

  /** The bytes that are ready, or null. */
  take(): Buffer | null {
    return this.#pdf.take()
  }

  /** The first page down to the entries, and the balance of both accounts before them. */
  open(accounts: readonly AccountSums[]) {
    this.#pdf.newPage()
    this.#y = drawHead(this.#pdf, this.#frame, accounts) + 16
    this.#writeHead()
    for (const { account, opening } of accounts) this.#line(t('Opening balance'), account, opening)
  }

  /** One entry; on the next page where this one would cut it. */
  row(entry: LedgerEntry) {
    const { formats, words } = this.#frame
    const what = this.#whatOf(entry)
    const remarks = this.#remarksOf(entry)
    const { x, width } = COLUMNS.what
    const head = this.#pdf.heightOf(what, { width })
    const small = { size: 7.5, grey: 0.35, width, isTheirs: true }
    const height = head + (remarks ? this.#pdf.heightOf(remarks, small) + 1 : 0) + 2 * PADDING
    this.#makeRoom(height)
    const y = this.#y + PADDING
    this.#cell('time', formats.dateTime(entry.postedAt), y)
    this.#cell('what', what, y)
    if (remarks) this.#pdf.write(remarks, x, y + head + 1, small)
    this.#cell('account', words(accountName(entry.account)), y)
    this.#cell('amount', formats.change(entry.amount), y)
    this.#cell('after', formats.amount(entry.after), y)
    this.#y += height
    this.#pdf.rule(this.#y)
  }

  /** The balance of both accounts at the end; the document is complete then. */
  close(accounts: readonly AccountSums[], { isEmpty }: { isEmpty: boolean }) {
    const { words } = this.#frame
    if (isEmpty) {
      this.#makeRoom(18)
      this.#pdf.write(words(t('No entries in this period')), LEFT, this.#y + PADDING, { grey: 0.35 })
      this.#y += 18
      this.#pdf.rule(this.#y)
    }
    this.#makeRoom(accounts.length * 18)
    for (const { account, closing } of accounts) this.#line(t('Closing balance'), account, closing)
    if (this.#pdf.lacksCharacters) {
      const why = t(
        'A box (□) marks a character that is not in this document’s font. The CSV export includes it.',
      )
      this.#makeRoom(24)
      this.#pdf.write(words(why), LEFT, this.#y + 8, { size: 7.5, grey: 0.35, width: RIGHT - LEFT })
    }
    this.#pdf.finish()
  }

  /** Above the rows of every page but the first: whose statement it is, and the table's head once more. */
  #beginPage() {
    const { parties } = this.#frame
    const whose = [isolate(parties.reseller.name), parties.customer.email, periodInWords(this.#frame)].join(
      ' · ',
    )
    const width = RIGHT - LEFT
    this.#y = PAGE.margin - 8
    this.#y += this.#pdf.write(whose, LEFT, this.#y, { size: 7.5, grey: 0.35, width }) + 10
    this.#writeHead()
  }

  #makeRoom(height: number) {
    if (this.#y + height > BOTTOM) this.#pdf.newPage()
  }

  #writeHead() {
    const heads = {
      time: t('Time'),
      what: t('Description'),
      account: t('Account'),
      amount: t('Amount'),
      after: t('After'),
    }
    for (const [name, sentence] of Object.entries(heads)) {
      const { x, width, align } = COLUMNS[name as keyof typeof heads]
      this.#pdf.write(this.#frame.words(sentence), x, this.#y, { size: 7.5, grey: 0.35, width, align })
    }
    this.#y += 13
    this.#pdf.rule(this.#y, { grey: 0.4 })
  }

  /** A row with the balance of an account. */
  #line(sentence: Sentence, account: Account, minor: bigint) {
    const { formats, words } = this.#frame
    const y = this.#y + PADDING
    const face = 'bold'
    this.#pdf.write(words(sentence), COLUMNS.what.x, y, { face })
    this.#pdf.write(words(accountName(account)), COLUMNS.account.x, y, { face })
    const { x, width, align } = COLUMNS.after
    this.#y =
      y + this.#pdf.write(formats.amount(minor), x, y, { face, width, align, oneLine: true }) + PADDING
    this.#pdf.rule(this.#y)
  }

  #cell(name: keyof typeof COLUMNS, text: string, y: number) {
    const { x, width, align } = COLUMNS[name]
    this.#pdf.write(text, x, y, { width, align, oneLine: name !== 'what', isTheirs: name === 'time' })
  }

  #whatOf({ what, altogether, reversedById }: LedgerEntry): string {
    const { formats, words } = this.#frame
    const whole =
      altogether === null ? '' : words(t('part of {amount}', { amount: isolate(formats.change(altogether)) }))
    return [words(what), whole, reversedById && words(t('Reversed'))].filter(Boolean).join(' · ')
  }

  #remarksOf({ note, reference }: LedgerEntry): string {
    const lines = [
      note,
      reference && this.#frame.words(t('Reference: {reference}', { reference: isolate(reference) })),
    ]
    return lines.filter(Boolean).join('\n')
  }
}
