import { action } from '../actions/action.ts'
import { customerOfId } from '../people/customer.ts'
import { WHATEVER_ELSE } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'
import { kindOf, permissionFor } from './kinds.ts'
import { postingWaits } from './events.ts'
import { needs, withReceipt } from './forms.ts'
import { perCurrency, withAmounts } from './money.ts'
import { post } from './post.ts'

/** The reason "payment received" needs a channel and a reference, the reason "other" a comment. */
export const RefillForm = perCurrency((money) =>
  withAmounts(
    ['amount'],
    withReceipt(money).superRefine((form, context) => {
      if (form.reason === 'other' && !form.comment)
        needs(context, 'comment', phrase('Enter the reason in the internal comment.'))
    }, WHATEVER_ELSE),
  ),
)

/** Adds to the balance; above the role's approval threshold it waits for a second person instead. @throws as post() */
export const Refill = action({
  may: [permissionFor('refill')],
  proof: 'in run',
  leaves: [kindOf('refill').event, postingWaits],
  on: async ({ actor }, { id }) => customerOfId(actor, id),
  input: ({ actor }) => RefillForm(actor.reseller),
  run: ({ actor }, customer: { id: string }, { idempotencyKey: key, ...facts }) =>
    post(actor, customer, { ...facts, kind: 'refill', key }),
})
