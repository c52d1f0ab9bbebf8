import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { savedMeanwhile } from '../events/saved-meanwhile.ts'
import { endForbiddenLoginAs } from '../login-as/end.ts'
import { isOneOfTwo } from '../people/permissions.ts'
import { ROLE_IDS, roleName } from '../people/roles.ts'
import { choice } from '../forms/form.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { noteAccess } from './access.ts'
import { findStaffMember, lockOwners, mustLeaveOwner } from './staff.ts'

const staffRoleChanged = event<{ email: string; from: string; to: string }>(
  'staff.role_changed',
  t('Role changed'),
  ({ email, from, to }) =>
    t('changed the role of {email} from {from} to {to}', {
      email,
      from: roleName(from),
      to: roleName(to),
    }),
)

/**
 * Gives a staff member another role, which counts from that person's next request on. Login-as sessions that the new role does not allow
 * end at once. Returns false, and writes nothing, where it is the role already.
 *
 * Locks the Owners, so that two who demote each other at once cannot both succeed, then the staff member and the login-as sessions.
 *
 * @throws 409 for another role than was seen, see savedMeanwhile(), and where no Owner who can log in would be left
 */
export const ChangeRole = action({
  may: ['reseller.manage'],
  proof: true,
  leaves: [staffRoleChanged],
  on: ({ actor }, { id }) => findStaffMember(actor, id),
  // `seen` is the role that the page showed; a script that sends none takes any.
  input: z.object({ role: choice(ROLE_IDS), seen: choice(ROLE_IDS).optional() }),
  run: ({ actor }, { id, email }, { role, seen }) =>
    transaction(actor, async (db) => {
      const resellerId = actor.reseller.id
      const owners = await lockOwners(db, resellerId)
      const { roleId: from } = await db.staff.findUniqueOrThrow({
        where: { resellerId_id: { resellerId, id } },
        select: { roleId: true },
      })
      if (from === role) return false
      if (seen !== undefined && from !== seen) {
        throw await savedMeanwhile(db, actor, {
          ...{ event: staffRoleChanged, remembers: { email, to: from } },
          ...{ now: { role: from }, wanted: { role }, opened: { role: seen }, seen: { seen: from } },
        })
      }
      mustLeaveOwner(owners, id)
      const { count } = await db.staff.updateMany({
        where: { id, resellerId, roleId: from },
        data: { roleId: role },
      })
      if (count !== 1) throw new Refusal(409, t('Changed by someone else. Check the role, then try again.'))
      const { permissions } = await db.role.findUniqueOrThrow({
        where: { resellerId_id: { resellerId, id: role } },
      })
      if (isOneOfTwo(permissions)) await noteAccess(db, actor, { id, way: 'role' })
      await endForbiddenLoginAs(db, { resellerId, staffId: id }, permissions, actor)
      await record(db, actor, staffRoleChanged, { email, from, to: role })
      return true
    }),
})
