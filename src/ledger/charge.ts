import { z } from 'zod'
import { action } from '../actions/action.ts'
import type { ResellerFacts } from '../people/actor.ts'
import { findCustomerName } from '../people/customer.ts'
import { optionalDay, text } from '../forms/form.ts'
import { startOfDay } from '../words/days.ts'
import { kindOf } from './kinds.ts'
import { postingWaits } from './events.ts'
import { shared } from './forms.ts'
import { amountField, withAmounts } from './money.ts'
import { post } from './post.ts'

/** A charge by hand. `effectiveAt` is the day that it is for. */
function ChargeForm(reseller: ResellerFacts) {
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

/**
 * Charges for services: takes the credits first, in their spending order, and the rest from the balance, as one posting.
 *
 * @throws as post(); 422 for the whole of it where both together, with the overdraft, do not suffice
 */
export const Charge = action({
  may: ['money.post'],
  leaves: [kindOf('charge').event, postingWaits, kindOf('expiry').event],
  on: ({ actor }, { id }) => findCustomerName(actor, id),
  input: ({ actor }) => ChargeForm(actor.reseller),
  run: ({ actor }, customer: { id: string }, { description, idempotencyKey: key, ...facts }) =>
    post(actor, customer, { kind: 'charge', key, comment: '', note: description, ...facts }),
})
