import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { currentTime, databaseTime } from '../database/clock.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { aMomentAgo } from '../mail/outbox.ts'
import { Refusal } from '../words/refusal.ts'
import { type Sentence, t } from '../words/words.ts'
import { findInvite, lockInvite, mailInvite, mailValues } from './invite.ts'
import { type InviteFacts, stateOf } from './token.ts'

const inviteResent = event<{ invite: string; email: string }>(
  'invite.resent',
  t('Invite sent again'),
  ({ email }) => t('sent the invite to {email} again', { email }),
)

/**
 * Mails an invite to its address again. Gives false, and sends nothing, where a mail with this very link was sent within the last minute: a
 * button pressed twice. @throws 409 for one that is for nobody's address, or no longer open
 */
export const ResendInvite = action({
  may: ['mails.resend'],
  leaves: [inviteResent],
  on: ({ actor }, { id }) => findInvite(actor, id),
  input: z.object({}),
  run: ({ actor }, { id }) =>
    transaction(actor, async (db) => {
      const invite = await lockInvite(db, actor, id)
      const { email } = invite
      const hindrance = whyNotResent(invite, await databaseTime(db))
      if (hindrance || !email) throw new Refusal(409, hindrance ?? NO_ADDRESS)
      const justSent = await db.mail.findFirst({
        where: {
          resellerId: actor.reseller.id,
          toEmail: email,
          template: 'invite',
          // Not any mail to this address: one of another invite, or with a link that is dead since, is no use to them.
          values: { equals: mailValues(invite) },
          createdAt: { gt: await aMomentAgo(db) },
        },
      })
      if (justSent) return false
      await mailInvite(db, actor, invite)
      await record(db, actor, inviteResent, { invite: id, email })
      return true
    }),
})

const NO_ADDRESS = t('This invite has no e-mail address, so it cannot be sent.')

/** Why an invite cannot be mailed again, or null where it can. */
export function whyNotResent(invite: InviteFacts, now = currentTime()): Sentence | null {
  if (!invite.email) return NO_ADDRESS
  return stateOf(invite, now) === 'open'
    ? null
    : t('This invite is no longer open, so it cannot be sent again.')
}
