import type { Transaction } from '../database/client.ts'
import { type Bind, valuesOf } from '../database/cursor.ts'
import { columnName } from '../database/model-rows.ts'
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

/** The system as the author of what happens by itself in this reseller; `name`: which part of it. */
export const systemAuthor = (resellerId: string, name: string): Author => ({
  kind: 'system',
  id: null,
  name,
  standsInFor: null,
  reseller: { id: resellerId },
  ...NO_REQUEST,
})

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
  const { details, ...row } = auditRow(author, event, about)
  const resetBy = kind === 'customer' && id !== null ? resetBySql(bind, id) : bind(afterResetBy)
  const written = { ...row, details: JSON.stringify(details) }
  const fields = (Object.keys(written) as (keyof typeof written)[]).filter((field) => field !== 'resellerId')
  const values = fields.map((field) => `${bind(written[field])}${TYPES[field] ?? ''}`)
  return `
    insert into audit_rows (reseller_id, after_reset_by, ${fields.map(columnName).join(', ')})
    select $1::text, ${resetBy}, ${values.join(', ')}
    from ${from}`
}

/** Of auditRow(), what a select has to say the type of. */
const TYPES: Readonly<Partial<Record<keyof ReturnType<typeof auditRow>, string>>> = {
  id: '::uuid',
  at: '::timestamptz',
  actorKind: '::actor_kind',
  details: '::jsonb',
  ip: '::inet',
}

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
