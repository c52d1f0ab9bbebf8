import {
  type KeysetPage,
  cutPage,
  isCursorTime,
  readCursorValues,
  writeCursor,
} from '../../database/keyset.ts'
import type { Account } from '../../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../../sessions/actor.ts'
import { type EntryRow, type LedgerEntry, toEntry } from '../entry.ts'
import type { LedgerFilter, LedgerQuery } from './filter.ts'
import { type Place, lookStatement } from './look.ts'

/** An entry in a list of many customers'. */
export interface ListedEntry extends LedgerEntry {
  /** The customer's address, as it is today. */
  email: string
}

export interface LedgerPage extends KeysetPage<ListedEntry> {
  /** Where nothing more was found for now, though there is more to look through: the time up to which it was looked. */
  lookedTo: Date | null
}

/** A row as lookStatement() gives it: an entry, or nothing but how far was looked. */
export interface ListedRow extends EntryRow {
  email: string
}
type LookRow = (ListedRow | { id: null }) & {
  looked: number
  edge_at: Date | null
  edge_customer: string
  edge_account: Account
  edge_seq: string
}

const ROWS_IN_A_PAGE = 50

/**
 * How a rare thing is looked for: through so many entries by the first statement, through ten times as many by the next ones, and no
 * further once this much time is spent. A search that is longer goes on where it stopped, when the reader asks for it.
 */
const LOOKS = { first: 2_000, most: 50_000, patienceMs: 1_500 }

/**
 * A page of the ledger's entries, the reseller's or one customer's, newest first: keyset paging by time, customer, account and number,
 * which is the order in which each account's chain was written. Never counts, and reads a bounded part of the ledger however large that
 * is: one statement, or a few for a filter that fits little. A place that has no rows left begins anew.
 */
export async function listEntries(
  actor: Actor,
  customer: { id: string } | null,
  query: LedgerQuery,
  { first, most, patienceMs } = LOOKS,
): Promise<LedgerPage> {
  mustBeAllowed(actor, 'customers.see')
  const cursor = readCursor(query)
  const backwards = cursor !== null && query.before !== ''
  const started = performance.now()
  const found: ListedEntry[] = []
  let place = cursor
  for (let look = first; ; look = Math.min(look * 10, most)) {
    const limit = ROWS_IN_A_PAGE + 1 - found.length
    const statement = lookStatement(actor, customer, query, { cursor: place, backwards, look, limit })
    const { rows } = await actor.database.pool.query<LookRow>(statement)
    for (const row of rows) if (row.id !== null) found.push(toListed(row))
    const [state] = rows
    const isDone = found.length > ROWS_IN_A_PAGE || !state?.edge_at
    if (isDone) break
    place = {
      postedAt: (state.edge_at as Date).toISOString(),
      customerId: state.edge_customer,
      account: state.edge_account,
      seq: state.edge_seq,
    }
    if (performance.now() - started > patienceMs) {
      return stopped(found, place, { fromCursor: cursor !== null, backwards })
    }
  }
  const page = cutPage(found, {
    size: ROWS_IN_A_PAGE,
    fromCursor: cursor !== null,
    backwards,
    cursorOf: (entry) => writePlace(placeOf(entry)),
  })
  if (!page) return listEntries(actor, customer, { ...query, before: '', after: '' })
  return { ...page, lookedTo: null }
}

/** The page as far as it was looked: one goes on from there, and back from the first row that was found. */
function stopped(
  found: readonly ListedEntry[],
  place: Place,
  { fromCursor, backwards }: { fromCursor: boolean; backwards: boolean },
): LedgerPage {
  const lookedTo = new Date(place.postedAt)
  const rows = backwards ? found.toReversed() : [...found]
  const [first, last] = [rows[0], rows.at(-1)]
  const cursorOf = (entry: ListedEntry | undefined) => (entry ? writePlace(placeOf(entry)) : null)
  return backwards
    ? { rows, lookedTo, before: writePlace(place), after: cursorOf(last) }
    : { rows, lookedTo, before: fromCursor ? cursorOf(first) : null, after: writePlace(place) }
}

/** The staff who may stand in the ledger, by name: also those who are OFF by now. */
export async function listBookers(actor: Actor) {
  mustBeAllowed(actor, 'customers.see')
  return actor.database.prisma.staff.findMany({
    where: { resellerId: actor.reseller.id },
    select: { id: true, name: true, email: true },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
  })
}

/** All entries that fit, newest first, for a file: the SQL, to be read by a cursor. */
export const allEntries = (actor: Actor, customer: { id: string } | null, filter: LedgerFilter) =>
  lookStatement(actor, customer, filter, {})

/** A row as the page and the file show it. */
export const toListed = (row: ListedRow): ListedEntry => ({ ...toEntry(row), email: row.email })

const placeOf = ({ postedAt, customerId, account, seq }: LedgerEntry): Place => ({
  postedAt: postedAt.toISOString(),
  customerId,
  account,
  seq: String(seq),
})

const writePlace = ({ postedAt, customerId, account, seq }: Place) =>
  writeCursor([postedAt, customerId, account, seq])

/** The place in the address, or null for the beginning: one that is none begins anew. */
function readCursor({ after, before }: LedgerQuery): Place | null {
  const [postedAt = '', customerId = '', account = '', seq = ''] = readCursorValues(before || after)
  const fits =
    isCursorTime(postedAt) &&
    /^[0-9A-Z]{10}$/.test(customerId) &&
    /^(BALANCE|CREDITS)$/.test(account) &&
    /^\d{1,18}$/.test(seq)
  return fits ? { postedAt, customerId, account: account as Account, seq } : null
}
