import type { Permission } from '../../src/people/permissions.ts'
import { type House, makeMemberWith } from './cast.ts'
import { type Offer, isAllowed, isForStaff, nameOf, offersOn } from './doors.ts'
import type { RunningPurser } from './purser.ts'
import { listRoutes } from './routes.ts'
import { addressesOf, makeUsedInvite } from './scene.ts'
import type { Visitor } from './visit.ts'

/**
 * Gives a function that looks at every page of the portal as somebody who has these permissions and no others, follows what is offered
 * there, and says what was offered and then refused. Forms are not sent: their actions say who may send them.
 */
export async function sweepOfOffers(purser: RunningPurser, house: House) {
  const { roleId, ...member } = await makeMemberWith(house, [])
  const visitor = await purser.as(member)

  const routes = listRoutes(purser.services).filter(isForStaff)
  const filled = addressesOf(purser, house)
  await makeUsedInvite(house)
  const pages: string[] = []
  for (const { method, path } of routes) if (method === 'GET') pages.push(await filled(path))

  return async (permissions: readonly Permission[]): Promise<string[]> => {
    // They count from the next request on.
    await house.owner.prisma.role.updateMany({
      where: { resellerId: house.reseller.id, id: roleId },
      data: { permissions: [...permissions] },
    })
    const known = new Map<string, boolean>()
    const wrong = new Set<string>()
    for (const page of pages) {
      for (const offer of offersOn(await visitor.get(page), routes)) {
        const name = kindOf(offer)
        const isOpen = known.get(name) ?? (await isOpenTo(visitor, offer, permissions))
        known.set(name, isOpen)
        if (!isOpen) wrong.add(`${page} offers ${offer.address}`)
      }
    }
    return [...wrong]
  }
}

/** Offers of the same kind are followed once: the same route, with a query of the same fields. */
const kindOf = ({ route, address }: Offer) =>
  `${nameOf(route)} ${address.split('?')[1]?.replaceAll(/=[^&]*/g, '')}`

async function isOpenTo(visitor: Visitor, { route, address }: Offer, permissions: readonly Permission[]) {
  if (route.method === 'POST') return isAllowed(route, permissions)
  let answer = await visitor.get(address)
  while (answer.location) answer = await visitor.follow(answer)
  return answer.status !== 403
}
