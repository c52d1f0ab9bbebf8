import { z } from 'zod'
import { action } from '../../actions/action.ts'
import { transaction } from '../../database/client.ts'
import { event } from '../../events/event.ts'
import { record } from '../../events/record.ts'
import { savedMeanwhile } from '../../events/saved-meanwhile.ts'
import type { Customer } from '../../generated/prisma/client.ts'
import type { Actor, ResellerFacts } from '../../people/actor.ts'
import { findCustomer, lockCustomer } from '../../people/customer.ts'
import { plainAmount } from '../../words/format.ts'
import { Refusal } from '../../words/refusal.ts'
import { t } from '../../words/words.ts'
import { amountField, hiddenAmount, withAmounts } from '../money.ts'

const alertsSet = event<{ before: string; after: string }>(
  'alerts.set',
  t('Low-balance alert set'),
  ({ after }, { money }) =>
    after
      ? t('set the low-balance alert to {after}', { after: money(BigInt(after)) })
      : t('set the low-balance alert to the default in the settings'),
)

/** The reseller's own threshold, and whom its alerts go to. Minor units; null: no alerts. */
export function findAlertSettings({ database, reseller }: Actor) {
  return database.prisma.reseller.findUniqueOrThrow({
    where: { id: reseller.id },
    select: { lowBalanceThreshold: true, lowBalanceToCustomer: true, lowBalanceToStaff: true },
  })
}

/** Whether a customer who would get the alerts gets none, because nobody who is OFF does. */
export const isLeftOut = (
  { lowBalanceToCustomer }: { lowBalanceToCustomer: boolean },
  { state }: Pick<Customer, 'state'>,
) => lowBalanceToCustomer && state === 'OFF'

/** When this customer's balance last fell below the threshold, and to what, in minor units; null: it never has. */
export function maybeLatestAlert({ database, reseller }: Actor, { id }: { id: string }) {
  return database.prisma.lowBalanceAlert.findFirst({
    where: { resellerId: reseller.id, customerId: id },
    orderBy: { at: 'desc' },
    select: { postingId: true, at: true, balance: true },
  })
}

/** A customer's own threshold; empty is the reseller's. `seen` is what the page showed. */
function AlertsForm(reseller: ResellerFacts) {
  const form = z.object({
    threshold: amountField(reseller, { zero: true, blank: null }),
    seen: z.preprocess((value) => (value === '' ? null : value), hiddenAmount(reseller).nullable()),
  })
  return withAmounts(['threshold'], form)
}

/**
 * Sets the threshold of a customer's low-balance alerts, in minor units; null uses the reseller's. It counts from the next posting on:
 * a balance that is already below it causes an alert when it is refilled and falls again. Gives false if nothing changes. Locks the
 * customer.
 *
 * @throws 409 if it has changed since it was seen, see savedMeanwhile()
 */
export const SetAlertThreshold = action({
  may: ['money.overdraft'],
  leaves: [alertsSet],
  on: ({ actor }, { id }) => findCustomer(actor, id),
  input: ({ actor }) => AlertsForm(actor.reseller),
  run: ({ actor }, { id }: { id: string }, { threshold, seen }) =>
    transaction(actor, async (db) => {
      const customer = await lockCustomer(db, actor, id)
      if (!customer) throw new Refusal(404, t('Customer not found.'))
      const { lowBalanceThreshold: before } = customer
      if (before === threshold) return false
      if (before !== seen) {
        const { currencyScale: scale } = actor.reseller
        const asTyped = (sum: bigint | null) => ({ threshold: sum === null ? '' : plainAmount(sum, scale) })
        throw await savedMeanwhile(db, actor, {
          ...{ event: alertsSet, customers: { id } },
          ...{ now: asTyped(before), wanted: asTyped(threshold), opened: asTyped(seen) },
          seen: { seen: asTyped(before).threshold },
        })
      }
      await db.customer.updateMany({
        where: { resellerId: actor.reseller.id, id },
        data: { lowBalanceThreshold: threshold },
      })
      await record(db, actor, alertsSet, {
        customer,
        before: before === null ? '' : String(before),
        after: threshold === null ? '' : String(threshold),
      })
      return true
    }),
})
