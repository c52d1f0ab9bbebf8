import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { isUniqueViolation } from '../database/failures.ts'
import { newId } from '../database/id.ts'
import { record } from '../events/record.ts'
import { ROLE_IDS } from '../people/roles.ts'
import { createStaff } from '../people/staff-address.ts'
import { choice, email, text } from '../forms/form.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { staffAdded, staffPasswordLinkMade } from './events.ts'
import { inviteByLinks } from './link.ts'

/**
 * Adds a staff member and returns the link by which the first password is set: one is mailed, and another, which is returned, can be
 * shown once to be copied. The first one used ends the other.
 *
 * @throws 422 for an address that anybody in the installation has
 */
export const AddStaff = action({
  may: ['reseller.manage'],
  leaves: [staffAdded, staffPasswordLinkMade],
  on: async () => null,
  input: z.object({ email: email(), name: text({ min: 1, max: 120 }), role: choice(ROLE_IDS) }),
  async run({ actor }, _none, { email, name, role }) {
    const id = newId()
    try {
      return await transaction(actor, async (db) => {
        await createStaff(db, [{ id, resellerId: actor.reseller.id, email, name, roleId: role }])
        await record(db, actor, staffAdded, { email, role })
        return { id, copied: await inviteByLinks(db, actor, { id, email }) }
      })
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      throw new Refusal(
        422,
        t('This address cannot be added because it is already used to log in to Purser.'),
        { field: 'email' },
      )
    }
  },
})
