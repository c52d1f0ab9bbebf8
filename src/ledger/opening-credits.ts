import type { Transaction } from '../database/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import type { Posted } from './answer.ts'
import { permissionFor } from './kinds.ts'
import { post } from './post.ts'

/**
 * Grants a new customer the first credits, in the transaction that creates the customer: both happen or neither. Minor units, above zero.
 * `limitsOf`: the staff member on whose account the system does it.
 */
export function grantOpeningCredits(
  within: Transaction,
  actor: Actor,
  customer: { id: string },
  { credits, key, limitsOf }: { credits: bigint; key: string; limitsOf?: string },
): Promise<Posted> {
  mustBeAllowed(actor, permissionFor('credits_set'))
  const facts = { key, reason: 'other', comment: 'Opening credits', note: '', limitsOf } as const
  return post(actor, customer, { ...facts, kind: 'credits_set', target: credits, seen: 0n }, { within })
}
