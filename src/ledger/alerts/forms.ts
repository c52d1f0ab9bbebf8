import { z } from 'zod'
import type { ResellerFacts } from '../../sessions/actor.ts'
import { hiddenAmount, optionalAmount } from '../money.ts'

/** A customer's own threshold; empty is the reseller's. `seen` is what the page showed. */
export function AlertsForm(reseller: ResellerFacts) {
  return z.object({
    threshold: optionalAmount(reseller, { zero: true }),
    seen: z.preprocess((value) => (value === '' ? null : value), hiddenAmount(reseller).nullable()),
  })
}
