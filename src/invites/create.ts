import { action } from '../actions/action.ts'
import { addressTaken } from '../customers/address.ts'
import { transaction } from '../database/client.ts'
import { isUniqueViolation } from '../database/failures.ts'
import { newId } from '../database/id.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { permissionFor } from '../ledger/kinds.ts'
import { mustHaveProvenAbove } from '../ledger/limits.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { InviteForm } from './forms.ts'
import { findInvite, inDays, mailInvite } from './invite.ts'

export const inviteMade = event<{ invite: string; kind: string; email: string }>(
  'invite.made',
  t('Invite created'),
  ({ kind, email }) => {
    if (email) return t('invited {email}', { email })
    return kind === 'reusable' ? t('created a reusable invite link') : t('created a single invite')
  },
)

/**
 * Creates an invite; one for an address is mailed there. Opening credits need the permission to set credits as well. Gives the invite and
 * whether it is new: a form that is sent twice creates one.
 *
 * @throws 403 for credits that one may not grant; 422 for the address of a customer, who is named; 409 where the key of the form has created
 * another invite
 */
export const CreateInvite = action({
  may: ['customers.edit'],
  proof: 'in run',
  leaves: [inviteMade],
  on: async () => null,
  input: ({ actor }) => InviteForm(actor.reseller),
  run: async ({ actor }, _none, { idempotencyKey, expiresInDays, ...facts }) => {
    if (facts.credits > 0n) mustBeAllowed(actor, permissionFor('credits_set'))
    if (actor.kind !== 'staff' || !actor.id) throw new Error('Only staff make invites.')
    await mustHaveProvenAbove(actor, facts.credits)
    const resellerId = actor.reseller.id
    const takenBy = facts.email ? await maybeCustomerOf(actor, facts.email) : null
    if (takenBy) throw addressTaken(takenBy)
    const id = idempotencyKey ?? newId()
    const data = {
      ...facts,
      email: facts.email ?? null,
      resellerId,
      id,
      staffId: actor.id,
      staffName: actor.name,
    }
    try {
      const invite = await transaction(actor, async (db) => {
        await db.invite.createMany({ data: { ...data, expiresAt: await inDays(db, expiresInDays) } })
        const made = await db.invite.findUniqueOrThrow({ where: { resellerId_id: { resellerId, id } } })
        await mailInvite(db, actor, made)
        await record(db, actor, inviteMade, { invite: id, kind: made.kind, email: made.email ?? '' })
        return made
      })
      return { invite, isNew: true }
    } catch (error) {
      const first = isUniqueViolation(error) && (await findInvite(actor, id))
      if (!first) throw error
      if (first.kind === data.kind && first.email === data.email && first.credits === data.credits) {
        return { invite: first, isNew: false }
      }
      throw new Refusal(409, t('This form was already used for another invite. Reload the page.'))
    }
  },
})

const maybeCustomerOf = ({ database, reseller: { id: resellerId } }: Actor, email: string) =>
  database.prisma.customer.findUnique({
    where: { resellerId_email: { resellerId, email } },
    select: { id: true, email: true },
  })
