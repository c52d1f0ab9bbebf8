import { z } from 'zod'
import { action } from '../actions/action.ts'
import type { Actor } from '../people/actor.ts'
import { findCustomer } from '../people/customer.ts'
import { WHATEVER_ELSE, choice } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'
import { kindOf, mayPost, permissionFor } from './kinds.ts'
import { postingWaits } from './events.ts'
import { needs, shared } from './forms.ts'
import { post } from './post.ts'
import { type PostingDetails, findPosting } from './posting.ts'

/** Reverse a posting; one that takes money, as a reversed refill does, needs a comment. */
export function ReversalForm({ takes }: { takes: boolean }) {
  return z.object({ ...shared, reason: choice(kindOf('reversal').reasons) }).superRefine((form, context) => {
    if (form.comment) return
    if (takes)
      needs(
        context,
        'comment',
        phrase('This takes money from the customer. Give the reason in the internal comment.'),
      )
    else if (form.reason === 'other')
      needs(context, 'comment', phrase('Enter the reason in the internal comment.'))
  }, WHATEVER_ELSE)
}

/** Whether undoing it takes money or credits from the customer. */
export const takes = ({ moves }: Pick<PostingDetails, 'moves'>) => moves.some(({ amount }) => amount > 0n)

/** Whether the actor can undo this posting: by permission, and as things stand. */
export const canReverse = (actor: Actor, { isReversible }: { isReversible: boolean }) =>
  isReversible && mayPost(actor, 'reversal')

/** Entries as pages show them: each with whether this reader can undo its posting. */
export const withReversals = <Entry extends { isReversible: boolean }>(
  actor: Actor,
  entries: readonly Entry[],
) => entries.map((entry) => ({ ...entry, canReverse: canReverse(actor, entry) }))

/**
 * Undoes a posting by another one of the opposite amounts, once. What a charge took from grants is given back to them; those whose time is
 * over expire again at once.
 *
 * @throws as post(); 409 for what is reversed already; 422 for a reversal, an expiry, and what has been spent since
 */
export const Reverse = action({
  may: [permissionFor('reversal')],
  proof: 'in run',
  leaves: [kindOf('reversal').event, postingWaits, kindOf('expiry').event],
  on: async ({ actor }, { id, postingId }) => {
    const customer = await findCustomer(actor, id)
    return { customer, posting: await findPosting(actor, customer, postingId) }
  },
  input: (_by, { posting }) => ReversalForm({ takes: takes(posting) }),
  run: (
    { actor },
    { customer, posting }: { customer: { id: string }; posting: { id: string } },
    { idempotencyKey: key, ...facts },
  ) => post(actor, customer, { ...facts, kind: 'reversal', key, reverses: posting.id }),
})
