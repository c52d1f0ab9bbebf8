import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { savedMeanwhile } from '../events/saved-meanwhile.ts'
import type { ResellerFacts } from '../people/actor.ts'
import { findCustomer, lockCustomer } from '../people/customer.ts'
import { longText } from '../forms/form.ts'
import { plainAmount } from '../words/format.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { amountField, hiddenAmount, withAmounts } from './money.ts'
import type { Figures } from './overdraft.ts'

export const overdraftSet = event<{ before: string; after: string; reason: string }>(
  'overdraft.set',
  t('Overdraft set'),
  ({ before, after, reason }, { money }) =>
    t('set the overdraft from {before} to {after}: {reason}', {
      before: money(BigInt(before)),
      after: money(BigInt(after)),
      reason,
    }),
)

/** How far below zero the balance may go; `seen` is what the page showed, in plain decimals. */
function OverdraftForm(reseller: ResellerFacts) {
  const form = z.object({
    seen: hiddenAmount(reseller),
    overdraft: amountField(reseller, { zero: true }),
    reason: longText({ max: 500, min: 1 }),
  })
  return withAmounts(['overdraft'], form)
}

/**
 * Sets how far below zero a customer's balance may go. It may be less than is used already: then nothing can be taken until enough is
 * refilled. `changed` is false for the current value. Locks the customer, as a posting does.
 *
 * @throws 409 if it has changed since it was seen, see savedMeanwhile()
 */
export const SetOverdraft = action({
  may: ['money.overdraft'],
  proof: true,
  leaves: [overdraftSet],
  on: ({ actor }, { id }) => findCustomer(actor, id),
  input: ({ actor }) => OverdraftForm(actor.reseller),
  run: ({ actor }, { id }: { id: string }, { overdraft, seen, reason }) =>
    transaction(actor, async (db): Promise<Figures & { changed: boolean }> => {
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
      await db.customer.updateMany({
        where: { resellerId: actor.reseller.id, id },
        data: { overdraft },
      })
      await record(db, actor, overdraftSet, {
        customer,
        before: String(before),
        after: String(overdraft),
        reason,
      })
      return { changed: true, balance, overdraft }
    }),
})
