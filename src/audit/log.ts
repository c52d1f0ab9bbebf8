import { type CustomerMatch, isUnclear, matchCustomer, matchCustomerForFile } from '../customers/match.ts'
import { COUNTED_MAX } from '../database/counted.ts'
import { isId } from '../database/id.ts'
import { FROM_THE_START, type From, isTimeAndId, keysetSql } from '../database/keyset.ts'
import { LOOKS, type LookedPage, lookForPage } from '../database/look.ts'
import { withinPeriod } from '../database/period.ts'
import type { ActorKind } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { type AuditFilter, type AuditQuery, KINDS_OF_PERSON } from './forms.ts'

/** A row of the log, with the accounts that it names as they are called today. */
export interface LoggedEvent {
  id: string
  at: Date
  /** The name of an event, or of one that only an older version knew. */
  event: string
  actorKind: ActorKind
  actorId: string | null
  /** What the actor was called then. */
  actorName: string
  /** Whom the actor stood in for. */
  standsInFor: NamedCustomer | null
  /** The customer it was done to. */
  customer: NamedCustomer | null
  /** What the event remembers. */
  details: unknown
  requestId: string | null
  ip: string | null
  /** What the browser called itself; null in rows from before it was kept, and where there was none. */
  userAgent: string | null
  /** Who had reset the customer's password before, by name; null: nobody had, or the customer had proved themself since. */
  afterResetBy: string | null
}

interface NamedCustomer {
  id: string
  /** Null where there is no such customer any more. */
  email: string | null
  name: string | null
}

const ROWS_IN_A_PAGE = 50

/**
 * A page of the log, newest first. Reads a bounded part of the log however large that is: one statement, or a few for a filter that fits
 * little, see lookForPage(). Needs the permission to see the log.
 */
export async function listEvents(
  actor: Actor,
  query: AuditQuery,
  looks = LOOKS,
): Promise<LookedPage<LoggedEvent> & { meant: CustomerMatch }> {
  mustBeAllowed(actor, 'audit.see')
  const meant = await matchCustomer(actor, query.customer)
  const customerId = meant.customer?.id ?? null
  // Nobody's rows need no looking for.
  if (isUnclear(meant)) return { rows: [], before: null, after: null, lookedTo: null, meant }
  const page = await lookForPage<LoggedEvent>(query, {
    size: ROWS_IN_A_PAGE,
    isSearch: isSearch(query),
    looks,
    step: async (part) => {
      const statement = eventsStatement(actor, { ...query, customerId }, part)
      const { rows } = await actor.database.pool.query<LookRow>(statement)
      const [first] = rows
      return {
        rows: rows.filter((row): row is LoggedEvent & LookRow => row.id !== null),
        edge: first?.edge_at ? [first.edge_at.toISOString(), first.edge_id] : null,
      }
    },
    cursorOf: ({ at, id }) => [at.toISOString(), id],
    isCursor: isTimeAndId(isId),
  })
  return { ...page, meant }
}

/** So many rows are looked at to count those that fit. */
const COUNT_LOOK = 10_000

/** How many rows fit, on all pages, up to COUNTED_MAX and one more; null where they are too far apart to be counted. One statement. */
export async function maybeCountEvents(actor: Actor, filter: AuditFilter, customerId: string | null) {
  mustBeAllowed(actor, 'audit.see')
  const { values, bind, way, rest } = conditionsOf(actor, { ...filter, customerId })
  const { rows } = await actor.database.pool.query<{ looked: number; count: number }>(
    `with looked as materialized (
       select actor_kind, actor_id, customer_id, event from audit_rows where ${way.join(' and ')} order by at desc, id desc
       limit ${bind(rest.length > 0 ? COUNT_LOOK : COUNTED_MAX + 1)}
     )
     select count(*)::integer as looked, count(*) filter (where ${rest.join(' and ') || 'true'})::integer as count from looked`,
    values,
  )
  const [{ looked, count } = { looked: 0, count: 0 }] = rows
  return rest.length > 0 && looked >= COUNT_LOOK && count <= COUNTED_MAX ? null : count
}

/** The SQL for all rows that fit, newest first, for a file. */
export async function allEvents(actor: Actor, filter: AuditFilter) {
  const { customer } = await matchCustomerForFile(actor, filter.customer)
  return eventsStatement(actor, { ...filter, customerId: customer?.id ?? null }, FROM_THE_START)
}

/** The staff who may be named in the log, by name: also those who are OFF by now. */
export async function listAuthors(actor: Actor) {
  mustBeAllowed(actor, 'audit.see')
  return actor.database.prisma.staff.findMany({
    where: { resellerId: actor.reseller.id },
    select: { id: true, name: true, email: true },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
  })
}

/** A row as eventsStatement() gives it, or nothing but how far was looked. */
type LookRow = (LoggedEvent | { id: null }) & { edge_at: Date | null; edge_id: string }

