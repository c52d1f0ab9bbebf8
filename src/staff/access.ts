import type { Transaction } from '../database/client.ts'
import { newId } from '../database/id.ts'
import type { AccessWay } from '../generated/prisma/client.ts'
import type { Actor } from '../people/actor.ts'

/**
 * Notes, in the caller's transaction, that the actor gave a staff member access. For seven days neither approves what the other enters:
 * see same_hand().
 */
export async function noteAccess(
  db: Transaction,
  actor: Actor,
  { id: staffId, way }: { id: string; way: AccessWay },
): Promise<void> {
  const { id: giverId, name: giverName, reseller } = actor
  const given = { resellerId: reseller.id, id: newId(), staffId, way, giverId, giverName }
  await db.accessGiven.createMany({ data: [given] })
}
