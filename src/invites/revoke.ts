import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { currentTime, databaseTime } from '../database/clock.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { Refusal } from '../words/refusal.ts'
import { type Sentence, t } from '../words/words.ts'
import { findInvite, lockInvite } from './invite.ts'
import { type InviteFacts, stateOf } from './token.ts'

export const inviteRevoked = event<{ invite: string; email: string }>(
  'invite.revoked',
  t('Invite revoked'),
  ({ email }) => (email ? t('revoked the invite for {email}', { email }) : t('revoked an invite')),
)

/** Ends the link of an invite. @throws 409 for one that is revoked already, and for one that is used up and so leads nowhere anyway */
export const RevokeInvite = action({
  may: ['customers.edit'],
  leaves: [inviteRevoked],
  on: ({ actor }, { id }) => findInvite(actor, id),
  input: z.object({}),
  run: ({ actor }, { id }) =>
    transaction(actor, async (db) => {
      const invite = await lockInvite(db, actor, id)
      const hindrance = whyNotRevoked(invite, await databaseTime(db))
      if (hindrance) throw new Refusal(409, hindrance)
      await db.invite.updateMany({
        where: { resellerId: actor.reseller.id, id },
        data: { revokedAt: await databaseTime(db) },
      })
      await record(db, actor, inviteRevoked, { invite: id, email: invite.email ?? '' })
    }),
})

/** Why an invite cannot be revoked, or null where it can. */
export function whyNotRevoked(invite: InviteFacts, now = currentTime()): Sentence | null {
  const state = stateOf(invite, now)
  if (state === 'revoked') return t('This invite is already revoked.')
  if (state === 'used') return t('This invite is used up, so there is nothing to revoke.')
  return null
}
