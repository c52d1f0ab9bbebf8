import { z } from 'zod'
import { action } from '../actions/action.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { record } from '../events/record.ts'
import { type MailOutcome, isStillAwaited, newestMails } from '../mail/outcome.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { setPasswordMail } from '../people/mails.ts'
import { LINK_MINUTES, mailLink, revokeLinks } from '../people/one-time-link.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { staffPasswordLinkMade } from './events.ts'
import { type StaffMember, findStaffMember } from './staff.ts'

/**
 * Mails a staff member who has not set a password yet a new link; the former ones end, also one that was printed on the host. A link that
 * sets another person's password is never shown in the portal.
 *
 * @throws 409 for one who has a password or is OFF
 */
export const SendStaffLink = action({
  may: ['reseller.manage'],
  proof: true,
  leaves: [staffPasswordLinkMade],
  on: ({ actor }, { id }) => findStaffMember(actor, id),
  input: z.object({}),
  run: ({ actor }, { id, email }) =>
    transaction(actor, async (db) => {
      const resellerId = actor.reseller.id
      // The row is locked by a write that changes nothing, so that a password set in this moment is seen.
      const { count } = await db.staff.updateMany({
        where: { id, resellerId, state: 'ON', passwordMark: null },
        data: { state: 'ON' },
      })
      if (count !== 1) {
        throw new Refusal(
          409,
          t(
            '{email} already has a password or is OFF. To reset a forgotten password, use the link on the login page.',
            { email },
          ),
        )
      }
      await revokeLinks(db, { resellerId, person: { staffId: id }, purpose: 'set_password' })
      await inviteByMail(db, actor, { id, email })
    }),
})

/** What became of the newest mail with a link to set the password, for those of these staff members who have not logged in since. */
export async function linkMails(
  actor: Actor,
  members: readonly Pick<StaffMember, 'id'>[],
): Promise<(member: Pick<StaffMember, 'id' | 'lastLoginAt'>) => MailOutcome | null> {
  mustBeAllowed(actor, 'reseller.manage')
  const ids = members.map(({ id }) => id)
  const mailOf = await newestMails(actor, { of: 'staff', ids, templates: ['set-password'] })
  return ({ id, lastLoginAt }) => {
    const mail = mailOf(id, 'set-password')
    return isStillAwaited(mail, lastLoginAt) ? mail : null
  }
}

/** Makes the link of a staff member without a password and queues its mail, in the caller's transaction. */
export async function inviteByMail(
  db: Transaction,
  actor: Actor,
  { id: staffId, email }: { id: string; email: string },
): Promise<void> {
  await mailLink(db, actor.queue, {
    ...{ resellerId: actor.reseller.id, purpose: 'set_password', person: { staffId }, email },
    ...{ minutes: LINK_MINUTES.newStaff, template: setPasswordMail, values: { why: 'new_staff' } },
  })
  await record(db, actor, staffPasswordLinkMade, { email, delivery: 'mailed' })
}
