import type { Transaction } from '../database/client.ts'
import { isUniqueViolation } from '../database/failures.ts'
import type { Actor } from '../people/actor.ts'
import { type Posted, resultOf } from './answer.ts'
import { encodeAsk } from './codec.ts'
import { type Ask, asksAmount } from './facts.ts'
import { resultOrSayWho } from './last-change.ts'
import type { Answer } from './outcomes.ts'
import { inTurnOf } from './posting-limit.ts'

/** Attempts in all: a unique constraint may refuse what came in at the same moment, for a key and for a receipt. */
const ATTEMPTS_MAX = 3

const STATEMENT = 'select post_to_ledger($1, $2, $3, $4::jsonb) as answer'

/**
 * Posts to a customer's accounts: posting, entries, grants, event and the customer's new amounts in one statement, or nothing at all.
 * Above the person's threshold it waits for a second person. Locks the customer. The rule, with the order of refusals, is
 * post_to_ledger() in sql/. `within`: the transaction that it is part of; an error ends all of it, and retrying is up to the caller.
 *
 * @throws 403 if the person may no longer post, and for what would wait where the last proof is too old, see mustHaveProven(). 404 for a
 * customer of another reseller. 409 for the key with another body; for `seen` that has changed; for a receipt (channel and reference,
 * compared by receipt_folded()) that is posted and not confirmed; for a posting that is reversed already; for another currency than the
 * form had. 422 if too little is available, for a value that is set already, for an expired grant that would be taken back, and for more
 * than the person may post. 503 where too many wait to post to the customer. A refused posting does not use its key up.
 */
export async function post(
  actor: Actor,
  customer: { id: string },
  ask: Ask,
  { within }: { within?: Transaction } = {},
): Promise<Posted> {
  // Forms take no other amount. Callers without a form must not turn a refill into a deduction by a sign.
  if (asksAmount(ask) && ask.amount <= 0n)
    throw new RangeError(`An amount must be above zero, not ${ask.amount}.`)
  const { key, kind } = ask
  const { fingerprint, text } = encodeAsk(actor, customer, ask)
  const answer = await askLedger(actor, { customerId: customer.id, key }, text, within)
  const read = () => resultOf(answer, { actor, kind, fingerprint })
  // Within a larger transaction the refusal ends it, and nothing more can be read in it.
  return within ? read() : resultOrSayWho(actor, answer, { customerId: customer.id }, read)
}

/** Asks the database to book what codec.ts has written, again where somebody else took the key or the receipt at that moment. */
export async function askLedger(
  { database, reseller }: Actor,
  { customerId, key }: { customerId: string; key: string },
  facts: string,
  within?: Transaction,
): Promise<Answer> {
  const values = [reseller.id, customerId, key, facts]
  if (within) {
    // As a part of a transaction there is one round only: what a constraint refuses ends the transaction.
    const [row] = await within.$queryRawUnsafe<{ answer: Answer }[]>(STATEMENT, ...values)
    return (row as { answer: Answer }).answer
  }
  return inTurnOf({ resellerId: reseller.id, customerId }, async () => {
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
  })
}