interface Part extends From {
  /** How many rows are looked through at most, and how many are wanted. Without them all are. */
  look?: number
  limit?: number
}

/** The filters that an index of the log answers, the one that fits least first. */
const INDEXED = ['customer', 'person', 'event'] as const

/**
 * The SQL for the rows that fit the filter, newest first. The page takes a part of it and the export all, so both show the same. It
 * reads along one index of the log in the order of time and checks the other filters on the way. With `look` it reads no more than that
 * many rows, and each row has the cursor of the last of them (`edge_…`) if there may be more; a row without an id has nothing else.
 * Only rows that fit have their accounts' names looked up.
 */
function eventsStatement(
  actor: Actor,
  filter: AuditFilter & { customerId: string | null },
  { cursor, backwards, look, limit }: Part,
) {
  const { values, bind, way, rest } = conditionsOf(actor, filter)
  const columnsOfOrder = { at: 'timestamptz', id: 'uuid' }
  const { beyond, order } = keysetSql(columnsOfOrder, { cursor, backwards }, bind)
  const { order: back } = keysetSql(columnsOfOrder, { cursor: null, backwards: !backwards }, bind)
  way.push(beyond)
  const columns = `
    hit.id, hit.at, hit.event, hit.actor_kind as "actorKind", hit.actor_id as "actorId", hit.actor_name as "actorName", hit.details,
    hit.request_id as "requestId", host(hit.ip) as ip, hit.user_agent as "userAgent", hit.after_reset_by as "afterResetBy",
    ${named('hit.for_customer_id')} as "standsInFor", ${named('hit.customer_id')} as customer`
  if (!look || !limit) {
    const where = [...way, ...rest].join(' and ')
    return {
      text: `with hit as (select * from audit_rows where ${where} order by ${order}) select ${columns} from hit order by ${order}`,
      values,
    }
  }
  // Where nothing is looked at on the way, whatever is met is wanted.
  const steps = bind(isSearch(filter) ? look : limit)
  return {
    text: `
      with looked as materialized (
        select id, at, event, actor_kind, actor_id, customer_id from audit_rows where ${way.join(' and ')} order by ${order} limit ${steps}
      ),
      edge as (select at, id from looked where (select count(*) from looked) = ${steps} order by ${back} limit 1),
      fits as (select id from looked ${rest.length > 0 ? `where ${rest.join(' and ')}` : ''} order by ${order} limit ${bind(limit)}),
      hit as (select r.* from fits join audit_rows r on r.reseller_id = $1 and r.id = fits.id)
      select edge.at as edge_at, edge.id as edge_id, ${columns}
      from (select) as one left join edge on true left join hit on true
      order by ${order.replaceAll(/(at|id) /g, 'hit.$1 ')}`,
    values,
  }
}

/** SQL for a NamedCustomer, or null. */
const named = (id: string) => `case when ${id} is not null then json_build_object('id', ${id},
      'email', (select c.email from customers c where c.reseller_id = $1 and c.id = ${id}),
      'name', (select c.name from customers c where c.reseller_id = $1 and c.id = ${id})) end`

/** What rows have to fit: along the index that is gone along, and on the way. */
function conditionsOf(actor: Actor, filter: AuditFilter & { customerId: string | null }) {
  const values: unknown[] = [actor.reseller.id]
  const bind = (value: unknown) => `$${values.push(value)}`
  const lane = laneOf(filter)
  const way = ['reseller_id = $1', ...withinPeriod('at', filter, actor.reseller.timeZone, bind)]
  if (lane) way.push(conditionOf(lane, filter, bind))
  const rest = restOf(filter).map((name) => conditionOf(name, filter, bind))
  return { values, bind, way, rest }
}

/** Whether all of a kind are meant: no index has them together in the order of time. */
const isKind = (person: string) => (KINDS_OF_PERSON as readonly string[]).includes(person)

/** The filter whose index is gone along; none: that of all rows. */
const laneOf = (filter: AuditFilter) => INDEXED.find((name) => filter[name] && !isKind(filter[name]))

/** What is looked at on the way. */
const restOf = (filter: AuditFilter) => INDEXED.filter((name) => name !== laneOf(filter) && filter[name])

const isSearch = (filter: AuditFilter) => restOf(filter).length > 0

function conditionOf(
  name: (typeof INDEXED)[number],
  { person, customerId, event }: AuditFilter & { customerId: string | null },
  bind: (value: unknown) => string,
): string {
  if (name === 'customer') return `customer_id = ${bind(customerId)}`
  if (name === 'event') return `event = ${bind(event)}`
  if (person === 'customers') return `actor_kind = 'customer'`
  if (isKind(person)) return `actor_kind = ${bind(person)}::actor_kind`
  return `actor_id = ${bind(person)}`
}
