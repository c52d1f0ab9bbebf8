import { isId } from '../../database/id.ts'
import { z } from 'zod'
import type { ResellerFacts } from '../../people/actor.ts'
import { WHATEVER_ELSE, inDateOrder, optionalChoice, period, text } from '../../forms/form.ts'
import { phrase } from '../../words/phrase.ts'
import { KINDS } from '../kinds.ts'
import { amountField, withAmounts } from '../money.ts'
import { CHANNELS, REASONS } from '../reasons.ts'

const ACCOUNTS = ['BALANCE', 'CREDITS'] as const

/** The staff filter's word for what nobody did by hand. */
export const THE_SYSTEM = 'system'

/** What the ledger's address may say, all of it optional. */
export function LedgerQuery(reseller: ResellerFacts) {
  const query = z
    .object({
      account: optionalChoice(ACCOUNTS),
      kind: optionalChoice(KINDS),
      reason: optionalChoice(REASONS),
      /** A staff member's id, or THE_SYSTEM. */
      staff: text({ max: 40 })
        .refine((value) => ['', THE_SYSTEM].includes(value) || isId(value), {
          error: phrase('Choose one of the options.'),
        })
        .default(''),
      channel: optionalChoice(CHANNELS),
      /** Words that one customer is found by, where it is the ledger of all. */
      customer: text({ max: 254 }).default(''),
      /** The whole of it. */
      reference: text({ max: 120 }).default(''),
      ...period(),
      /** Minor units without a sign, both included. */
      min: amountField(reseller, { zero: true, blank: undefined }),
      max: amountField(reseller, { zero: true, blank: undefined }),
      after: text({ max: 200 }).default(''),
      before: text({ max: 200 }).default(''),
    })
    .superRefine(inDateOrder, WHATEVER_ELSE)
    .superRefine(({ min, max }: { min?: unknown; max?: unknown }, context) => {
      if (typeof min !== 'bigint' || typeof max !== 'bigint' || min <= max) return
      context.addIssue({
        code: 'custom',
        path: ['max'],
        message: phrase('The maximum amount is less than the minimum.'),
      })
    }, WHATEVER_ELSE)
  return withAmounts(['min', 'max'], query)
}

export type LedgerQuery = z.output<ReturnType<typeof LedgerQuery>>
