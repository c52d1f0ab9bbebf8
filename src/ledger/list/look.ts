import { type Cursor, FROM_THE_START, type From } from '../../database/keyset.ts'
import { withinPeriod } from '../../database/period.ts'
import type { Actor } from '../../people/actor.ts'
import { ENTRY_COLUMNS } from '../entry.ts'
import { type LedgerFilter, THE_SYSTEM } from './filter.ts'

interface Part extends From {
  /** How many entries are looked through at most, and how many are wanted. Without them all are. */
  look?: number
  limit?: number
}

/** The filters that an index of postings answers, the one that fits least first. */
const INDEXED = ['reference', 'staff', 'channel', 'reason', 'kind'] as const

/**
 * The SQL for entries that fit the filter, newest first. The page takes a part of it and the file all, so both show the same.
 *
 * It reads along one index in the order of time: all entries, a customer's, or the postings with one value of the filter (for one
 * customer: one reference). Other filters are checked on the way. With `look` it reads no more than that many entries, and each row has
 * their number and, if there may be more, the cursor of the last of them (`edge_…`); a row without an id has nothing else.
 */
export function lookStatement(
  actor: Actor,
  customer: { id: string } | null,
  filter: LedgerFilter,
  { cursor, backwards, look, limit }: Part,
) {
  const { values, bind, way, from, where, order, inTime } = wayOf(actor, customer, filter, {
    cursor,
    backwards,
  })
  const columns = `${ENTRY_COLUMNS},
    (select c.email from customers c where c.reseller_id = $1 and c.id = hit.customer_id) as email,
    (select c.name from customers c where c.reseller_id = $1 and c.id = hit.customer_id) as name`
  if (!look || !limit) {
    const hit = `(select e.* from ${from} where ${way}) hit`
    return { text: `select ${columns} from ${hit} ${POSTING} ${where} order by ${order('hit')}`, values }
  }
  // Where nothing is looked at on the way, whatever is met is wanted.
  const steps = bind(isSearch(customer, filter) ? look : limit)
  return {
    text: `
      with looked as materialized (select e.* from ${from} where ${way} order by ${inTime} limit ${steps}),
      size as (select count(*)::integer as looked from looked),
      edge as (
        select hit.* from looked hit where (select looked from size) = ${steps}
        order by ${order('hit', 'hit.posted_at', backwards ? 'desc' : 'asc')} limit 1
      ),
      hit as (select hit.* from looked hit ${POSTING} ${where} order by ${order('hit')} limit ${bind(limit)})
      select size.looked, edge.posted_at as edge_at, edge.customer_id as edge_customer, edge.account as edge_account,
             edge.seq as edge_seq, ${columns}
      from size left join edge on true left join hit on true left ${POSTING}
      order by ${order('hit')}`,
    values,
  }
}

/**
 * The SQL that counts what fits the filter, and adds up what came in and went out by account, as far as `most` entries and no further
 * than `look` on the way; `looked` says how many those were.
 */
export function countStatement(
  actor: Actor,
  customer: { id: string } | null,
  filter: LedgerFilter,
  { look, most }: { look: number; most: number },
) {
  const { values, bind, way, from, where, inTime } = wayOf(actor, customer, filter, FROM_THE_START)
  const steps = bind(isSearch(customer, filter) ? look : most)
  return {
    text: `
      with looked as materialized (select e.* from ${from} where ${way} order by ${inTime} limit ${steps}),
      hit as (select hit.account, hit.amount from looked hit ${POSTING} ${where} limit ${bind(most)})
      select (select count(*)::integer from looked) as looked, account, count(*)::integer as count,
             coalesce(sum(amount) filter (where amount > 0), 0)::text as came,
             coalesce(sum(amount) filter (where amount < 0), 0)::text as went
      from hit group by account order by account`,
    values,
  }
}

/** The posting of an entry that fits. */
const POSTING = 'join postings p on p.reseller_id = $1 and p.id = hit.posting_id'

