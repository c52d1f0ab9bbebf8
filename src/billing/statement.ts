import { z } from 'zod'
import { inDateOrder, notInAddress, period, readForm, text, WHATEVER_ELSE } from '../forms/form.ts'
import { ENTRY_COLUMNS, type EntryRow, type LedgerEntry, toEntry } from '../ledger/entry.ts'
import type { List } from '../lists/list.ts'
import { askFirst } from '../lists/page.ts'
import { type Actor, consoleCustomerId, mustBeAllowedOrOwn } from '../people/actor.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'

/** Which part of a statement is wanted: days in the reseller's time zone, both included. */
export const StatementQuery = z
  .object({
    ...period(),
    after: text({ max: 200 }).default(''),
    before: text({ max: 200 }).default(''),
  })
  .superRefine(inDateOrder, WHATEVER_ELSE)
export type StatementQuery = z.output<typeof StatementQuery>
type Period = Pick<StatementQuery, 'from' | 'to'>

/** The period that a file's address asks for; refused in words, as there is no form to show it at. */
export function readPeriod(query: unknown): Period {
  const form = readForm(StatementQuery, query)
  if (form.ok) return form.values
  const [sentence, ...others] = Object.values(form.errors)
  if (others.length > 0) throw new Refusal(422, notInAddress(Object.keys(form.errors)))
  throw new Refusal(422, sentence ?? t('This period is not valid. Go back and choose the dates again.'))
}

/**
 * A customer's entries of both accounts, newest first: by time, account and number, which is the order in which each account's chain was
 * written.
 */
export const statement = {
  may: (actor, customer) => mustBeAllowedOrOwn(actor, 'customers.see', customer),
  size: 50,
  table: 'entries',
  where: ({ of, bind }) => [`hit.customer_id = ${bind(of.id)}`],
  order: {
    by: [
      { column: 'posted_at', field: 'postedAt', kind: 'time' },
      { column: 'account', field: 'account', kind: 'account' },
      { column: 'seq', field: 'seq', kind: 'number' },
    ],
  },
  period: 'posted_at',
  selected: ENTRY_COLUMNS,
  joins: 'join postings p on p.reseller_id = $1 and p.id = hit.posting_id',
  toRow: toEntry,
} as const satisfies List<StatementQuery, LedgerEntry, EntryRow, { id: string }>

/** The latest few entries of both accounts. */
export function latestEntries(actor: Actor, customer: { id: string }, limit: number): Promise<LedgerEntry[]> {
  const query = { from: '', to: '', after: '', before: '' }
  return askFirst(statement, { actor, of: customer, query }, limit, { postedAt: true })
}

/** A movement as its customer sees it: without the staff's comment, and without who of the staff posted it. */
export type OwnEntry = Omit<LedgerEntry, 'comment' | 'actorName'>

/** An entry without what is for staff alone. */
export function toOwn({ comment: _comment, actorName: _actorName, ...entry }: LedgerEntry): OwnEntry {
  return entry
}

/** The latest few movements of the customer whose console it is. */
export async function latestOwnEntries(actor: Actor, limit: number): Promise<OwnEntry[]> {
  return (await latestEntries(actor, { id: consoleCustomerId(actor) }, limit)).map(toOwn)
}
