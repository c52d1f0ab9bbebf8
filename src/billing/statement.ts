import { z } from 'zod'
import {
  type Cursor,
  type From,
  FROM_THE_START,
  isCursorTime,
  type KeysetPage,
  keysetSql,
  readPage,
} from '../database/keyset.ts'
import { withinPeriod } from '../database/period.ts'
import { inDateOrder, notInAddress, period, readForm, text, WHATEVER_ELSE } from '../forms/form.ts'
import { ENTRY_COLUMNS, type EntryRow, type LedgerEntry, toEntry } from '../ledger/entry.ts'
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

const ROWS_IN_A_PAGE = 50

/**
 * A page of a customer's entries of both accounts, newest first: by time, account and number, which is the order in which each account's
 * chain was written. One statement, see readPage().
 */
export function listStatement(
  actor: Actor,
  customer: { id: string },
  query: StatementQuery,
): Promise<KeysetPage<LedgerEntry>> {
  mustBeAllowedOrOwn(actor, 'customers.see', customer)
  return readPage(query, {
    size: ROWS_IN_A_PAGE,
    cursorOf: ({ postedAt, account, seq }) => [postedAt.toISOString(), account, String(seq)],
    isCursor,
    find: (part) => findEntries(actor, customer, query, part),
  })
}

const isCursor = ([postedAt = '', account = '', seq = '']: Cursor) =>
  isCursorTime(postedAt) && /^(BALANCE|CREDITS)$/.test(account) && /^\d{1,18}$/.test(seq)

/** The latest few entries of both accounts. */
export async function latestEntries(
  actor: Actor,
  customer: { id: string },
  limit: number,
): Promise<LedgerEntry[]> {
  mustBeAllowedOrOwn(actor, 'customers.see', customer)
  return findEntries(actor, customer, { from: '', to: '' }, { ...FROM_THE_START, limit })
}

async function findEntries(
  actor: Actor,
  customer: { id: string },
  period: Period,
  part: From & { limit: number },
): Promise<LedgerEntry[]> {
  const statement = entriesStatement(actor, customer, period, part)
  return (await actor.database.pool.query<EntryRow>(statement)).rows.map(toEntry)
}

/** The SQL for the entries of a period in order; the page takes a part of it, the file all of it, so that both show the same. */
export function entriesStatement(
  actor: Actor,
  customer: { id: string },
  period: Period,
  { limit, ...from }: From & { limit?: number } = FROM_THE_START,
) {
  const values: unknown[] = [actor.reseller.id, customer.id]
  const bind = (value: unknown) => `$${values.push(value)}`
  const columns = { 'e.posted_at': 'timestamptz', 'e.account': 'account', 'e.seq': 'bigint' }
  const { beyond, order } = keysetSql(columns, from, bind)
  const conditions = [
    'e.reseller_id = $1 and e.customer_id = $2',
    ...withinPeriod('e.posted_at', period, actor.reseller.timeZone, bind),
    beyond,
  ]
  return {
    text: `
      with hit as (
        select * from entries e where ${conditions.join(' and ')}
        ${limit ? `order by ${order} limit ${bind(limit)}` : ''}
      )
      select ${ENTRY_COLUMNS}
      from hit join postings p on p.reseller_id = $1 and p.id = hit.posting_id
      order by ${order.replaceAll('e.', 'hit.')}`,
    values,
  }
}

/** A movement as its customer sees it: without the staff's comment, and without who of the staff posted it. */
export type OwnEntry = Omit<LedgerEntry, 'comment' | 'actorName'>

/** As listStatement(), for the customer whose console it is. */
export async function listOwnStatement(actor: Actor, query: StatementQuery): Promise<KeysetPage<OwnEntry>> {
  const { rows, ...places } = await listStatement(actor, { id: consoleCustomerId(actor) }, query)
  return { ...places, rows: rows.map(toOwn) }
}

/** The latest few movements of the customer whose console it is. */
export async function latestOwnEntries(actor: Actor, limit: number): Promise<OwnEntry[]> {
  return (await latestEntries(actor, { id: consoleCustomerId(actor) }, limit)).map(toOwn)
}

function toOwn({ comment: _comment, actorName: _actorName, ...entry }: LedgerEntry): OwnEntry {
  return entry
}
