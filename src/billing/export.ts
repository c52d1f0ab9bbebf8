import { readAll } from '../database/cursor.ts'
import { type FileEvent, type FileToSend, fileEvent } from '../files/file.ts'
import { type EntryRow, type LedgerEntry, toEntry } from '../ledger/entry.ts'
import { type Actor, consoleCustomerId, mustBeAllowed } from '../people/actor.ts'
import { type CsvTable, csvPieces } from '../web/csv.ts'
import { savedAs } from '../web/file-name.ts'
import { statementExported } from './events.ts'
import type { Period, StatementCustomer } from './statement-facts.ts'
import { entriesStatement } from './statement.ts'

/** The columns are a contract: names and values are for machines, and in no language. */
const COLUMNS: CsvTable<LedgerEntry>['columns'] = [
  { header: 'posted_at', cell: ({ postedAt }) => postedAt },
  { header: 'account', cell: ({ account }) => account },
  { header: 'seq', cell: ({ seq }) => seq },
  { header: 'kind', cell: ({ kind }) => kind },
  { header: 'amount', cell: ({ amount }) => amount },
  { header: 'before', cell: ({ before }) => before },
  { header: 'after', cell: ({ after }) => after },
  { header: 'reason', cell: ({ reason }) => reason },
  { header: 'note', cell: ({ note }) => note },
  { header: 'reference', cell: ({ reference }) => reference },
  { header: 'id', cell: ({ id }) => id },
]

/**
 * A customer's entries of these days, newest first as on the page, as a file that is read while it is sent. `id` is the entry's. The
 * comment is left out: it is for staff, and statements are handed on.
 */
export function exportStatement(actor: Actor, customer: StatementCustomer, { from, to }: Period): FileToSend {
  mustBeAllowed(actor, 'customers.export')
  const event = fileEvent(statementExported, { customer, from, to, format: 'csv' })
  return fileOf(actor, customer, { from, to }, event)
}

/** The same file, for the customer whose console it is. Customers who take their own leave no event; staff who stand in for them do. */
export function exportOwnStatement(actor: Actor, customer: StatementCustomer, period: Period): FileToSend {
  if (customer.id !== consoleCustomerId(actor))
    throw new Error('This is not the customer whose console it is.')
  const { from, to } = period
  const event = actor.standsInFor ? fileEvent(statementExported, { customer, from, to, format: 'csv' }) : null
  return fileOf(actor, customer, period, event)
}

function fileOf(
  actor: Actor,
  customer: StatementCustomer,
  { from, to }: Period,
  event: FileEvent | null,
): FileToSend {
  const statement = entriesStatement(actor, customer, { from, to })
  return {
    name: savedAs(
      { what: 'statement', whose: customer.email, period: { from, to }, extension: 'csv' },
      actor.reseller,
    ),
    type: 'text/csv',
    event,
    pieces: (files) =>
      csvPieces({
        columns: COLUMNS,
        lots: asEntries(readAll<EntryRow>(files, statement)),
        settings: actor.reseller,
      }),
  }
}

async function* asEntries(lots: AsyncGenerator<EntryRow[], void, undefined>) {
  for await (const rows of lots) yield rows.map(toEntry)
}
