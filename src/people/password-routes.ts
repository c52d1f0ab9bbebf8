import { type Request, type Response, Router } from 'express'
import { paths } from '../paths.ts'
import { services } from '../services.ts'
import { hintAccount } from './account-hint.ts'
import { accountOf, rememberDevice } from './device.ts'
import { adoptSession, newSession } from './sessions.ts'
import { flash } from '../web/flash.ts'
import { type Form, blankForm, submit } from '../web/form.ts'
import { dressForCustomers, speakFor } from '../web/locals.ts'
import { page } from '../web/page.ts'
import { requestFacts } from '../web/request-facts.ts'
import { t } from '../web/words.ts'
import { askForLink } from './forgotten-password.ts'
import { ForgottenPasswordForm, OwnPasswordForm, SetPasswordForm } from './password-forms.ts'
import { changeOwnPassword } from './own-password.ts'
import { PASSWORD_MIN } from './password-policy.ts'
import { type DeadLink, type PasswordLink, findPasswordLink, setPasswordByLink } from './set-password.ts'

/** For people who cannot log in: a forgotten password, and the one-time links to set one. */
export const passwordLinks = Router()

passwordLinks.get('/forgotten-password', (_req, res) => {
  page(res, 'people/forgotten-password', { title: t('Forgot password'), form: blankForm() })
})

passwordLinks.post('/forgotten-password', async (req, res) => {
  const form = await submit(ForgottenPasswordForm, req.body, ({ email }) =>
    askForLink(services(req), 'staff', { email, request: requestFacts(req), resellerId: null }),
  )
  if (!form.ok) return page(res, 'people/forgotten-password', { title: t('Forgot password'), form })
  flash(res, t('If {email} is registered here, a link is on its way. It expires in 30 minutes.', form.values))
  res.redirect(303, paths.login())
})

passwordLinks.get('/set-password/:token', async (req, res) => {
  const { found, dead } = await findPasswordLink(services(req), req.params.token, requestFacts(req))
  if (!found) return showDeadLink(res, dead)
  showSetPassword(req, res, found, blankForm())
})

passwordLinks.post('/set-password/:token', async (req, res) => {
  const { token } = req.params
  const { found, dead } = await findPasswordLink(services(req), token, requestFacts(req))
  if (!found) return showDeadLink(res, dead)
  const form = await submit(SetPasswordForm, req.body, ({ password }) =>
    setPasswordByLink(services(req), found, password),
  )
  if (!form.ok && form.status === 409) {
    const since = await findPasswordLink(services(req), token, requestFacts(req))
    return showDeadLink(res, since.dead ?? { ...found, fate: 'used', kind: found.person.kind })
  }
  if (!form.ok) return showSetPassword(req, res, found, form)
  const { person, reseller } = found
  const isCustomer = person.kind === 'customer'
  // The link has proved who this is, as a login would: failures elsewhere cannot keep this browser out.
  const account = { resellerId: reseller.id, email: person.name }
  rememberDevice(res, accountOf(person.kind, account))
  hintAccount(res, account, isCustomer ? 'console' : 'portal')
  flash(res, t('Your password is set. You can now log in.'), 'done', {
    place: isCustomer ? 'console' : 'portal',
  })
  res.redirect(303, isCustomer ? paths.consoleLoginOf(reseller.slug) : paths.login())
})

function showSetPassword(req: Request, res: Response, { person, reseller }: PasswordLink, form: Form) {
  speakFor(res, reseller)
  if (person.kind === 'customer') dressForCustomers(res)
  page(res, 'people/set-password', {
    title: t('Set your password'),
    form,
    email: person.name,
    action: paths.setPassword(String(req.params.token)),
    passwordMin: PASSWORD_MIN,
  })
}

/** 410 for a link that was good once, 404 for what never was one. */
function showDeadLink(res: Response, { fate, reseller, kind }: DeadLink) {
  if (reseller) speakFor(res, reseller)
  if (kind === 'customer') dressForCustomers(res)
  res.status(fate === 'unknown' ? 404 : 410)
  page(res, 'people/dead-link', { title: t('This link does not work'), fate, kind, reseller })
}

/** For staff who are logged in: their own password. */
export const ownPassword = Router()

ownPassword.get('/password', (_req, res) => {
  showOwnPassword(res, blankForm())
})

ownPassword.post('/password', async (req, res) => {
  const session = newSession(req)
  const form = await submit(OwnPasswordForm, req.body, (values) =>
    changeOwnPassword(req.actor, values, { keys: services(req).keys, session }),
  )
  if (!form.ok) return showOwnPassword(res, form)
  await adoptSession(req, session, form.result)
  flash(res, t('Password changed. All other browsers have been logged out.'))
  res.redirect(303, paths.customers())
})

function showOwnPassword(res: Response, form: Form) {
  page(res, 'people/own-password', { title: t('Change your password'), form, passwordMin: PASSWORD_MIN })
}
