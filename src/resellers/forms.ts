import { z } from 'zod'
import { amountField, withAmounts } from '../ledger/money.ts'
import type { ResellerFacts } from '../people/actor.ts'
import { SESSION_BOUNDS } from '../people/session-limits.ts'
import { newPassword } from '../people/password-policy.ts'
import { email, hiddenValue, longText, readWithin, text, tick, wholeNumber } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'
import { knownLocale, knownTimeZone } from './choices.ts'
import { CURRENCIES, currencyScale } from './currencies.ts'
import type { ChosenLimits } from './settings.ts'
import { slugField } from './slug.ts'

const name = () => text({ max: 120, min: 1 })

/** One on offer, or `kept`: the one that there is, which may have ended since. */
const currency = (kept?: string) =>
  text({ max: 3 })
    .transform((value) => value.toUpperCase())
    .refine((value) => value === kept || CURRENCIES.includes(value), {
      error: phrase('Choose a currency, such as EUR.'),
    })

const timeZone = () => known(knownTimeZone, phrase('Choose a time zone, such as Europe/Berlin.'))
const locale = () => known(knownLocale, phrase('Choose a language and region, such as en-GB.'))

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

export const NewResellerForm = z.object({ ...newReseller, noFactors: tick() })

/** The first reseller, whose Owner chooses the password at once. */
export const SetupForm = z.object({ ...newReseller, token: text({ max: 300 }), password: newPassword() })
export type Setup = z.output<typeof SetupForm>

/**
 * The settings. What concerns low-balance alerts is read as a whole, and left alone where the threshold is not sent; '' is none. It is
 * read in the currency that the same form may set.
 */
export function SettingsForm(reseller: Pick<ResellerFacts, 'currency' | 'currencyScale' | 'locale'>) {
  const form = z.object(settings(reseller)).transform(({ lowBalanceThreshold, ...form }, context) => {
    const { lowBalanceToCustomer, lowBalanceToStaff, ...others } = form
    const plain = withSessionLimits(others)
    if (lowBalanceThreshold === undefined) return { ...plain, alerts: undefined }
    const field = amountField(moneyOf(reseller, plain.currency), { zero: true, blank: null })
    const threshold = readWithin(field, lowBalanceThreshold, context, ['lowBalanceThreshold'])
    if (!threshold) return z.NEVER
    return { ...plain, alerts: { threshold: threshold.value, lowBalanceToCustomer, lowBalanceToStaff } }
  })
  return withAmounts(['lowBalanceThreshold'], form)
}

/** The same, with how long sessions live apart from the rest. */
function withSessionLimits<Form extends { [Name in keyof ChosenLimits]?: number | undefined }>({
  staffIdleMinutesMax,
  staffAbsoluteHoursMax,
  customerIdleMinutesMax,
  customerAbsoluteHoursMax,
  ...form
}: Form) {
  const sent = {
    staffIdleMinutesMax,
    staffAbsoluteHoursMax,
    customerIdleMinutesMax,
    customerAbsoluteHoursMax,
  }
  const sessionLimits: ChosenLimits = Object.fromEntries(
    Object.entries(sent).filter(([, value]) => value !== undefined),
  )
  return { ...form, sessionLimits }
}

/** In what the sums of a form are that may choose another currency, if it is one; written as the page writes them that was filled in. */
export function moneyOf(
  { currency, currencyScale: scale, locale }: Pick<ResellerFacts, 'currency' | 'currencyScale' | 'locale'>,
  chosen: string = currency,
) {
  if (chosen === currency || !CURRENCIES.includes(chosen)) return { locale, currency, currencyScale: scale }
  return { locale, currency: chosen, currencyScale: currencyScale(chosen) }
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
  /** Read when the currency is known. */
  lowBalanceThreshold: z.unknown().optional(),
  lowBalanceToCustomer: tick(),
  lowBalanceToStaff: tick(),
  /** Left alone where they are not sent. */
  staffIdleMinutesMax: wholeNumber(SESSION_BOUNDS.staff.idleMinutesMax).optional(),
  staffAbsoluteHoursMax: wholeNumber(SESSION_BOUNDS.staff.absoluteHoursMax).optional(),
  customerIdleMinutesMax: wholeNumber(SESSION_BOUNDS.customer.idleMinutesMax).optional(),
  customerAbsoluteHoursMax: wholeNumber(SESSION_BOUNDS.customer.absoluteHoursMax).optional(),
})

/** A value that `find` knows, in the spelling that it gives. */
function known(find: (given: string) => string | null, error: string) {
  return text({ max: 64 }).transform((value, context) => {
    const found = find(value)
    if (found !== null) return found
    context.addIssue({ code: 'custom', message: error })
    return z.NEVER
  })
}
