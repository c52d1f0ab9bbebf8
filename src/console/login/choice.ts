import type { Response } from 'express'
import { z } from 'zod'
import { customerLogins } from '../../customers/logins.ts'
import { paths } from '../../paths.ts'
import { knownDevice } from '../../people/device.ts'
import { rememberHalfLogin } from '../../people/half-login.ts'
import { letIn, trustOf } from '../../people/login-pages.ts'
import { logInChosen } from '../../people/login.ts'
import { newSession } from '../../people/sessions.ts'
import { requestFacts } from '../../request-facts.ts'
import { services } from '../../services.ts'
import { type Form, blankForm, hiddenValue, submit } from '../../forms/form.ts'
import { localAddress } from '../../web/local-address.ts'
import { Refusal } from '../../words/refusal.ts'
import { t } from '../../words/words.ts'
import { askForCode, askWhere, showLoginAt } from '../login.ts'
import { open } from '../pages.ts'
import { dropChoice, readChoice } from './offer.ts'

const ChoiceForm = z.object({ reseller: hiddenValue(/^[a-z0-9-]{1,60}$/) })

open.get('/console/login/choice', async (req, res) => {
  if (req.actor) return res.redirect(303, paths.console())
  await showChoice(res, blankForm({ next: localAddress(req.query.next, 'console') }))
})

open.post('/console/login/choice', async (req, res) => {
  if (req.actor) return res.redirect(303, paths.console())
  const candidates = await readChoice(req)
  const session = newSession(req)
  const form = await submit(ChoiceForm, req.body, ({ reseller: slug }) => {
    const chosen = candidates.find(({ reseller }) => reseller.slug === slug)
    if (!chosen) throw new Refusal(422, t('Choose one of the options.'))
    return logInChosen(services(req), customerLogins, chosen, {
      request: requestFacts(req),
      session,
      deviceOf: (account) => knownDevice(req, account),
      trustOf: trustOf(req, customerLogins),
    })
  })
  if (!form.ok) return showChoice(res, form)
  dropChoice(res)
  const { half } = form.result
  const next = localAddress(req.body.next, 'console')
  if (half === null) return letIn(res, { ...form.result.loggedIn, session }, next)
  rememberHalfLogin(res, half)
  const { typedForm } = form.typed
  return askForCode(res, half, { next, ...(typedForm !== undefined && { typedForm }) })
})

/** The question; asked only after a password that fits at each of the resellers. */
async function showChoice(res: Response, form: Form) {
  const candidates = await readChoice(res.req)
  if (candidates.length === 0) {
    const { typed, status } = form
    // A form whose token does not fit is refused, also where there is nothing to choose.
    if (status === 403) return showLoginAt(res, null, { ...form, typed: { next: typed.next ?? '' } })
    return res.redirect(303, paths.consoleLogin({ next: typed.next }))
  }
  askWhere(res, form, candidates)
}
