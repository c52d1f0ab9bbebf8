import type { Transaction } from '../database/client.ts'
import type { Channel, CreditCategory, PostingReason } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import type { Posted } from './answer.ts'
import { post } from './post.ts'

interface Manual {
  idempotencyKey: string
  reason: PostingReason
  comment: string
  note: string
}

interface BalanceChange extends Manual {
  /** Minor units, above zero. */
  amount: bigint
  channel?: Channel | undefined
  reference: string
  confirmDuplicate: boolean
}

/** Adds to the balance. Refuses as post() does. */
export function refill(
  actor: Actor,
  customer: { id: string },
  { amount, idempotencyKey: key, ...facts }: BalanceChange,
): Promise<Posted> {
  mustBeAllowed(actor, 'money.post')
  mustBePositive(amount)
  return post(actor, customer, 'refill', { amount }, { key, ...facts })
}

/** Takes from the balance. Refuses, beside what post() does, to take more than there is. */
export function deduct(
  actor: Actor,
  customer: { id: string },
  { amount, idempotencyKey: key, ...facts }: BalanceChange,
): Promise<Posted> {
  mustBeAllowed(actor, 'money.post')
  mustBePositive(amount)
  return post(actor, customer, 'deduction', { amount: -amount }, { key, ...facts })
}

interface CreditsChange extends Manual {
  /** What the credits should be, and what they were when the page was made. Minor units. */
  credits: bigint
  seen: bigint
  /** Whether they were said as such, or as a step from what was seen. */
  operation?: 'set' | 'add' | 'take'
  /** What a raise is, and until when it can be spent; promotional and without an end where not given. Lower credits have neither. */
  category?: CreditCategory | undefined
  grantExpiresAt?: Date | undefined
}

/**
 * Sets the credits to a target; the ledger stores the difference. Raising adds a grant, lowering takes from the grants that would be spent
 * last. Refuses, 409, when they are no longer what was seen.
 */
export function setCredits(
  actor: Actor,
  customer: { id: string },
  { credits, seen, operation, category, grantExpiresAt, idempotencyKey: key, ...facts }: CreditsChange,
): Promise<Posted> {
  mustBeAllowed(actor, 'money.post')
  const grant = credits > seen ? { category, grantExpiresAt } : {}
  const step = operation && operation !== 'set' ? { operation } : {}
  return post(actor, customer, 'credits_set', { target: credits, seen, ...step, ...grant }, { key, ...facts })
}

interface Charge {
  /** One for each charge, from whoever meters: the same one again is the same charge. */
  idempotencyKey: string
  /** Minor units, above zero. */
  amount: bigint
  /** What for; shown to the customer. */
  description: string
  reference: string
  effectiveAt?: Date | undefined
}

/**
 * Charges for services: takes the credits first, in their spending order, and the rest from the balance, as one posting. Refuses, 422,
 * the whole of it where both together, with the overdraft, do not suffice.
 */
export function charge(
  actor: Actor,
  customer: { id: string },
  { amount, description, idempotencyKey: key, ...facts }: Charge,
): Promise<Posted> {
  mustBeAllowed(actor, 'money.post')
  mustBePositive(amount)
  return post(actor, customer, 'charge', { amount }, { key, comment: '', note: description, ...facts })
}

/**
 * Undoes a posting by another one of the opposite amounts, once. What a charge took from grants is given back to them; those whose time is
 * over expire again at once. Refuses, 409, what is reversed already; 422, a reversal, an expiry, and what has been spent since.
 */
export function reverse(
  actor: Actor,
  customer: { id: string },
  { postingId, idempotencyKey: key, ...facts }: Manual & { postingId: string },
): Promise<Posted> {
  mustBeAllowed(actor, 'money.post')
  return post(actor, customer, 'reversal', { reverses: postingId }, { key, ...facts })
}

/**
 * Grants a customer who is being made the first credits, in that deed's transaction: both happen or neither. Minor units, above zero.
 * `limitsOf`: the staff member on whose account the system does it.
 */
export function grantOpeningCredits(
  within: Transaction,
  actor: Actor,
  customer: { id: string },
  { credits, key, limitsOf }: { credits: bigint; key: string; limitsOf?: string },
): Promise<Posted> {
  mustBeAllowed(actor, 'money.post')
  const facts = { key, reason: 'other', comment: 'Opening credits', note: '', limitsOf } as const
  return post(actor, customer, 'credits_set', { target: credits, seen: 0n }, facts, { within })
}

/** The form has seen to it; whoever else calls must not turn a refill into a deduction by a sign. */
function mustBePositive(amount: bigint) {
  if (amount <= 0n) throw new RangeError(`An amount must be above zero, not ${amount}.`)
}
