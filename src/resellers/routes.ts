import { type Response, Router } from 'express'
import { filledIn } from '../ledger/money.ts'
import { PASSWORD_MIN } from '../people/password-policy.ts'
import { paths } from '../paths.ts'
import { services } from '../services.ts'
import { accountOf, rememberDevice } from '../people/device.ts'
import { adoptSession, newSession } from '../people/sessions.ts'
import { absoluteAddress } from '../web/addresses.ts'
import { flash } from '../web/flash.ts'
import { type Form, blankForm, submit } from '../web/form.ts'
import { formatsFor } from '../web/format.ts'
import { allowed } from '../people/guards.ts'
import { formIsAt } from '../web/form-address.ts'
import { page } from '../web/page.ts'
import { DONE_ALREADY, Refusal } from '../web/refusal.ts'
import { requestFacts } from '../web/request-facts.ts'
import { t } from '../web/words.ts'
import { currencyOptions, guessLocale, localeOptions, timeZoneOptions } from './choices.ts'
import { SettingsForm, SetupForm, moneyOf } from './forms.ts'
import { changeSettings, findSettings, lastTestMail, sendTestMail } from './settings.ts'
import { mustHaveSetupToken, setUpPurser } from './setup.ts'

/** First run only: makes the first reseller and its Owner. */
export const setup = Router()

setup.get('/setup', async (req, res) => {
  const token = typeof req.query.token === 'string' ? req.query.token : ''
  await mustHaveSetupToken(services(req), token, req.ip)
  showSetup(res, blankForm({ token, timeZone: 'UTC', locale: guessLocale(req.get('Accept-Language')) }))
})

setup.post('/setup', async (req, res) => {
  // First of all, so that nobody without the token learns what a form would do.
  const token: unknown = req.body?.token
  await mustHaveSetupToken(services(req), typeof token === 'string' ? token : '', req.ip, { sent: true })
  const session = newSession(req)
  const form = await submit(SetupForm, req.body, (values) =>
    setUpPurser(services(req), values, { request: requestFacts(req), session }),
  )
  // Nobody can send this form again.
  if (!form.ok && form.status === 409 && form.refusal)
    throw new Refusal(409, form.refusal, { title: DONE_ALREADY })
  if (!form.ok) return showSetup(res, form)
  await adoptSession(req, session, form.result)
  rememberDevice(res, accountOf('staff', { resellerId: form.result.resellerId, email: form.values.email }))
  flash(res, t('{reseller} is set up. Welcome to Purser.', { reseller: form.values.reseller }))
  res.redirect(303, paths.customers())
})

function showSetup(res: Response, form: Form) {
  page(res, 'resellers/setup', {
    title: t('Set up Purser'),
    form,
    currencies: currencyOptions(res.locals.language, form.typed.currency),
    timeZones: timeZoneOptions(form.typed.timeZone),
    locales: localeOptions(res.locals.language, form.typed.locale),
    passwordMin: PASSWORD_MIN,
  })
}

/** The reseller's settings, and whether its mail works. */
export const settings = Router()

settings.use(allowed('reseller.manage'))

settings.get('/', async (req, res) => {
  const { settings: typed } = await findSettings(req.actor)
  const { lowBalanceThreshold, ...others } = typed
  await showSettings(res, blankForm({ ...others, ...filledIn({ lowBalanceThreshold }) }))
})

settings.post('/', async (req, res) => {
  const form = await submit(SettingsForm(req.actor.reseller), req.body, (values) =>
    changeSettings(req.actor, values),
  )
  if (!form.ok) return showSettings(res, form)
  if (form.result.length > 0) flash(res, t('Saved the settings.'))
  else flash(res, t('No changes.'))
  res.redirect(303, paths.settings())
})

settings.get(
  '/test-mail',
  formIsAt(() => paths.settings()),
)

settings.post('/test-mail', async (req, res) => {
  const { to } = await sendTestMail(req.actor)
  flash(res, t('A test e-mail is on its way to {to}. See the result under “Test e-mail”.', { to }))
  res.redirect(303, paths.settings())
})

async function showSettings(res: Response, form: Form) {
  const { actor } = res.req
  const { settings: current, slug, isCurrencyFixed } = await findSettings(actor)
  // A box that was left unticked is not sent at all.
  const typed: Record<string, string> = {
    currency: current.currency,
    ...form.typed,
  }
  const thresholdMoney = moneyOf(actor.reseller, typed.currency)
  page(res, 'resellers/settings', {
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
  })
}
