import { z } from 'zod'
import { action } from '../actions/action.ts'
import type { ResellerFacts } from '../people/actor.ts'
import { customerOfId } from '../people/customer.ts'
import { optionalDay, text } from '../forms/form.ts'
import { startOfDay } from '../words/days.ts'
import { type AmountKind, DESCRIBED, kindOf, permissionFor } from './kinds.ts'
import { postingWaits } from './events.ts'
import { shared } from './forms.ts'
import { amountField, withAmounts } from './money.ts'
import { post } from './post.ts'

/** `effectiveAt` is the day that it is for. */
function DescribedForm(reseller: ResellerFacts) {
  const form = z
    .object({
      idempotencyKey: shared.idempotencyKey,
      amount: amountField(reseller),
      description: text({ max: 300, min: 1 }),
      reference: text({ max: 120 }).default(''),
      effectiveAt: optionalDay(),
    })
    .transform(({ effectiveAt, ...form }) => ({
      ...form,
      effectiveAt: effectiveAt ? startOfDay(effectiveAt, reseller) : undefined,
    }))
  return withAmounts(['amount'], form)
}

/** What posts an amount of this kind with a description, in the customer's sight. A reason that is the kind's only one is not asked. */
function describedPosting(kind: AmountKind) {
  const { event, reasons, isLimited } = kindOf(kind)
  return action({
    may: [permissionFor(kind)],
    ...(isLimited && { proof: 'in run' as const }),
    leaves: [event, kindOf('expiry').event, postingWaits],
    on: async ({ actor }, { id }) => customerOfId(actor, id),
    input: ({ actor }) => DescribedForm(actor.reseller),
    run: ({ actor }, customer: { id: string }, { description, idempotencyKey: key, ...facts }) =>
      post(actor, customer, { ...facts, kind, key, reason: reasons[0], comment: '', note: description }),
  })
}

/** Each kind that is posted with a description, with its action. */
export const DESCRIBED_POSTINGS = DESCRIBED.map((form) => ({ form, post: describedPosting(form.kind) }))

/**
 * Charges for services: takes the credits first, in their spending order, and the rest from the balance, as one posting.
 *
 * @throws as post(); 422 for the whole of it where both together, with the overdraft, do not suffice
 */
export const Charge = describedPosting('charge')
