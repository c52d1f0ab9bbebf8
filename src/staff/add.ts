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
import { noteAccess } from './access.ts'
import { staffAdded, staffPasswordLinkMade } from './events.ts'
import { inviteByMail } from './link.ts'

/**
 * Adds a staff member and mails them the link by which the first password is set. It is shown to nobody in the portal: who adds a colleague
 * could set the password, and so be two people.
 *
 * @throws 422 for an address that anybody in the installation has
 */
export const AddStaff = action({
  may: ['reseller.manage'],
  proof: true,
  leaves: [staffAdded, staffPasswordLinkMade],
  on: async () => null,
  input: z.object({ email: email(), name: text({ min: 1, max: 120 }), role: choice(ROLE_IDS) }),
  async run({ actor }, _none, { email, name, role }) {
    const id = newId()
    try {
      await transaction(actor, async (db) => {
        await createStaff(db, [{ id, resellerId: actor.reseller.id, email, name, roleId: role }])
        await noteAccess(db, actor, { id, way: 'added' })
        await record(db, actor, staffAdded, { email, role })
        await inviteByMail(db, actor, { id, email })
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
