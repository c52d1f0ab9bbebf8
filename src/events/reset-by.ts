import type { Transaction } from '../database/client.ts'

/**
 * The name of the staff member who reset a customer's password, while the customer has not proved since who they are, see reset-mark.ts; null
 * otherwise. As it stands at this moment of the transaction.
 */
export async function resetByOf(
  db: Transaction,
  { resellerId, id }: { resellerId: string; id: string },
): Promise<string | null> {
  const customer = await db.customer.findUnique({
    where: { resellerId_id: { resellerId, id } },
    select: { resetBy: true },
  })
  return customer?.resetBy ?? null
}
