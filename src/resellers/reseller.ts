import type { Database } from '../database/client.ts'
import type { ResellerFacts } from '../sessions/actor.ts'

/** A reseller as it shows itself to people who are not logged in. */
export interface ResellerFace extends ResellerFacts {
  /** Where its customers ask for help; '' where it has not said so. */
  supportEmail: string
}

/** The reseller of this id, for pages that are reached through a link and not through a login. Throws where there is none. */
export function findReseller({ prisma }: Database, id: string): Promise<ResellerFace> {
  return prisma.reseller.findUniqueOrThrow({
    where: { id },
    select: {
      id: true,
      slug: true,
      name: true,
      currency: true,
      currencyScale: true,
      timeZone: true,
      locale: true,
      supportEmail: true,
    },
  })
}
