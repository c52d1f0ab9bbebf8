import type { Response } from 'express'
import { form } from '../actions/form.ts'
import { filledIn } from '../ledger/money.ts'
import { paths } from '../paths.ts'
import { ChangeSettings } from '../resellers/change-settings.ts'
import { CUSTOMER_FACTORS, findCustomerFactors } from '../resellers/customer-factors.ts'
import { currencyOptions, localeOptions, timeZoneOptions } from '../resellers/choices.ts'
import { moneyOf } from '../resellers/forms.ts'
import { factorRolesInWords, findRequiredFactors } from '../resellers/factor-roles.ts'
import { lastTestMail } from '../resellers/send-test-mail.ts'
import { findSettings } from '../resellers/settings.ts'
import { SESSION_BOUNDS } from '../people/session-limits.ts'
import { services } from '../services.ts'
import { absoluteAddress } from '../web/addresses.ts'
import { type Form, blankForm } from '../forms/form.ts'
import { page } from '../web/page.ts'
import { formatsFor, type Formats } from '../words/format.ts'
import { type Sentence, t } from '../words/words.ts'
import { pages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    settings: {
      form: Form
      slug: string
      consoleLogin: string
      isCurrencyFixed: boolean
      currency: string
      thresholdMoney: { locale: string; currency: string; currencyScale: number }
      thresholdFormats: Formats
      currencies: readonly Option[]
      timeZones: readonly Option[]
      locales: readonly Option[]
      testMail: Awaited<ReturnType<typeof lastTestMail>>
      hasMailServer: boolean
      factorRoles: readonly Sentence[] | null
      customerFactors: Sentence
      factorsFrom: { at: Date | null; isDue: boolean }
      sessionLimits: readonly (readonly { name: string; label: Sentence; min: number; max: number }[])[]
    }
  }
}

form(pages, '/settings', ChangeSettings, {
  async blank(_none, res) {
    const { settings } = await findSettings(res.req.actor)
    const { lowBalanceThreshold, ...others } = settings
    return blankForm({ ...others, ...filledIn({ lowBalanceThreshold }) })
  },
  show: (res, _none, form) => showSettings(res, form),
  next: (_res, changed) => ({
    to: paths.settings(),
    say: changed.length > 0 ? t('Saved the settings.') : t('No changes.'),
  }),
})

const SHOWN_LIMITS = [
  [
    {
      name: 'staffIdleMinutesMax',
      label: t('Log out inactive staff after (minutes)'),
      ...SESSION_BOUNDS.staff.idleMinutesMax,
    },
    {
      name: 'staffAbsoluteHoursMax',
      label: t('Log out all staff after (hours)'),
      ...SESSION_BOUNDS.staff.absoluteHoursMax,
    },
  ],
  [
    {
      name: 'customerIdleMinutesMax',
      label: t('Log out inactive customers after (minutes)'),
      ...SESSION_BOUNDS.customer.idleMinutesMax,
    },
    {
      name: 'customerAbsoluteHoursMax',
      label: t('Log out all customers after (hours)'),
      ...SESSION_BOUNDS.customer.absoluteHoursMax,
    },
  ],
] as const

/** The settings, and what became of the last test mail. */
async function showSettings(res: Response, form: Form) {
  const { actor } = res.req
  const { settings: current, slug, isCurrencyFixed } = await findSettings(actor)
  const factors = await findRequiredFactors(actor)
  // A box that was left unticked is not sent at all.
  const typed: Record<string, string> = {
    currency: current.currency,
    ...form.typed,
  }
  const thresholdMoney = moneyOf(actor.reseller, typed.currency)
  page(res, 'settings', {
    title: t('Settings'),
    form: { ...form, typed },
    slug,
    consoleLogin: absoluteAddress(services(res.req).config, paths.consoleLoginOf(slug)),
    isCurrencyFixed,
    currency: current.currency,
    thresholdMoney,
    thresholdFormats: formatsFor({ ...actor.reseller, ...thresholdMoney }),
    currencies: currencyOptions(res.locals.language, typed.currency),
    timeZones: timeZoneOptions(typed.timeZone),
    locales: localeOptions(res.locals.language, typed.locale),
    testMail: await lastTestMail(actor),
    hasMailServer: services(res.req).config.smtpUrl !== null,
    factorRoles: factorRolesInWords(factors),
    customerFactors: CUSTOMER_FACTORS[await findCustomerFactors(actor)],
    factorsFrom: { at: factors.from, isDue: factors.isDue },
    sessionLimits: SHOWN_LIMITS,
  })
}
