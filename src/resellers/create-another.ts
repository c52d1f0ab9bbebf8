import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { LINK_MINUTES } from '../people/one-time-link.ts'
import { staffAdded, staffPasswordLinkMade } from '../staff/events.ts'
import { printedLink } from '../staff/host-link.ts'
import { createReseller, holdResellers, takenInWords } from './create-reseller.ts'
import { resellerCreated } from './events.ts'
import { NewResellerForm } from './forms.ts'

/**
 * Makes another reseller, or the first one, with its Owner and the link by which the Owner sets a password: for the host's command.
 *
 * @throws 422 for a short name or address that is taken
 */
export const CreateReseller = action({
  may: 'host',
  leaves: [resellerCreated, staffAdded, staffPasswordLinkMade],
  on: async () => null,
  input: NewResellerForm,
  async run({ services }, _none, { reseller: name, email, name: ownerName, ...facts }) {
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
  },
})
