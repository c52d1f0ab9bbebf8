import { overdraftSet } from './events.ts'
import { record } from '../events/record.ts'
import { savedMeanwhile } from '../events/saved-meanwhile.ts'
import { lockCustomer } from '../customers/customer.ts'
import { transaction } from '../database/client.ts'
import type { Customer } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { plainAmount } from '../web/format.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'

type Figures = Pick<Customer, 'balance' | 'overdraft'>

/** What can be taken from the balance: down to the overdraft, and nothing where it was lowered below what is used. Minor units. */
export function availableOf({ balance, overdraft }: Figures): bigint {
  return balance + overdraft > 0n ? balance + overdraft : 0n
}

/** How low the balance can go: its floor, and no lower than it is where it stands below that. Minor units. */
export const lowestOf = (customer: Figures): bigint => customer.balance - availableOf(customer)

/** What a charge can take: the credits, and then from the balance. Minor units. */
export const availableToCharge = (customer: Figures & Pick<Customer, 'credits'>): bigint =>
  customer.credits + availableOf(customer)

/** Whether more is used of the overdraft than there is of it by now: then nothing can be taken until a refill. */
export const isOverdrawn = ({ balance, overdraft }: Figures) => balance < -overdraft

interface Wanted {
  /** How far below zero the balance may go, and what the page showed of it. Minor units. */
  overdraft: bigint
  seen: bigint
  reason: string
}

/**
 * Sets how far below zero a customer's balance may go; money stays where it is. It may be less than is used already: then nothing can
 * be taken until enough was refilled. What it is already is no change: `changed` is false.
 *
 * Refuses, 409, where it is no longer what was seen, see savedMeanwhile(). Locks the customer, as a posting does.
 */
export function setOverdraft(
  actor: Actor,
  { id }: { id: string },
  { overdraft, seen, reason }: Wanted,
): Promise<Figures & { changed: boolean }> {
  mustBeAllowed(actor, 'money.overdraft')
  return transaction(actor, async (db) => {
    const customer = await lockCustomer(db, actor, id)
    if (!customer) throw new Refusal(404, t('Customer not found.'))
    const { overdraft: before, balance } = customer
    if (before === overdraft) return { changed: false, balance, overdraft }
    if (before !== seen) {
      const asTyped = (sum: bigint) => ({ overdraft: plainAmount(sum, actor.reseller.currencyScale) })
      throw await savedMeanwhile(db, actor, {
        ...{ event: overdraftSet, customers: { id } },
        ...{ now: asTyped(before), wanted: asTyped(overdraft), opened: asTyped(seen) },
        seen: { seen: asTyped(before).overdraft },
      })
    }
    await db.customer.update({
      where: { resellerId_id: { resellerId: actor.reseller.id, id } },
      data: { overdraft },
    })
    await record(db, actor, overdraftSet, {
      customer,
      before: String(before),
      after: String(overdraft),
      reason,
    })
    return { changed: true, balance, overdraft }
  })
}
