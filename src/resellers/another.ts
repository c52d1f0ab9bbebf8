import { transaction } from '../database/client.ts'
import { LINK_MINUTES } from '../people/one-time-link.ts'
import type { Services } from '../services.ts'
import { type HostLink, printedLink } from '../staff/host-link.ts'
import { createReseller, holdResellers, takenInWords } from './create-reseller.ts'
import type { NewResellerFacts } from './forms.ts'

/**
 * Makes another reseller, or the first one, with its Owner and the link by which the Owner sets a password: for the host's command.
 * Refuses a short name or address that is taken.
 */
export async function createAnotherReseller(
  services: Services,
  { reseller: name, email, name: ownerName, ...facts }: NewResellerFacts,
): Promise<HostLink> {
  const owner = { email, name: ownerName, passwordHash: null }
  try {
    const { reseller, ownerId } = await transaction(services, async (db) => {
      await holdResellers(db)
      return createReseller(db, services, { ...facts, name, owner })
    })
    const minutes = LINK_MINUTES.newStaff
    return await printedLink(services, { id: ownerId, resellerId: reseller.id, email, minutes })
  } catch (error) {
    throw (await takenInWords(services.database, { slug: facts.slug, email }, error)) ?? error
  }
}
