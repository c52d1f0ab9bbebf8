import type { Transaction } from '../database/client.ts'
import { newId } from '../database/id.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { resetByOf } from '../passwords/reset-by.ts'
import type { Actor } from '../sessions/actor.ts'
import { NO_REQUEST, type RequestFacts } from '../web/request-facts.ts'
import type { DeedName, Remembered } from './deeds.ts'

/** What a deed's row says beside who did it. */
export type About<Name extends DeedName> = Remembered<Name> & { customer?: { id: string } }

/** Whom the row names as the deed's author; an actor, or what is known of somebody who is not logged in. */
export type Author = Pick<Actor, 'kind' | 'id' | 'name' | 'standsInFor' | 'at' | keyof RequestFacts> & {
  reseller: Pick<Actor['reseller'], 'id'>
  /** Of a visitor at the door of a customer's account: see ResetMark. A customer's own is looked up. */
  afterResetBy?: string | null
}

/** Somebody who is not logged in, as the author of a deed in this reseller. */
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

/** Writes the deed's row, in the deed's own transaction: either both happened or neither. */
export async function record<Name extends DeedName>(
  db: Transaction,
  actor: Author,
  deed: Name,
  about: About<Name>,
) {
  const { kind, id, reseller } = actor
  const afterResetBy =
    kind === 'customer' && id !== null
      ? await resetByOf(db, { resellerId: reseller.id, id })
      : (actor.afterResetBy ?? null)
  await db.auditRow.create({ data: { ...auditRow(actor, deed, about), afterResetBy } })
}

/** The row itself, for the one statement that writes its own (a posting). */
export function auditRow<Name extends DeedName>(
  actor: Author,
  deed: Name,
  { customer, ...details }: About<Name>,
) {
  const { at } = actor
  return {
    resellerId: actor.reseller.id,
    id: newId(at),
    ...(at && { at }),
    deed,
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    forCustomerId: actor.standsInFor,
    customerId: customer?.id ?? null,
    details: details as Prisma.InputJsonObject,
    requestId: actor.requestId,
    ip: actor.ip,
    userAgent: actor.userAgent,
  }
}
