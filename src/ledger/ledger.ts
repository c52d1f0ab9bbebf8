import type { Transaction } from '../database/client.ts'
import type { Channel, PostingReason } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../sessions/actor.ts'
import { type Posted, post } from './post.ts'

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
  return post(
    actor,
    customer,
    { kind: 'refill', account: 'BALANCE', deed: 'balance.refilled' },
    { amount },
    { key, ...facts },
  )
}

/** Takes from the balance. Refuses, beside what post() does, to take more than there is. */
export function deduct(
  actor: Actor,
  customer: { id: string },
  { amount, idempotencyKey: key, ...facts }: BalanceChange,
): Promise<Posted> {
  mustBeAllowed(actor, 'money.post')
  mustBePositive(amount)
  return post(
    actor,
    customer,
    { kind: 'deduction', account: 'BALANCE', deed: 'balance.deducted' },
    { amount: -amount },
    { key, ...facts },
  )
}

interface CreditsChange extends Manual {
  /** What the credits should be, and what they were when the page was made. Minor units. */
  credits: bigint
  seen: bigint
}

/** Sets the credits to a target; the ledger stores the difference. Refuses, 409, when they are no longer what was seen. */
export function setCredits(
  actor: Actor,
  customer: { id: string },
  { credits, seen, idempotencyKey: key, ...facts }: CreditsChange,
): Promise<Posted> {
  mustBeAllowed(actor, 'money.post')
  return post(
    actor,
    customer,
    { kind: 'credits_set', account: 'CREDITS', deed: 'credits.set' },
    { target: credits, seen },
    { key, ...facts },
  )
}

/** Grants a customer who is being made the first credits, in that deed's transaction: both happen or neither. Minor units, above zero. */
export function grantOpeningCredits(
  within: Transaction,
  actor: Actor,
  customer: { id: string },
  { credits, key }: { credits: bigint; key: string },
): Promise<Posted> {
  mustBeAllowed(actor, 'money.post')
  return post(
    actor,
    customer,
    { kind: 'credits_set', account: 'CREDITS', deed: 'credits.set' },
    { target: credits, seen: 0n },
    { key, reason: 'other', comment: 'Opening credits', note: '' },
    { within },
  )
}

/** The form has seen to it; whoever else calls must not turn a refill into a deduction by a sign. */
function mustBePositive(amount: bigint) {
  if (amount <= 0n) throw new RangeError(`An amount must be above zero, not ${amount}.`)
}
