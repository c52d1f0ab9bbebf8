import { isCustomerId } from '../customers/customer-id.ts'
import { type KeysetPage, cutPage } from '../database/keyset.ts'
import { withinPeriod } from '../database/period.ts'
import { type Place, placeInAddress, readPlace } from '../database/place.ts'
import type { ActorKind } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../sessions/actor.ts'
import type { AuditFilter, AuditQuery } from './forms.ts'

/** A row of the log, with the accounts that it names as they are called today. */
export interface LoggedDeed {
  id: string
  at: Date
  /** A name of deeds.ts, or of an older version's. */
  deed: string
  actorKind: ActorKind
  actorId: string | null
  /** What the actor was called then. */
  actorName: string
  /** Whom the actor stood in for. */
  standsInFor: NamedCustomer | null
  /** The customer it was done to. */
  customer: NamedCustomer | null
  /** What the deed remembers. */
  details: unknown
  requestId: string | null
  ip: string | null
  /** What the browser called itself; null in rows from before it was kept, and where there was none. */
  userAgent: string | null
  /** The name of whoever had reset the customer's password before; null: nobody had, or the customer had proved themself since. */
  afterResetBy: string | null
}

interface NamedCustomer {
  id: string
  /** Null where there is no such customer any more. */
  email: string | null
}

const ROWS_IN_A_PAGE = 50

/**
 * A page of the log, newest first: keyset paging by time and id, one statement. A bookmarked place that has no rows left, or too few
 * on the way back to fill a page, begins anew. Needs the permission to see the log.
 */
export async function listDeeds(actor: Actor, query: AuditQuery): Promise<KeysetPage<LoggedDeed>> {
  mustBeAllowed(actor, 'audit.see')
  const cursor = readPlace(query.before || query.after)
  const backwards = cursor !== null && query.before !== ''
  const statement = await deedsStatement(actor, query, { cursor, backwards, limit: ROWS_IN_A_PAGE + 1 })
  const { rows: found } = await actor.database.pool.query<DeedRow>(statement)
  const page = cutPage(found, {
    size: ROWS_IN_A_PAGE,
    fromCursor: cursor !== null,
    backwards,
    cursorOf: placeInAddress,
  })
  if (!page) return listDeeds(actor, { ...query, before: '', after: '' })
  return { ...page, rows: page.rows.map(toLoggedDeed) }
}

/** The staff who may stand in the log, by name: also those who are OFF by now. */
export async function listAuthors(actor: Actor) {
  mustBeAllowed(actor, 'audit.see')
  return actor.database.prisma.staff.findMany({
    where: { resellerId: actor.reseller.id },
    select: { id: true, name: true, email: true },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
  })
}

/** A row as deedsStatement() gives it. */
export interface DeedRow {
  id: string
  at: Date
  deed: string
  actor_kind: ActorKind
  actor_id: string | null
  actor_name: string
  for_customer_id: string | null
  for_email: string | null
  customer_id: string | null
  customer_email: string | null
  details: unknown
  request_id: string | null
  ip: string | null
  user_agent: string | null
  after_reset_by: string | null
}

interface Part {
  cursor?: Place | null
  /** Towards newer rows, oldest of them first. */
  backwards?: boolean
  limit?: number
}

/**
 * The SQL for the rows that fit the filter, newest first; the page takes a part of it, the export all of it, so that both show the
 * same. It picks the rows from the log's own indexes and names the accounts for those only.
 */
export async function deedsStatement(
  actor: Actor,
  { person, customer, deed, from, to }: AuditFilter,
  { cursor = null, backwards = false, limit }: Part = {},
) {
  const values: unknown[] = [actor.reseller.id]
  const bind = (value: unknown) => `$${values.push(value)}`
  const conditions = ['reseller_id = $1', ...withinPeriod('at', { from, to }, actor.reseller.timeZone, bind)]
  if (person === 'customers') conditions.push(`actor_kind = 'customer'`)
  // Neither of them has an id, which is what the index by person knows them by.
  else if (person === 'system' || person === 'visitor') {
    conditions.push(`actor_id is null and actor_kind = ${bind(person)}::actor_kind`)
  } else if (person) conditions.push(`actor_id = ${bind(person)}`)
  if (customer) conditions.push(`customer_id = ${bind(await customerIdOf(actor, customer))}`)
  if (deed) conditions.push(`deed = ${bind(deed)}`)
  if (cursor) {
    conditions.push(
      `(at, id) ${backwards ? '>' : '<'} (${bind(cursor.at)}::timestamptz, ${bind(cursor.id)}::uuid)`,
    )
  }
  const order = backwards ? 'at asc, id asc' : 'at desc, id desc'
  return {
    text: `
      with hit as (
        select * from audit_rows where ${conditions.join(' and ')} order by ${order} ${limit ? `limit ${bind(limit)}` : ''}
      )
      select hit.id, hit.at, hit.deed, hit.actor_kind, hit.actor_id, hit.actor_name, hit.details, hit.request_id, host(hit.ip) as ip, hit.user_agent,
             hit.after_reset_by,
             hit.for_customer_id, (select c.email from customers c where c.reseller_id = $1 and c.id = hit.for_customer_id) as for_email,
             hit.customer_id, (select c.email from customers c where c.reseller_id = $1 and c.id = hit.customer_id) as customer_email
      from hit
      order by ${order}`,
    values,
  }
}

/** A row of deedsStatement() as everybody else sees it. */
export function toLoggedDeed(row: DeedRow): LoggedDeed {
  return {
    id: row.id,
    at: row.at,
    deed: row.deed,
    actorKind: row.actor_kind,
    actorId: row.actor_id,
    actorName: row.actor_name,
    standsInFor: row.for_customer_id === null ? null : { id: row.for_customer_id, email: row.for_email },
    customer: row.customer_id === null ? null : { id: row.customer_id, email: row.customer_email },
    details: row.details,
    requestId: row.request_id,
    ip: row.ip,
    userAgent: row.user_agent,
    afterResetBy: row.after_reset_by,
  }
}

/** The internal ID behind what was typed, itself or by its address; null fits no row. */
async function customerIdOf(actor: Actor, typed: string): Promise<string | null> {
  const id = typed.toUpperCase()
  if (isCustomerId(id)) return id
  const customer = await actor.database.prisma.customer.findUnique({
    where: { resellerId_email: { resellerId: actor.reseller.id, email: typed.toLowerCase() } },
    select: { id: true },
  })
  return customer?.id ?? null
}
