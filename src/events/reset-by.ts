import type { Bind } from '../database/cursor.ts'

/**
 * SQL for the name of the staff member who reset a customer's password, while the customer has not proved since who they are, see
 * reset-mark.ts; null otherwise. As it stands at this moment of the transaction. $1 is the reseller.
 */
export const resetBySql = (bind: Bind, customerId: string) =>
  `(select reset_by from customers where reseller_id = $1 and id = ${bind(customerId)})`
