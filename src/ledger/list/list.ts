import { type Cursor, FROM_THE_START, isCursorTime } from '../../database/keyset.ts'
import { LOOKS, type LookedPage, lookForPage } from '../../database/look.ts'
import type { Account } from '../../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../../people/actor.ts'
import { type EntryRow, type LedgerEntry, toEntry } from '../entry.ts'
import type { LedgerFilter, LedgerQuery } from './filter.ts'
import { isSearch, lookStatement } from './look.ts'

/** An entry in a list of many customers'. */
export interface ListedEntry extends LedgerEntry {
  /** The customer's address, as it is today, and what they are called; '' where nobody says. */
  email: string
  name: string
}

export type LedgerPage = LookedPage<ListedEntry>

/** A row as lookStatement() gives it: an entry, or nothing but how far was looked. */
export type ListedRow = EntryRow & Pick<ListedEntry, 'email' | 'name'>
type LookRow = (ListedRow | { id: null }) & {
  edge_at: Date | null
  edge_customer: string
  edge_account: Account
  edge_seq: string
}

const ROWS_IN_A_PAGE = 50

/**
 * A page of the ledger's entries, the reseller's or one customer's, newest first: by time, customer, account and number, which is the order
 * in which each account's chain was written. Never counts, and reads a bounded part of the ledger however large that is: one statement, or
 * a few for a filter that fits little, see lookForPage().
 */
export async function listEntries(
  actor: Actor,
  customer: { id: string } | null,
  query: LedgerQuery,
  looks = LOOKS,
): Promise<LedgerPage> {
  mustBeAllowed(actor, 'customers.see')
  return lookForPage<ListedEntry>(query, {
    size: ROWS_IN_A_PAGE,
    isSearch: isSearch(customer, query),
    looks,
    step: async (part) => {
      const { rows } = await actor.database.pool.query<LookRow>(lookStatement(actor, customer, query, part))
      return {
        rows: rows.filter((row): row is ListedRow & LookRow => row.id !== null).map(toEntry),
        edge: edgeOf(rows[0]),
      }
    },
    cursorOf: ({ postedAt, customerId, account, seq }) => [
      postedAt.toISOString(),
      customerId,
      account,
      String(seq),
    ],
    isCursor,
  })
}

const isCursor = ([postedAt = '', customerId = '', account = '', seq = '']: Cursor) =>
  isCursorTime(postedAt) &&
  /^[0-9A-Z]{10}$/.test(customerId) &&
  /^(BALANCE|CREDITS)$/.test(account) &&
  /^\d{1,18}$/.test(seq)

/** The cursor of the last entry that was looked at, if there may be more. */
const edgeOf = (row: LookRow | undefined): Cursor | null =>
  row?.edge_at ? [row.edge_at.toISOString(), row.edge_customer, row.edge_account, row.edge_seq] : null

/** The staff whom entries in the ledger may name, by name: also those who are OFF by now. */
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
  lookStatement(actor, customer, filter, FROM_THE_START)
