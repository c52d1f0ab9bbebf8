import { z } from 'zod'
import { optionalAmount } from '../ledger/money.ts'
import { newPassword } from '../passwords/policy.ts'
import type { ResellerFacts } from '../sessions/actor.ts'
import { email, hiddenValue, longText, text, tick } from '../web/form.ts'
import { knownLocale, knownTimeZone } from './choices.ts'
import { CURRENCIES, currencyScale } from './currencies.ts'
import { slugField } from './slug.ts'

const name = () => text({ max: 120, min: 1 })

/** One on offer, or `kept`: the one that there is, which may have ended since. */
const currency = (kept?: string) =>
  text({ max: 3 })
    .transform((value) => value.toUpperCase())
    .refine((value) => value === kept || CURRENCIES.includes(value), {
      error: 'Choose a currency, such as EUR.',
    })

const timeZone = () => known(knownTimeZone, 'Choose a time zone, such as Europe/Berlin.')
const locale = () => known(knownLocale, 'Choose a language and region, such as en-GB.')

/** A new reseller and its Owner. */
const newReseller = {
  reseller: name(),
  slug: slugField(),
  currency: currency(),
  timeZone: timeZone(),
  locale: locale(),
  email: email(),
  name: name(),
}

export const NewResellerForm = z.object(newReseller)
export type NewResellerFacts = z.output<typeof NewResellerForm>

/** The first reseller, whose Owner chooses the password at once. */
export const SetupForm = z.object({ ...newReseller, token: text({ max: 300 }), password: newPassword() })
export type Setup = z.output<typeof SetupForm>

/**
 * The settings. What concerns low-balance alerts is read as a whole, and left alone where the threshold is not sent; '' is none. It is
 * read in the currency that the same form may set.
 */
export function SettingsForm(reseller: Pick<ResellerFacts, 'currency' | 'currencyScale'>) {
  return z.object(settings(reseller)).transform(({ lowBalanceThreshold, ...form }, context) => {
    const { lowBalanceToCustomer, lowBalanceToStaff, ...plain } = form
    if (lowBalanceThreshold === undefined) return { ...plain, alerts: undefined }
    const code = plain.currency ?? reseller.currency
    const scale = code === reseller.currency ? reseller.currencyScale : currencyScale(code)
    const threshold = optionalAmount({ currency: code, currencyScale: scale }, { zero: true }).safeParse(
      lowBalanceThreshold,
    )
    if (threshold.success) {
      return { ...plain, alerts: { threshold: threshold.data, lowBalanceToCustomer, lowBalanceToStaff } }
    }
    for (const issue of threshold.error.issues)
      context.addIssue({ ...issue, code: 'custom', path: ['lowBalanceThreshold'] })
    return z.NEVER
  })
}

const settings = ({ currency: kept }: Pick<ResellerFacts, 'currency'>) => ({
  version: hiddenValue(/^\d{1,9}$/).transform(Number),
  name: name(),
  address: longText({ max: 500 }).default(''),
  supportEmail: z.union([z.literal(''), email()]).default(''),
  timeZone: timeZone(),
  locale: locale(),
  /** Not sent once the first posting has fixed it. */
  currency: currency(kept).optional(),
  sendsMail: tick(),
  lowBalanceThreshold: text({ max: 60 }).optional(),
  lowBalanceToCustomer: tick(),
  lowBalanceToStaff: tick(),
})
export type Settings = z.output<ReturnType<typeof SettingsForm>>

/** A value that `find` knows, in the spelling that it gives. */
function known(find: (given: string) => string | null, error: string) {
  return text({ max: 64 }).transform((value, context) => {
    const found = find(value)
    if (found !== null) return found
    context.addIssue({ code: 'custom', message: error })
    return z.NEVER
  })
}
