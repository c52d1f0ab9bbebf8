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

/**
 * SQL for the ids of those who are of the same hand as this person, see same_hand(): only who gave or was given something within seven days
 * is asked for. $1 is the reseller; `person`: SQL for the id.
 */
export const sameHandsSql = (person: string) => `
  select a.id from (
    select staff_id as id from access_given where reseller_id = $1 and at > now() - interval '168 hours'
    union select giver_id from access_given where reseller_id = $1 and at > now() - interval '168 hours' and giver_id is not null) a
  where exists (select from same_hand($1, a.id, ${person}, now()))`

/** Who has brought both of two people in, see same_hand(): one of them or a third, and what they are called; null where nobody has. */
export async function maybeSameHand(
  db: Transaction,
  { resellerId, first, second }: { resellerId: string; first: string; second: string },
): Promise<{ giver: 'first' | 'second' | 'third'; name: string } | null> {
  const [hand] = await db.$queryRaw<{ giver: string; giver_name: string }[]>`
    select giver::text, giver_name from same_hand(${resellerId}, ${first}::uuid, ${second}::uuid, clock_timestamp())`
  if (!hand) return null
  const giver = hand.giver === first ? 'first' : hand.giver === second ? 'second' : 'third'
  return { giver, name: hand.giver_name }
}
