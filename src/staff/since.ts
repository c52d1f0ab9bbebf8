import type { Actor } from '../people/actor.ts'
import { namesByAddress } from './names.ts'

/** Since when somebody is on the staff, and through whom. */
export interface Since {
  at: Date
  /** What the person is called who added them; null where nobody did, or that was not noted yet. */
  addedBy: string | null
  /** Came with the reseller itself. */
  isFromSetUp: boolean
}

/** Since when this staff member exists, and who added them; null for somebody who is not on the reseller's staff. */
export async function maybeSince({ database, reseller }: Actor, id: string | null): Promise<Since | null> {
  if (id === null) return null
  const { prisma } = database
  const resellerId = reseller.id
  const found = await prisma.staff.findUnique({
    where: { resellerId_id: { resellerId, id } },
    select: {
      createdAt: true,
      reseller: { select: { createdAt: true } },
      access: { where: { resellerId, way: 'added' }, select: { giverName: true }, take: 1 },
    },
  })
  if (!found) return null
  const [added] = found.access
  const adders = added ? { resellerId, email: added.giverName } : null
  const people = adders
    ? await prisma.staff.findMany({ where: adders, select: { email: true, name: true } })
    : []
  return {
    at: found.createdAt,
    addedBy: added ? (namesByAddress(people)[added.giverName] ?? added.giverName) : null,
    isFromSetUp: found.createdAt.getTime() === found.reseller.createdAt.getTime(),
  }
}
