import { z } from 'zod'
import { action } from '../actions/action.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { record } from '../events/record.ts'
import { doneMeanwhile } from '../events/saved-meanwhile.ts'
import { longText } from '../forms/form.ts'
import { type Actor, nameOf, systemActor } from '../people/actor.ts'
import { holdOwner, removeFactors } from '../people/factors.ts'
import { factorsResetMail } from '../people/mails.ts'
import { tellStaff } from '../people/notices.ts'
import { findReseller } from '../people/reseller.ts'
import { endSessionsOf } from '../people/sessions.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { staffFactorsReset } from './events.ts'
import { findStaffAt, findStaffMember } from './staff.ts'

/**
 * Takes away all second factors and recovery codes of another staff member who has lost them, and ends their sessions: the password alone
 * lets them in until they set up another, though only to do that where their role requires one. The person is told by mail.
 *
 * @throws 403 for one's own; 409 for one who is OFF or has none
 */
export const ResetFactors = action({
  may: ['reseller.manage'],
  proof: true,
  leaves: [staffFactorsReset],
  on: ({ actor }, { id }) => findStaffMember(actor, id),
  input: z.object({ reason: longText({ max: 500, min: 1 }) }),
  run: ({ actor }, { id, email }, { reason }) =>
    transaction(actor, async (db) => {
      if (id === actor.id) {
        throw new Refusal(
          403,
          t('Another Owner has to reset your second factors. You can remove one on your account page.'),
        )
      }
      if (await reset(db, actor, { id, email, reason })) return
      const what = { event: staffFactorsReset, remembers: { email } }
      throw await doneMeanwhile(db, actor, what, hasNone(email))
    }),
})

/**
 * The same, on the host: for an Owner whom no other Owner can help.
 *
 * @throws 404 for an address that nobody has; 409 for one who is OFF or has none
 */
export const ResetFactorsOnHost = action({
  may: 'host',
  leaves: [staffFactorsReset],
  on: ({ services }, { email }) => findStaffAt(services, email),
  input: z.object({}),
  async run({ services }, { id, email, resellerId }) {
    const actor = systemActor(services, await findReseller(services.database, resellerId), 'host')
    await transaction(services, async (db) => {
      if (!(await reset(db, actor, { id, email, reason: '' }))) throw new Refusal(409, hasNone(email))
    })
  },
})

interface Member {
  id: string
  email: string
  reason: string
}

/** False where there was nothing to take away. Locks the person, then the sessions and the login-as sessions. */
async function reset(db: Transaction, actor: Actor, { id, email, reason }: Member): Promise<boolean> {
  const { reseller, queue } = actor
  const resellerId = reseller.id
  const whose = { resellerId, kind: 'staff', id } as const
  if (!(await holdOwner(db, whose))) {
    throw new Refusal(409, t('{email} is OFF. An Owner can turn them on under Staff.', { email }))
  }
  if ((await removeFactors(db, whose)).length === 0) return false
  await endSessionsOf(db, { kind: 'staff', id, resellerId }, { why: 'staff_logout', request: actor })
  await record(db, actor, staffFactorsReset, { email, reason })
  const by = actor.kind === 'staff' ? nameOf(actor) : ''
  await tellStaff(db, { id, name: email, reseller, queue }, factorsResetMail, {
    by,
    reason,
    site: 'portal',
    isMarked: false,
    factors: 'offered',
  })
  return true
}

const hasNone = (email: string) => t('{email} already has no second factor.', { email })
