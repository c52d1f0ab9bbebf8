import type { Tag } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../sessions/actor.ts'

/** The reseller's tags by name. */
export async function listTags(actor: Actor): Promise<Tag[]> {
  mustBeAllowed(actor, 'customers.see')
  return actor.database.prisma.tag.findMany({
    where: { resellerId: actor.reseller.id },
    orderBy: { key: 'asc' },
  })
}
