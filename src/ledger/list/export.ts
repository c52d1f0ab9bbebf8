import { type FileToSend, csvFile, fileEvent } from '../../files/file.ts'
import { paths } from '../../paths.ts'
import { type Actor, mustBeAllowed } from '../../people/actor.ts'
import type { CsvColumns } from '../../web/csv.ts'
import { ledgerExported } from '../events.ts'
import type { LedgerFilter } from './filter.ts'
import { toEntry } from '../entry.ts'
import { type ListedEntry, type ListedRow, allEntries } from './list.ts'

/** Names and values are for machines, and in no language. `id` is the entry's. */
const COLUMNS: CsvColumns<ListedEntry> = [
  ['posted_at', ({ postedAt }) => postedAt],
  ['customer_id', ({ customerId }) => customerId],
  ['customer', ({ email }) => email],
  ['account', ({ account }) => account],
  ['seq', ({ seq }) => seq],
  ['kind', ({ kind }) => kind],
  ['amount', ({ amount }) => amount],
  ['before', ({ before }) => before],
  ['after', ({ after }) => after],
  ['reason', ({ reason }) => reason],
  ['note', ({ note }) => note],
  ['comment', ({ comment }) => comment],
  ['channel', ({ channel }) => channel],
  ['reference', ({ reference }) => reference],
  ['actor', ({ actorName }) => actorName],
  ['posting', ({ postingId }) => postingId],
  ['reverses', ({ reversesId }) => reversesId],
  ['reversed_by', ({ reversedById }) => reversedById],
  ['id', ({ id }) => id],
]

/**
 * All entries that fit the filter, the reseller's or one customer's, newest first as on the page. The staff's comments are in it, so it is
 * for staff alone. Needs the permission to export customers, for one customer's as well.
 */
export function exportLedger(
  actor: Actor,
  customer: { id: string; email: string } | null,
  filter: LedgerFilter,
  typed: Readonly<Record<string, string>>,
): FileToSend {
  mustBeAllowed(actor, 'customers.export')
  const query = paths.ledger(customer, typed).split('?')[1] ?? ''
  return csvFile(actor.reseller, {
    named: { what: 'ledger', whose: customer?.email ?? actor.reseller.slug, period: filter },
    event: fileEvent(ledgerExported, { query, ...(customer && { customer }) }),
    columns: COLUMNS,
    statement: allEntries(actor, customer, filter),
    toShown: toEntry<ListedRow>,
  })
}
