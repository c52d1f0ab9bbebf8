import type pg from 'pg'
import { currentTime } from '../database/clock.ts'
import type { FileToSend, Piece } from '../files/file.ts'
import { ConcurrencyLimit } from '../concurrency-limit.ts'
import type { Actor } from '../people/actor.ts'
import { savedAs } from '../web/file-name.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { statementEvent } from './export.ts'
import {
  type AccountSums,
  type Parties,
  type Period,
  type StatementCustomer,
  findParties,
  hasMoreEntriesThan,
  readStatement,
} from './statement-facts.ts'
import { StatementPdf } from './statement-layout.ts'

/** More than anybody reads on paper, some six hundred pages: it bounds the work that one request may cause, not the memory it takes. */
const ENTRIES_MAX = 20_000

/** After so many rows others get their turn: drawing one takes about half a millisecond. */
const ROWS_IN_A_TURN = 20

/** Documents take turns, so that however many are drawn, no page waits for more than one turn. Few wait: files have few places. */
const DRAWING = new ConcurrencyLimit({ atOnce: 1, waitingMax: 100, waitMsMax: 60_000 })

/**
 * A customer's statement of these days as a document to hand on: both parties, the balance of the accounts when the period began and
 * ended, and every entry between, oldest first. The staff's comment is left out. It is drawn while it is sent, so it takes no more
 * memory however long it is. Refuses, 422, a period of more than ENTRIES_MAX entries.
 */
export async function exportStatementPdf(
  actor: Actor,
  customer: StatementCustomer,
  period: Period,
): Promise<FileToSend> {
  const event = statementEvent(actor, customer, period, 'pdf')
  if (await hasMoreEntriesThan(ENTRIES_MAX, actor, customer, period)) {
    throw new Refusal(
      422,
      t('A PDF statement can have up to {count} entries. Choose a shorter period, or export as CSV.', {
        count: ENTRIES_MAX,
      }),
    )
  }
  const parties = await findParties(actor, customer)
  return {
    name: savedAs({ what: 'statement', whose: customer.email, period, extension: 'pdf' }, actor.reseller),
    type: 'application/pdf',
    event,
    pieces: (files) => draw(files, { actor, parties, period }),
  }
}

interface Asked {
  actor: Actor
  parties: Parties
  period: Period
}

async function* draw(
  files: pg.Pool,
  { actor, parties, period }: Asked,
): AsyncGenerator<Piece, void, undefined> {
  const pdf = new StatementPdf({ parties, period, settings: actor.reseller, createdAt: currentTime() })
  let sums: readonly AccountSums[] = []
  let drawn = 0
  let sent = 0
  const piece = (bytes: Buffer): Piece => {
    const rows = drawn - sent
    sent = drawn
    return { bytes, rows }
  }
  for await (const { accounts, entries } of readStatement(files, actor, parties.customer, period)) {
    if (sums.length === 0) await inTurn(() => pdf.open(accounts))
    sums = accounts
    for (let at = 0; at < entries.length; at += ROWS_IN_A_TURN) {
      const some = entries.slice(at, at + ROWS_IN_A_TURN)
      const bytes = await inTurn(() => {
        for (const entry of some) pdf.row(entry)
        return pdf.take()
      })
      drawn += some.length
      if (bytes) yield piece(bytes)
    }
  }
  await inTurn(() => pdf.close(sums, { isEmpty: drawn === 0 }))
  for (let bytes = pdf.take(); bytes; bytes = pdf.take()) yield piece(bytes)
}

/** Draws when it is this document's turn; the next one's comes when all else has had its own. Nobody waits for the reader in a turn. */
async function inTurn<Result>(draw: () => Result): Promise<Result> {
  const { leave } = await DRAWING.enter()
  try {
    return draw()
  } finally {
    setImmediate(leave)
  }
}
