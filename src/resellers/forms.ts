import { z } from 'zod'
import { newPassword } from '../passwords/policy.ts'
import { email, hiddenValue, longText, text, tick } from '../web/form.ts'
import { knownLocale, knownTimeZone } from './choices.ts'
import { CURRENCIES } from './currencies.ts'
import { slugField } from './slug.ts'

const name = () => text({ max: 120, min: 1 })

const currency = () =>
  text({ max: 3 })
    .transform((value) => value.toUpperCase())
    .refine((value) => CURRENCIES.includes(value), { error: 'Choose a currency, such as EUR.' })

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

export const SettingsForm = z.object({
  version: hiddenValue(/^\d{1,9}$/).transform(Number),
  name: name(),
  address: longText({ max: 500 }).default(''),
  supportEmail: z.union([z.literal(''), email()]).default(''),
  timeZone: timeZone(),
  locale: locale(),
  /** Not sent once the first posting has fixed it. */
  currency: currency().optional(),
  sendsMail: tick(),
})
export type Settings = z.output<typeof SettingsForm>

/** A value that `find` knows, in the spelling that it gives. */
function known(find: (given: string) => string | null, error: string) {
  return text({ max: 64 }).transform((value, context) => {
    const found = find(value)
    if (found !== null) return found
    context.addIssue({ code: 'custom', message: error })
    return z.NEVER
  })
}
