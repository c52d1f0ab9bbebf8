import { action } from '../actions/action.ts'
import { customerOfId } from '../people/customer.ts'
import { WHATEVER_ELSE } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'
import { kindOf, permissionFor } from './kinds.ts'
import { postingWaits } from './events.ts'
import { needs, withReceipt } from './forms.ts'
import { perCurrency, withAmounts } from './money.ts'
import { post } from './post.ts'

/** Deduct: as Refill, and always with a comment. */
export const DeductForm = perCurrency((money) =>
  withAmounts(
    ['amount'],
    withReceipt(money).superRefine((form, context) => {
      if (!form.comment)
        needs(
          context,
          'comment',
          phrase('Enter an internal comment that gives the reason for the deduction.'),
        )
    }, WHATEVER_ELSE),
  ),
)

/** Takes from the balance; above the role's approval threshold it waits instead. @throws as post(); 422 for more than is available */
export const Deduct = action({
  may: [permissionFor('deduction')],
  proof: 'in run',
  leaves: [kindOf('deduction').event, postingWaits],
  on: async ({ actor }, { id }) => customerOfId(actor, id),
  input: ({ actor }) => DeductForm(actor.reseller),
  run: ({ actor }, customer: { id: string }, { idempotencyKey: key, ...facts }) =>
    post(actor, customer, { ...facts, kind: 'deduction', key }),
})
