import type { Response } from 'express'
import { paths } from '../paths.ts'
import { accountOf, rememberDevice } from '../people/device.ts'
import { PASSWORD_MIN } from '../people/password-policy.ts'
import { adoptSession, newSession } from '../people/sessions.ts'
import { requestFacts } from '../request-facts.ts'
import { currencyOptions, guessLocale, localeOptions, timeZoneOptions } from '../resellers/choices.ts'
import { SetupForm } from '../resellers/forms.ts'
import { mustHaveSetupToken, setUpPurser } from '../resellers/setup.ts'
import { services } from '../services.ts'
import { flash } from '../web/flash.ts'
import { type Form, blankForm, submit } from '../forms/form.ts'
import { page } from '../web/page.ts'
import { DONE_ALREADY, Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { open } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    setup: {
      form: Form
      currencies: readonly Option[]
      timeZones: readonly Option[]
      locales: readonly Option[]
      passwordMin: number
    }
  }
}

// Plain handlers: the token comes before the form, and the answer logs the Owner in.

open.get('/setup', async (req, res) => {
  const token = typeof req.query.token === 'string' ? req.query.token : ''
  await mustHaveSetupToken(services(req), token, req.ip)
  showSetup(res, blankForm({ token, timeZone: 'UTC', locale: guessLocale(req.get('Accept-Language')) }))
})

open.post('/setup', async (req, res) => {
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
  page(res, 'setup', {
    title: t('Set up Purser'),
    form,
    currencies: currencyOptions(res.locals.language, form.typed.currency),
    timeZones: timeZoneOptions(form.typed.timeZone),
    locales: localeOptions(res.locals.language, form.typed.locale),
    passwordMin: PASSWORD_MIN,
  })
}
