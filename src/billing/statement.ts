import { z } from 'zod'
import { type KeysetPage, cutPage, isCursorTime, readCursorValues, writeCursor } from '../database/keyset.ts'
import { withinPeriod } from '../database/period.ts'
import { ENTRY_COLUMNS, type EntryRow, type LedgerEntry, toEntry } from '../ledger/entry.ts'
import { type Actor, mustBeAllowedOrOwn } from '../people/actor.ts'
import { WHATEVER_ELSE, inOrder, notInAddress, period, readForm, text } from '../forms/form.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'

/** Which part of a statement is wanted: days in the reseller's time zone, both included. */
export const StatementQuery = z
  .object({
    ...period(),
    after: text({ max: 200 }).default(''),
    before: text({ max: 200 }).default(''),
  })
  .superRefine(inOrder, WHATEVER_ELSE)
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
 * A page of a customer's entries of both accounts, newest first: keyset paging by time, account and number, which is the order in which
 * each account's chain was written. One statement. A cursor without rows beyond it gives the first page, by a second
 * statement.
 */
export async function listStatement(
  actor: Actor,
  customer: { id: string },
  query: StatementQuery,
): Promise<KeysetPage<LedgerEntry>> {
  mustBeAllowedOrOwn(actor, 'customers.see', customer)
  const cursor = readCursor(query)
  const backwards = cursor !== null && query.before !== ''
  const statement = entriesStatement(actor, customer, query, { cursor, backwards, limit: ROWS_IN_A_PAGE + 1 })
  const { rows: found } = await actor.database.pool.query<EntryRow>(statement)
  const page = cutPage(found.map(toEntry), {
    size: ROWS_IN_A_PAGE,
    fromCursor: cursor !== null,
    backwards,
    cursorOf: ({ postedAt, account, seq }) => writeCursor([postedAt.toISOString(), account, String(seq)]),
  })
  return page ?? listStatement(actor, customer, { ...query, before: '', after: '' })
}

/** The latest few entries of both accounts. */
export async function latestEntries(
  actor: Actor,
  customer: { id: string },
  limit: number,
): Promise<LedgerEntry[]> {
  mustBeAllowedOrOwn(actor, 'customers.see', customer)
  const { rows } = await actor.database.pool.query<EntryRow>(
    entriesStatement(actor, customer, { from: '', to: '' }, { limit }),
  )
  return rows.map(toEntry)
}

interface Cursor {
  postedAt: string
  account: string
  seq: string
}

/** The SQL for the entries of a period in order; the page takes a part of it, the file all of it, so that both show the same. */
export function entriesStatement(
  actor: Actor,
  customer: { id: string },
  period: Period,
  {
    cursor = null,
    backwards = false,
    limit,
  }: { cursor?: Cursor | null; backwards?: boolean; limit?: number } = {},
) {
  const values: unknown[] = [actor.reseller.id, customer.id]
  const bind = (value: unknown) => `$${values.push(value)}`
  const conditions = [
    'e.reseller_id = $1 and e.customer_id = $2',
    ...withinPeriod('e.posted_at', period, actor.reseller.timeZone, bind),
  ]
  if (cursor) {
    const { postedAt, account, seq } = cursor
    conditions.push(
      `(e.posted_at, e.account, e.seq) ${backwards ? '>' : '<'}
       (${bind(postedAt)}::timestamptz, ${bind(account)}::account, ${bind(seq)}::bigint)`,
    )
  }
  const direction = backwards ? 'asc' : 'desc'
  const order = (alias: string) =>
    `${alias}.posted_at ${direction}, ${alias}.account ${direction}, ${alias}.seq ${direction}`
  return {
    text: `
      with hit as (
        select * from entries e where ${conditions.join(' and ')}
        ${limit ? `order by ${order('e')} limit ${bind(limit)}` : ''}
      )
      select ${ENTRY_COLUMNS}
      from hit join postings p on p.reseller_id = hit.reseller_id and p.id = hit.posting_id
      order by ${order('hit')}`,
    values,
  }
}

/** The cursor in the address; null for the first page, as where it is not valid. */
function readCursor({ after, before }: StatementQuery): Cursor | null {
  const [postedAt = '', account = '', seq = ''] = readCursorValues(before || after)
  const fits = isCursorTime(postedAt) && /^(BALANCE|CREDITS)$/.test(account) && /^\d{1,18}$/.test(seq)
  return fits ? { postedAt, account, seq } : null
}