/** The parts of a statement that goes along the index which fits the filter. */
function wayOf(
  actor: Actor,
  customer: { id: string } | null,
  filter: LedgerFilter,
  { cursor, backwards }: From,
) {
  const values: unknown[] = [actor.reseller.id]
  const bind = (value: unknown) => `$${values.push(value)}`
  const lane = laneOf(customer, filter)

  const way = ['e.reseller_id = $1', ...withinPeriod('e.posted_at', filter, actor.reseller.timeZone, bind)]
  if (customer) way.push(`e.customer_id = ${bind(customer.id)}`)
  if (cursor) way.push(...beyond(cursor, { backwards, bind, postings: lane !== undefined }))
  let from = 'entries e'
  if (lane) {
    if (customer) way.push('p.customer_id = e.customer_id')
    from = 'postings p join entries e on e.reseller_id = $1 and e.posting_id = p.id'
    way.push('p.reseller_id = $1', conditionOf(lane, filter, bind))
    // An entry has its posting's time, which is what the index is in the order of.
    way.push(...withinPeriod('p.posted_at', filter, actor.reseller.timeZone, bind))
  }

  const rest = INDEXED.filter((name) => name !== lane && filter[name]).map((name) =>
    conditionOf(name, filter, bind),
  )
  if (filter.account) rest.push(`hit.account = ${bind(filter.account)}::account`)
  if (filter.min !== undefined) rest.push(`abs(hit.amount) >= ${bind(filter.min.toString())}::bigint`)
  if (filter.max !== undefined) rest.push(`abs(hit.amount) <= ${bind(filter.max.toString())}::bigint`)

  const direction = backwards ? 'asc' : 'desc'
  const order = (alias: string, time = `${alias}.posted_at`, ways = direction) =>
    `${time} ${ways}, ${alias}.customer_id ${ways}, ${alias}.account ${ways}, ${alias}.seq ${ways}`
  const inTime = order('e', lane ? 'p.posted_at' : 'e.posted_at')
  const where = rest.length > 0 ? `where ${rest.join(' and ')}` : ''
  return { values, bind, way: way.join(' and '), from, where, order, inTime }
}

/** The filter whose index is gone along; none: that of all entries, or the customer's. */
const laneOf = (customer: { id: string } | null, filter: LedgerFilter) =>
  (customer ? (['reference'] as const) : INDEXED).find((name) => isIndexed(name, filter))

/** Whether entries are looked at on the way that may not fit. */
export function isSearch(customer: { id: string } | null, filter: LedgerFilter): boolean {
  const lane = laneOf(customer, filter)
  if (INDEXED.some((name) => name !== lane && filter[name])) return true
  return Boolean(filter.account) || filter.min !== undefined || filter.max !== undefined
}

/**
 * Whether a filter is there and its index leads to few entries. What the system did is most of a ledger, and so are charges: an amount
 * among them is found sooner along the entries, which alone know it.
 */
function isIndexed(name: (typeof INDEXED)[number], filter: LedgerFilter): boolean {
  if (!filter[name] || filter[name] === THE_SYSTEM) return false
  return filter[name] !== 'charge' || (filter.min === undefined && filter.max === undefined)
}

function conditionOf(
  name: (typeof INDEXED)[number],
  filter: LedgerFilter,
  bind: (value: unknown) => string,
): string {
  const value = filter[name]
  switch (name) {
    case 'staff':
      return value === THE_SYSTEM ? `p.actor_kind = 'system'` : `p.limit_staff_id = ${bind(value)}::uuid`
    case 'reference':
      return `receipt_folded(p.reference) = receipt_folded(${bind(value)})`
    default:
      return `p.${name} = ${bind(value)}::${{ channel: 'channel', reason: 'posting_reason', kind: 'posting_kind' }[name]}`
  }
}

/** What lies beyond a cursor; of postings' own index the time alone, which lets it begin there. */
function beyond(
  [postedAt, customerId, account, seq]: Cursor,
  { backwards, bind, postings }: { backwards: boolean; bind: (value: unknown) => string; postings: boolean },
): string[] {
  const sign = backwards ? '>' : '<'
  const at = bind(postedAt)
  const values = `(${at}::timestamptz, ${bind(customerId)}, ${bind(account)}::account, ${bind(seq)}::bigint)`
  const exactly = `(e.posted_at, e.customer_id, e.account, e.seq) ${sign} ${values}`
  return postings ? [exactly, `p.posted_at ${sign}= ${at}::timestamptz`] : [exactly]
}
