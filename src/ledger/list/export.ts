import { readAll } from '../../database/cursor.ts'
import { type FileToSend, fileEvent } from '../../files/file.ts'
import { paths } from '../../paths.ts'
import { type Actor, mustBeAllowed } from '../../people/actor.ts'
import { type CsvTable, csvPieces } from '../../web/csv.ts'
import { savedAs } from '../../web/file-name.ts'
import { ledgerExported } from '../events.ts'
import type { LedgerFilter } from './filter.ts'
import { toEntry } from '../entry.ts'
import { type ListedEntry, type ListedRow, allEntries } from './list.ts'

/** Names and values are for machines, and in no language. `id` is the entry's. */
const COLUMNS: CsvTable<ListedEntry>['columns'] = [
  { header: 'posted_at', cell: ({ postedAt }) => postedAt },
  { header: 'customer_id', cell: ({ customerId }) => customerId },
  { header: 'customer', cell: ({ email }) => email },
  { header: 'account', cell: ({ account }) => account },
  { header: 'seq', cell: ({ seq }) => seq },
  { header: 'kind', cell: ({ kind }) => kind },
  { header: 'amount', cell: ({ amount }) => amount },
  { header: 'before', cell: ({ before }) => before },
  { header: 'after', cell: ({ after }) => after },
  { header: 'reason', cell: ({ reason }) => reason },
  { header: 'note', cell: ({ note }) => note },
  { header: 'comment', cell: ({ comment }) => comment },
  { header: 'channel', cell: ({ channel }) => channel },
  { header: 'reference', cell: ({ reference }) => reference },
  { header: 'actor', cell: ({ actorName }) => actorName },
  { header: 'posting', cell: ({ postingId }) => postingId },
  { header: 'reverses', cell: ({ reversesId }) => reversesId },
  { header: 'reversed_by', cell: ({ reversedById }) => reversedById },
  { header: 'id', cell: ({ id }) => id },
]

/**
 * All entries that fit the filter, the reseller's or one customer's, newest first as on the page, as a file that is read while it is
 * sent; the staff's comments are in it, so it is for staff alone. Needs the permission to
 * export customers, for one customer's as well.
 */
export function exportLedger(
  actor: Actor,
  customer: { id: string; email: string } | null,
  filter: LedgerFilter,
  typed: Readonly<Record<string, string>>,
): FileToSend {
  mustBeAllowed(actor, 'customers.export')
  const query = paths.ledger(customer, typed).split('?')[1] ?? ''
  const statement = allEntries(actor, customer, filter)
  const whose = customer?.email ?? actor.reseller.slug
  return {
    name: savedAs({ what: 'ledger', whose, period: filter, extension: 'csv' }, actor.reseller),
    type: 'text/csv',
    event: fileEvent(ledgerExported, { query, ...(customer && { customer }) }),
    pieces: (files) =>
      csvPieces({
        columns: COLUMNS,
        lots: asListed(readAll<ListedRow>(files, statement)),
        settings: actor.reseller,
      }),
  }
}

async function* asListed(lots: AsyncGenerator<ListedRow[], void, undefined>) {
  for await (const rows of lots) yield rows.map(toEntry)
}
