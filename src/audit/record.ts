import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../database/client.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import type { Actor } from '../sessions/actor.ts'
import type { DeedName, Remembered } from './deeds.ts'

/** What a deed's row says beside who did it. */
export type About<Name extends DeedName> = Remembered<Name> & { customer?: { id: string } }

/** Writes the deed's row, in the deed's own transaction: either both happened or neither. */
export async function record<Name extends DeedName>(
  db: Transaction,
  actor: Actor,
  deed: Name,
  about: About<Name>,
) {
  await db.auditRow.create({ data: auditRow(actor, deed, about) })
}

/** The row itself, for the one statement that writes its own (a posting). */
export function auditRow<Name extends DeedName>(
  actor: Actor,
  deed: Name,
  { customer, ...details }: About<Name>,
) {
  return {
    resellerId: actor.reseller.id,
    id: uuidv7(),
    deed,
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    forCustomerId: actor.standsInFor,
    customerId: customer?.id ?? null,
    details: details as Prisma.InputJsonObject,
    requestId: actor.requestId,
    ip: actor.ip,
  }
}
