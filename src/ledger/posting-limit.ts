import { ConcurrencyLimits, LimitReached } from '../concurrency-limit.ts'
import { counted } from '../database/allowance.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'

/**
 * So many postings of one process are with the database for one customer: one that is booked, and the next. Each further one would hold a
 * connection there only to wait for the customer's lock, so that ten of them would hold all that pages have; and PostgreSQL wakes several of
 * those that wait for each that ends, which made a posting a tenth dearer with 16 people at one customer.
 */
const LIMITS = new ConcurrencyLimits({ atOnce: 2, waitingMax: 100, waitMsMax: 5_000 })

/**
 * Does `work`, which posts to this customer, when it is its turn.
 *
 * @throws 503 with Retry-After when too many wait, or the wait was too long: nothing was asked of the database then
 */
export async function inTurnOf<Result>(
  { resellerId, customerId }: { resellerId: string; customerId: string },
  work: () => Promise<Result>,
): Promise<Result> {
  const slot = await counted(() => LIMITS.enter(`${resellerId} ${customerId}`)).catch((error: unknown) => {
    if (!(error instanceof LimitReached)) throw error
    throw new Refusal(
      503,
      t(
        'Too many people are changing this customer’s balance right now. No changes were made. Try again in a moment.',
      ),
      { facts: { retryAfterSeconds: 5 } },
    )
  })
  try {
    return await work()
  } finally {
    slot.leave()
  }
}
