import { newId } from '../../database/id.ts'
import type { Services } from '../../services.ts'

/** How many customers are looked up at once. */
const CUSTOMERS_IN_A_LOT = 100

interface Due {
  reseller_id: string
  customer_id: string
}

/**
 * Expires every credit grant whose time is over, of all resellers: one posting of the kind expiry for each customer, by
 * expire_credits(), which locks the customer and takes what is left of the grants. Each grant expires once, however many processes do
 * this; what one leaves undone, as for a customer whose row is locked for too long, the next one finds.
 */
export async function expireCredits(
  { database: { pool }, log }: Pick<Services, 'database' | 'log'>,
  signal?: AbortSignal,
): Promise<void> {
  let last: Due | undefined = { reseller_id: '', customer_id: '' }
  while (last) {
    const batch: Due[] = await dueAfter(last)
    for (const due of batch) {
      if (signal?.aborted) return
      await expireOf(due).catch((err: unknown) =>
        log.warn(
          { err, customerId: due.customer_id },
          "expiring a customer's credits failed and will be retried",
        ),
      )
    }
    last = batch.length === CUSTOMERS_IN_A_LOT ? batch.at(-1) : undefined
  }

  async function dueAfter({ reseller_id, customer_id }: Due): Promise<Due[]> {
    const { rows } = await pool.query<Due>(
      `select distinct reseller_id, customer_id from credit_grants
       where remaining > 0 and expires_at <= now() and (reseller_id, customer_id) > ($1, $2)
       order by reseller_id, customer_id limit ${CUSTOMERS_IN_A_LOT}`,
      [reseller_id, customer_id],
    )
    return rows
  }

  async function expireOf({ reseller_id, customer_id }: Due) {
    const ids = [newId(), newId(), newId()]
    await pool.query('select expire_credits($1, $2, $3)', [reseller_id, customer_id, ids])
  }
}
