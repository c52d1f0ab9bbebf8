import { type FileEvent, type FileToSend, fileEvent } from '../files/file.ts'
import { listFile } from '../lists/file.ts'
import type { ListFile, Reading } from '../lists/list.ts'
import type { LedgerEntry } from '../ledger/entry.ts'
import { type Actor, mustBeAllowedOrOwn } from '../people/actor.ts'
import type { CsvColumns } from '../web/csv.ts'
import { statementExported } from './events.ts'
import type { Period, StatementCustomer } from './statement-facts.ts'
import { type StatementQuery, statement } from './statement.ts'

/** The columns are a contract: names and values are for machines, and in no language. */
const COLUMNS: CsvColumns<LedgerEntry> = [
  ['posted_at', ({ postedAt }) => postedAt],
  ['account', ({ account }) => account],
  ['seq', ({ seq }) => seq],
  ['kind', ({ kind }) => kind],
  ['amount', ({ amount }) => amount],
  ['before', ({ before }) => before],
  ['after', ({ after }) => after],
  ['reason', ({ reason }) => reason],
  ['note', ({ note }) => note],
  ['reference', ({ reference }) => reference],
  ['id', ({ id }) => id],
]

/**
 * A customer's entries of these days, newest first as on the page. `id` is the entry's. The comment is left out: it is for staff, and
 * statements are handed on.
 *
 * @throws 403 unless it is the customer's own, or staff may export customers
 */
export const exportStatement = (actor: Actor, customer: StatementCustomer, period: Period): FileToSend =>
  listFile({ ...statement, file }, { actor, of: customer, query: { ...period, after: '', before: '' } })

const file = ({
  actor,
  of: customer,
  query: { from, to },
}: Reading<StatementQuery, StatementCustomer>): ListFile<LedgerEntry> => ({
  named: { what: 'statement', whose: customer.email, period: { from, to } },
  event: statementEvent(actor, customer, { from, to }, 'csv'),
  columns: COLUMNS,
})

/**
 * The event of a statement that is taken. Customers who take their own leave none; staff who stand in for them do.
 *
 * @throws 403 as exportStatement()
 */
export function statementEvent(
  actor: Actor,
  customer: StatementCustomer,
  { from, to }: Period,
  format: 'csv' | 'pdf',
): FileEvent | null {
  mustBeAllowedOrOwn(actor, 'customers.export', customer)
  return actor.kind === 'customer' ? null : fileEvent(statementExported, { customer, from, to, format })
}
