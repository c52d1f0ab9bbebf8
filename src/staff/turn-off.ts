import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { doneMeanwhile } from '../events/saved-meanwhile.ts'
import { revokeLinks } from '../people/one-time-link.ts'
import { endSessionsOf } from '../people/sessions.ts'
import { longText } from '../forms/form.ts'
import { t } from '../words/words.ts'
import { noteAccess } from './access.ts'
import { findStaffMember, lockOwners, mustLeaveOwner } from './staff.ts'

const staffReinstated = event<{ email: string; reason: string }>(
  'staff.reinstated',
  t('Staff turned on'),
  ({ email, reason }) =>
    reason ? t('turned {email} on: {reason}', { email, reason }) : t('turned {email} on', { email }),
)

export const staffSuspended = event<{ email: string; reason: string }>(
  'staff.suspended',
  t('Staff turned off'),
  ({ email, reason }) =>
    reason ? t('turned {email} off: {reason}', { email, reason }) : t('turned {email} off', { email }),
)

/**
 * Turns a staff member OFF, for a reason that the Owners read. Ends the sessions, the login-as sessions and the set-password links.
 *
 * Locks the Owners, then the staff member, the sessions and the login-as sessions.
 *
 * @throws 409 for one who is OFF already, and where no Owner who can log in would be left
 */
export const TurnOffStaff = action({
  may: ['reseller.manage'],
  proof: true,
  leaves: [staffSuspended],
  on: ({ actor }, { id }) => findStaffMember(actor, id),
  input: z.object({ reason: longText({ max: 500, min: 1 }) }),
  run: ({ actor }, { id, email }, { reason }) =>
    transaction(actor, async (db) => {
      const resellerId = actor.reseller.id
      mustLeaveOwner(await lockOwners(db, resellerId), id)
      const { count } = await db.staff.updateMany({
        where: { id, resellerId, state: 'ON' },
        data: { state: 'OFF', stateReason: reason, stateChangedAt: await databaseTime(db) },
      })
      if (count !== 1) {
        const what = { event: staffSuspended, remembers: { email } }
        throw await doneMeanwhile(db, actor, what, t('{email} is already OFF.', { email }))
      }
      await endSessionsOf(db, { kind: 'staff', id, resellerId }, { why: 'staff_off', request: actor })
      await revokeLinks(db, { resellerId, person: { staffId: id } })
      await record(db, actor, staffSuspended, { email, reason })
    }),
})

/** Turns a staff member ON again; nothing that OFF ended comes back. @throws 409 for one who is ON already */
export const TurnOnStaff = action({
  may: ['reseller.manage'],
  proof: true,
  leaves: [staffReinstated],
  on: ({ actor }, { id }) => findStaffMember(actor, id),
  input: z.object({ reason: longText({ max: 500 }).default('') }),
  run: ({ actor }, { id, email }, { reason }) =>
    transaction(actor, async (db) => {
      const where = { id, resellerId: actor.reseller.id, state: 'OFF' } as const
      const { count } = await db.staff.updateMany({
        where,
        data: { state: 'ON', stateReason: null, stateChangedAt: await databaseTime(db) },
      })
      if (count !== 1) {
        const what = { event: staffReinstated, remembers: { email } }
        throw await doneMeanwhile(db, actor, what, t('{email} is already ON.', { email }))
      }
      await noteAccess(db, actor, { id, way: 'turned_on' })
      await record(db, actor, staffReinstated, { email, reason })
    }),
})
