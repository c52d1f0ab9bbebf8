import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { currentTime, databaseTime } from '../database/clock.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { hiddenValue } from '../forms/form.ts'
import { Refusal } from '../words/refusal.ts'
import { type Sentence, t } from '../words/words.ts'
import { DAYS_USUAL } from './forms.ts'
import { findInvite, inDays, isResellersOwn, lockInvite } from './invite.ts'
import { type InviteFacts, stateOf } from './token.ts'

const inviteRegenerated = event<{ invite: string; email: string }>(
  'invite.regenerated',
  t('Invite regenerated'),
  ({ email }) =>
    email ? t('regenerated the invite for {email}', { email }) : t('regenerated an invite link'),
)

/**
 * Ends the link of an invite and gives it a new one, good for at least the usual days from now. The reseller's own link works again by
 * it where it was revoked; any other stays revoked.
 *
 * @throws 409 for an invite that is used up or revoked, and for one that was regenerated since the page was shown
 */
export const RegenerateInvite = action({
  may: ['customers.edit'],
  leaves: [inviteRegenerated],
  on: ({ actor }, { id }) => findInvite(actor, id),
  // Which link the page showed, so that a second press does not end the one just copied.
  input: z.object({
    generation: hiddenValue(/^\d{1,9}$/)
      .transform(Number)
      .optional(),
  }),
  run: ({ actor }, { id }, { generation }) =>
    transaction(actor, async (db) => {
      const invite = await lockInvite(db, actor, id)
      const hindrance = whyNotRegenerated(invite, await databaseTime(db))
      if (hindrance) throw new Refusal(409, hindrance)
      if (generation !== undefined && generation !== invite.generation) {
        throw new Refusal(
          409,
          t('This link was already regenerated a moment ago. The new link is in the list of invites.'),
        )
      }
      const usual = await inDays(db, DAYS_USUAL[invite.kind])
      const renewed = {
        generation: invite.generation + 1,
        revokedAt: null,
        expiresAt: invite.expiresAt > usual ? invite.expiresAt : usual,
      }
      await db.invite.updateMany({ where: { resellerId: actor.reseller.id, id }, data: renewed })
      await record(db, actor, inviteRegenerated, { invite: id, email: invite.email ?? '' })
      return { ...invite, ...renewed }
    }),
})

/** Why an invite gets no new link, or null where it can. */
export function whyNotRegenerated(invite: InviteFacts, now = currentTime()): Sentence | null {
  const state = stateOf(invite, now)
  if (state === 'used') return t('This invite is used up. Create a new one instead.')
  if (state === 'revoked' && !isResellersOwn(invite)) {
    return t('This invite was revoked. Create a new one instead.')
  }
  return null
}
