import type { Transaction } from '../database/client.ts'
import { type Bind, valuesOf } from '../database/cursor.ts'
import { newId } from '../database/id.ts'
import type { ActorKind, Prisma } from '../generated/prisma/client.ts'
import { NO_REQUEST, type RequestFacts } from '../request-facts.ts'
import type { Details, Event } from './event.ts'
import { resetBySql } from './reset-by.ts'

/** What an event's row says beside who did it. */
export type About<Remembers extends Details> = Remembers & { customer?: { id: string } }

/** Whom the row names as the event's author: an actor, or what is known of somebody who is not logged in. */
export interface Author extends RequestFacts {
  kind: ActorKind
  id: string | null
  name: string
  standsInFor: string | null
  reseller: { id: string }
  /** When it counts as done; now where missing. */
  at?: Date
  /** Of a visitor at the login of a customer's account: see ResetMark. A customer's own is looked up. */
  afterResetBy?: string | null
}

/** Somebody who is not logged in, as the author of an event in this reseller. */
export function visitor(
  resellerId: string,
  { afterResetBy = null, ...request }: Partial<RequestFacts> & { afterResetBy?: string | null },
): Author {
  return {
    kind: 'visitor',
    id: null,
    name: 'visitor',
    standsInFor: null,
    reseller: { id: resellerId },
    ...NO_REQUEST,
    ...request,
    afterResetBy,
  }
}

/** Writes the event's row, in the transaction of what it speaks of: either both happened or neither. */
export async function record<Remembers extends Details>(
  db: Transaction,
  author: Author,
  event: Event<Remembers>,
  about: NoInfer<About<Remembers>>,
) {
  const { values, bind } = valuesOf(author.reseller.id)
  await db.$executeRawUnsafe(recordSql(bind, author, event, about), ...values)
}

/** SQL that writes the event's row. $1 is the reseller. `from`: it is written for each row of this, so once or not at all. */
export function recordSql<Remembers extends Details>(
  bind: Bind,
  author: Author,
  event: Event<Remembers>,
  about: NoInfer<About<Remembers>>,
  from = '(select) one',
): string {
  const { kind, id, afterResetBy = null } = author
  const row = auditRow(author, event, about)
  const columns = (Object.keys(COLUMNS) as (keyof typeof COLUMNS)[])
    .filter((field) => row[field] !== undefined)
    .map((field) => ({
      column: COLUMNS[field].column,
      value: `${bind(row[field])}${COLUMNS[field].type}`,
    }))
  const resetBy = kind === 'customer' && id !== null ? resetBySql(bind, id) : bind(afterResetBy)
  return `
    insert into audit_rows (reseller_id, details, after_reset_by, ${columns.map(({ column }) => column).join(', ')})
    select $1::text, ${bind(JSON.stringify(row.details))}::jsonb, ${resetBy}, ${columns.map(({ value }) => value).join(', ')}
    from ${from}`
}

/** Of auditRow(), as the table has it. */
const COLUMNS = {
  id: { column: 'id', type: '::uuid' },
  at: { column: 'at', type: '::timestamptz' },
  event: { column: 'event', type: '' },
  actorKind: { column: 'actor_kind', type: '::actor_kind' },
  actorId: { column: 'actor_id', type: '' },
  actorName: { column: 'actor_name', type: '' },
  forCustomerId: { column: 'for_customer_id', type: '' },
  customerId: { column: 'customer_id', type: '' },
  requestId: { column: 'request_id', type: '' },
  ip: { column: 'ip', type: '::inet' },
  userAgent: { column: 'user_agent', type: '' },
} as const satisfies Record<
  Exclude<keyof ReturnType<typeof auditRow>, 'resellerId' | 'details'>,
  { column: string; type: string }
>

/** The row without writing it, for the demo, which inserts many at once. */
export function auditRow<Remembers extends Details>(
  author: Author,
  event: Event<Remembers>,
  about: NoInfer<About<Remembers>>,
) {
  const { customer, ...details } = about
  const { at } = author
  return {
    resellerId: author.reseller.id,
    id: newId(at),
    ...(at && { at }),
    event: event.name,
    actorKind: author.kind,
    actorId: author.id,
    actorName: author.name,
    forCustomerId: author.standsInFor,
    customerId: customer?.id ?? null,
    details: details as Prisma.InputJsonObject,
    requestId: author.requestId,
    ip: author.ip,
    userAgent: author.userAgent,
  }
}
