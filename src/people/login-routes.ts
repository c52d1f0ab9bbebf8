import { Router } from 'express'
import { z } from 'zod'
import { typedPassword } from './password-policy.ts'
import { paths } from '../paths.ts'
import { isSetUp } from '../resellers/setup.ts'
import { services } from '../services.ts'
import { blankForm, email, submit } from '../web/form.ts'
import { formIsAt } from '../web/form-address.ts'
import { localAddress } from '../web/local-address.ts'
import { page } from '../web/page.ts'
import { requestFacts } from '../web/request-facts.ts'
import { t } from '../web/words.ts'
import { dropHint, maybeHintedAccount } from './account-hint.ts'
import { knownDevice, rememberDevice, staffAccount } from './device.ts'
import { adoptSession, endSession, newSession } from './sessions.ts'
import { logOutStaff, signInStaff } from './staff-login.ts'
import { showOwnPlace } from './who-is-in.ts'
import { goOn } from './typed-form.ts'

/** The staff's way in and out. */
export const login = Router()

const LoginForm = z.object({ email: email(), password: typedPassword() })

login.get('/login', async (req, res) => {
  if (req.actor) return showOwnPlace(req, res, paths.customers())
  if (!(await isSetUp(services(req).database))) {
    return page(res, 'resellers/not-set-up', { title: t('Purser is not set up yet') })
  }
  page(res, 'people/login', {
    title: t('Log in'),
    form: blankForm({ next: localAddress(req.query.next, 'portal'), email: maybeHintedAccount(req)?.email }),
  })
})

login.post('/login', async (req, res) => {
  const session = newSession(req)
  const form = await submit(LoginForm, req.body, (values) =>
    signInStaff(services(req), values, {
      session,
      request: requestFacts(req),
      device: knownDevice(req, staffAccount(values.email)),
    }),
  )
  if (!form.ok) return page(res, 'people/login', { title: t('Log in'), form })
  await adoptSession(req, session, form.result)
  rememberDevice(res, staffAccount(form.values.email))
  dropHint(res)
  goOn(req, res, form.result, localAddress(req.body.next, 'portal') || paths.customers())
})

login.get(
  '/logout',
  formIsAt(() => paths.customers()),
)

login.post('/logout', async (req, res) => {
  if (req.actor) await logOutStaff(req.actor, { sessionId: req.sessionID })
  await endSession(req, res)
  res.redirect(303, paths.login())
})
