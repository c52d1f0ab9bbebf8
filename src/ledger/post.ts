import { randomBytes } from 'node:crypto'
import type { Transaction } from '../database/client.ts'
import { isUniqueViolation } from '../database/failures.ts'
import { newId } from '../database/id.ts'
import type { PostingKind } from '../generated/prisma/client.ts'
import type { Actor } from '../people/actor.ts'
import { type Posted, resultOf } from './answer.ts'
import type { Answer } from './outcomes.ts'
import type { Movement, PostingFacts } from './facts.ts'
import { fingerprintOf, textDigest } from './fingerprint.ts'
import { kindOf } from './kinds.ts'
import { resultOrSayWho } from './last-change.ts'

/** Attempts in all: a unique constraint may refuse what came in at the same moment, for a key and for a receipt. */
const ATTEMPTS_MAX = 3

const STATEMENT = 'select post_to_ledger($1, $2, $3, $4::jsonb) as answer'

/**
 * Posts to a customer's accounts: posting, entries, grants, event and the customer's new amounts in one statement, or nothing at all.
 * Above the person's threshold it waits for a second person. Locks the customer. The rule, with the order of refusals, is
 * post_to_ledger() in sql/. `within`: the transaction that it is part of; an error ends all of it, and retrying is up to the caller.
 *
 * @throws 403 if the person may no longer post. 404 for a customer of another reseller. 409 for the key with another body; for `seen`
 * that has changed; for a receipt (channel and reference, compared by receipt_folded()) that is posted and not confirmed; for a posting
 * that is reversed already; for another currency than the form had. 422 if too little is available, for a value that is set already, for
 * an expired grant that would be taken back, and for more than the person may post. A refused posting does not use its key up.
 */
export async function post(
  actor: Actor,
  customer: { id: string },
  kind: PostingKind,
  movement: Movement,
  facts: PostingFacts,
  { within }: { within?: Transaction } = {},
): Promise<Posted> {
  const fingerprint = fingerprintOf(kind, customer.id, movement, facts)
  const question = {
    customerId: customer.id,
    key: facts.key,
    facts: {
      receipt_confirmed: facts.confirmDuplicate ?? false,
      ...newIds(),
      ...wordsOf(facts),
      ...movementOf(movement),
      ...authorOf(actor, facts),
      kind,
      // Called so since the first version: rows that wait for approval have this key.
      deed: kindOf(kind).event.name,
      fingerprint,
    },
  }
  const answer = await ask(actor, question, within)
  const read = () => resultOf(answer, { actor, kind, fingerprint })
  // Within a larger transaction the refusal ends it, and nothing more can be read in it.
  return within ? read() : resultOrSayWho(actor, answer, { customerId: customer.id }, read)
}

/** What post_to_ledger() is asked. */
export interface Question {
  customerId: string
  key: string
  facts: Readonly<Record<string, unknown>>
}

/** Asks the database to book, again where somebody else took the key or the receipt at that moment. */
export async function ask(
  { database, reseller }: Actor,
  { customerId, key, facts }: Question,
  within?: Transaction,
): Promise<Answer> {
  const values = [reseller.id, customerId, key, JSON.stringify(facts)]
  if (within) {
    // As a part of a transaction there is one round only: what a constraint refuses ends the transaction.
    const [row] = await within.$queryRawUnsafe<{ answer: Answer }[]>(STATEMENT, ...values)
    return (row as { answer: Answer }).answer
  }
  for (let round = 1; ; round++) {
    try {
      const { rows } = await database.pool.query<{ answer: Answer }>({
        name: 'post-to-ledger',
        text: STATEMENT,
        values,
      })
      return (rows[0] as { answer: Answer }).answer
    } catch (error) {
      if (round === ATTEMPTS_MAX || !isUniqueViolation(error)) throw error
    }
  }
}

/** Ids are made by the application (UUIDv7), also those that are needed only if grants expire, or if it has to wait. */
export const newIds = () => ({
  posting_id: newId(),
  entry_ids: [newId(), newId()],
  audit_id: newId(),
  grant_id: newId(),
  waiting_id: newId(),
  spare_ids: Array.from({ length: 7 }, () => newId()),
})

function wordsOf(facts: PostingFacts) {
  const salt = randomBytes(16)
  return {
    reason: facts.reason ?? null,
    comment: facts.comment,
    note: facts.note,
    channel: facts.channel ?? null,
    reference: facts.reference || null,
    effective_at: facts.effectiveAt?.toISOString() ?? null,
    text_salt: `\\x${salt.toString('hex')}`,
    text_digest: `\\x${textDigest(salt, facts)}`,
  }
}

function movementOf(movement: Movement) {
  if ('amount' in movement) return { amount: movement.amount.toString() }
  if ('reverses' in movement) return movement
  const { target, seen, category, grantExpiresAt } = movement
  return {
    target: target.toString(),
    seen: seen.toString(),
    category: category ?? null,
    grant_expires_at: grantExpiresAt?.toISOString() ?? null,
  }
}

function authorOf(actor: Actor, { limitsOf }: PostingFacts) {
  return {
    actor_kind: actor.kind,
    actor_id: actor.id,
    actor_name: actor.name,
    for_customer_id: actor.standsInFor,
    request_id: actor.requestId,
    ip: actor.ip,
    user_agent: actor.userAgent,
    currency: actor.reseller.currency,
    told_at: actor.at?.toISOString() ?? null,
    limit_staff_id: actor.kind === 'staff' ? actor.id : (limitsOf ?? null),
  }
}

/** Forms take no other amount. Callers without a form must not turn a refill into a deduction by a sign. */
export function mustBePositive(amount: bigint) {
  if (amount <= 0n) throw new RangeError(`An amount must be above zero, not ${amount}.`)
}
