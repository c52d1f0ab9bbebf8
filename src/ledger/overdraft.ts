import type { Customer } from '../generated/prisma/client.ts'

export type Figures = Pick<Customer, 'balance' | 'overdraft'>

/** What can be taken from the balance: down to the overdraft, and nothing where it was lowered below what is used. Minor units. */
export function availableOf({ balance, overdraft }: Figures): bigint {
  return balance + overdraft > 0n ? balance + overdraft : 0n
}

/** How low the balance can go: its floor, and no lower than it is where it is below that. Minor units. */
export const lowestOf = (customer: Figures): bigint => customer.balance - availableOf(customer)

/** What a charge can take: the credits, and then from the balance. Minor units. */
export const availableToCharge = (customer: Figures & Pick<Customer, 'credits'>): bigint =>
  customer.credits + availableOf(customer)

/** Whether more is used of the overdraft than there is of it by now: then nothing can be taken until a refill. */
export const isOverdrawn = ({ balance, overdraft }: Figures) => balance < -overdraft
