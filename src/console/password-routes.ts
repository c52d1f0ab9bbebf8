import { type Request, type Response, Router } from 'express'
import { askForLink } from '../people/forgotten-password.ts'
import { ForgottenPasswordForm, OwnPasswordForm } from '../people/password-forms.ts'
import { changeOwnPassword } from '../people/own-password.ts'
import { PASSWORD_MIN } from '../people/password-policy.ts'
import { paths } from '../paths.ts'
import { type ResellerFace, maybeOnlyReseller, maybeResellerBySlug } from '../resellers/reseller.ts'
import { services } from '../services.ts'
import { adoptSession, newSession } from '../people/sessions.ts'
import { flash } from '../web/flash.ts'
import { type Form, blankForm, submit } from '../web/form.ts'
import { speakFor } from '../web/locals.ts'
import { page } from '../web/page.ts'
import { requestFacts } from '../web/request-facts.ts'
import { t } from '../web/words.ts'
import { nobodyStandingIn, themselfOnly } from './guards.ts'

/** For customers who forgot their password. */
export const forgotten = Router()

forgotten.get('/forgotten-password', nobodyStandingIn, async (req, res) => {
  await showForgotten(res, await resellerAtDoor(req, req.query.reseller), blankForm())
})

forgotten.post('/forgotten-password', nobodyStandingIn, async (req, res) => {
  const reseller = await resellerAtDoor(req, req.body.reseller)
  const form = await submit(ForgottenPasswordForm, req.body, ({ email }) =>
    askForLink(services(req), 'customer', {
      email,
      request: requestFacts(req),
      resellerId: reseller?.id ?? null,
    }),
  )
  if (!form.ok) return showForgotten(res, reseller, form)
  flash(res, t('If {email} is registered here, a link is on its way. It expires in 30 minutes.', form.values))
  res.redirect(303, reseller ? paths.consoleLoginOf(reseller.slug) : paths.consoleLogin())
})

/** The reseller at whose door it is asked; none is as good as one that there is not: the mails go by the address alone. */
const resellerAtDoor = (req: Request, slug: unknown) => maybeResellerBySlug(services(req).database, slug)

async function showForgotten(res: Response, reseller: ResellerFace | null, form: Form) {
  const voice = reseller ?? (await maybeOnlyReseller(services(res.req).database))
  if (voice) speakFor(res, voice)
  page(res, 'console/forgotten', {
    title: t('Forgot password'),
    form,
    slug: reseller?.slug ?? '',
    login: reseller ? paths.consoleLoginOf(reseller.slug) : paths.consoleLogin(),
  })
}

/** For customers who are logged in: their own password. */
export const password = Router()

password.get('/password', (_req, res) => showPassword(res, blankForm()))

password.post('/password', themselfOnly, async (req, res) => {
  const session = newSession(req)
  const form = await submit(OwnPasswordForm, req.body, (values) =>
    changeOwnPassword(req.actor, values, { keys: services(req).keys, session }),
  )
  if (!form.ok) return showPassword(res, form)
  await adoptSession(req, session, form.result)
  flash(res, t('Password changed. All other browsers have been logged out.'))
  res.redirect(303, res.locals.mustChangePassword === true ? paths.console() : paths.consoleSecurity())
})

function showPassword(res: Response, form: Form) {
  const isTemporary = res.locals.mustChangePassword === true
  page(res, 'console/password', {
    title: isTemporary ? t('Choose your own password') : t('Change your password'),
    form,
    isTemporary,
    passwordMin: PASSWORD_MIN,
  })
}
