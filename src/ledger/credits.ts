import { z } from 'zod'
import { action } from '../actions/action.ts'
import { currentTime } from '../database/clock.ts'
import type { ResellerFacts } from '../people/actor.ts'
import { customerOfId } from '../people/customer.ts'
import { WHATEVER_ELSE, choice, optionalChoice, optionalDay } from '../forms/form.ts'
import { endOfDay } from '../words/days.ts'
import { formatsFor } from '../words/format.ts'
import { phrase } from '../words/phrase.ts'
import { kindOf, permissionFor } from './kinds.ts'
import { postingWaits } from './events.ts'
import { needs, shared } from './forms.ts'
import { CATEGORIES } from './grants/grants.ts'
import { amountField, hiddenAmount, withAmounts } from './money.ts'
import { post } from './post.ts'
import { REASONS } from './reasons.ts'

/** What may be done to credits: `credits` is what they shall be, or by how much. */
const OPERATIONS = ['set', 'add', 'take'] as const

/**
 * Set credits to a target, add to them or take away; `seen` is what the page showed, in plain decimals, and what a step counts from. What
 * comes of it is `credits`. Category and last day are the grant's by which credits are raised: where they are lowered, neither counts,
 * whatever it is.
 */
export function CreditsForm(reseller: ResellerFacts, now = currentTime()) {
  const form = z
    .object({
      ...shared,
      seen: hiddenAmount(reseller),
      operation: optionalChoice(OPERATIONS),
      credits: amountField(reseller, { zero: true }),
      reason: choice(REASONS),
      category: optionalChoice(CATEGORIES),
      expiresOn: optionalDay(),
    })
    .superRefine((form, context) => {
      if (form.reason === 'payment_received') {
        needs(
          context,
          'reason',
          phrase('Credits cannot be paid for. Choose another reason, or refill the balance.'),
        )
      }
      if (form.reason === 'other' && !form.comment)
        needs(context, 'comment', phrase('Enter the reason in the internal comment.'))
      if (isStep(form) && form.credits === 0n)
        needs(context, 'credits', phrase('Enter an amount above zero.'))
      if (typeof form.credits !== 'bigint' || typeof form.seen !== 'bigint') return
      const raises = targetOf(form) > form.seen
      if (raises && form.expiresOn && form.expiresOn <= formatsFor(reseller).isoDay(now))
        needs(
          context,
          'expiresOn',
          phrase('Choose a day after today, or leave empty if the credits do not expire.'),
        )
    }, WHATEVER_ELSE)
    .transform(({ expiresOn, operation, ...form }) => ({
      ...form,
      operation: operation ?? 'set',
      credits: targetOf({ ...form, operation }),
      grantExpiresAt: expiresOn ? endOfDay(expiresOn, reseller) : undefined,
    }))
  return z.preprocess(withoutLeftOver, withAmounts(['credits'], form))
}

type CreditsStep = { operation?: (typeof OPERATIONS)[number] | undefined; credits: bigint; seen: bigint }

const isStep = ({ operation }: Pick<CreditsStep, 'operation'>) => operation === 'add' || operation === 'take'

/** Where a step leads; below zero where more is taken away than there is. Minor units. */
function targetOf({ operation, credits, seen }: CreditsStep): bigint {
  if (operation === 'add') return seen + credits
  return operation === 'take' ? seen - credits : credits
}

/** The page fills in what the credits are. Where that is unchanged, nobody has typed it as a step: it counts as not filled in. */
function withoutLeftOver(body: unknown): unknown {
  const sent = body as Readonly<Record<string, unknown>> | undefined
  const isLeft =
    sent?.credits === sent?.creditsFilled && (sent?.operation === 'add' || sent?.operation === 'take')
  return isLeft ? { ...sent, credits: '' } : body
}

/**
 * Sets the credits to a target; the ledger stores the difference. Raising adds a grant, lowering takes from the grants that would be spent
 * last.
 *
 * @throws as post(); 409 where the credits are no longer what was seen
 */
export const SetCredits = action({
  may: [permissionFor('credits_set')],
  proof: 'in run',
  leaves: [kindOf('credits_set').event, postingWaits, kindOf('expiry').event],
  on: async ({ actor }, { id }) => customerOfId(actor, id),
  input: ({ actor }) => CreditsForm(actor.reseller),
  run: (
    { actor },
    customer: { id: string },
    { credits, seen, operation, category, grantExpiresAt, idempotencyKey: key, ...facts },
  ) => {
    const grant = credits > seen ? { category, grantExpiresAt } : {}
    const step = operation === 'set' ? {} : { operation }
    return post(actor, customer, {
      ...facts,
      ...step,
      ...grant,
      ...{ kind: 'credits_set', key, target: credits, seen },
    })
  },
})
