import { z } from 'zod'
import type { ResellerFacts } from '../../people/actor.ts'
import { amountField, hiddenAmount, withAmounts } from '../money.ts'

/** A customer's own threshold; empty is the reseller's. `seen` is what the page showed. */
export function AlertsForm(reseller: ResellerFacts) {
  const form = z.object({
    threshold: amountField(reseller, { zero: true, blank: null }),
    seen: z.preprocess((value) => (value === '' ? null : value), hiddenAmount(reseller).nullable()),
  })
  return withAmounts(['threshold'], form)
}
