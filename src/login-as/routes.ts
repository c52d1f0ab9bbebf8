import { type RequestHandler, type Response, Router } from 'express'
import { type CustomerWithTeam, findCustomer } from '../people/customer.ts'
import { paths } from '../paths.ts'
import { type Actor, may, mustBeAllowed } from '../people/actor.ts'
import { sessionDigest } from '../people/session-store.ts'
import { type Form, blankForm, submit } from '../web/form.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import { LoginAsForm } from './forms.ts'
import { adminHindrance, beginLoginAs } from './login-as.ts'
import { MODES, permissionFor } from './modes.ts'
import { LOGIN_AS_NAMES } from './names.ts'
import { maybeStayOf } from './visits.ts'

/** Admin Login and ReadOnly Login, as staff ask for them in the portal. */
export const loginAs = Router()

/** Keeps away who may enter in neither mode; which of the two it may be is for the rule to say. */
const inEitherMode: RequestHandler<{ id: string }> = (req, _res, next) => {
  if (!MODES.some((mode) => may(req.actor, permissionFor(mode)))) {
    mustBeAllowed(req.actor, permissionFor('readonly'))
  }
  next()
}

loginAs.get('/:id/login-as', inEitherMode, async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const asked = MODES.find((mode) => mode === req.query.mode)
  await ask(res, customer, blankForm({ mode: asked ?? 'readonly' }))
})

loginAs.post('/:id/login-as', inEitherMode, async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const form = await submit(LoginAsForm, req.body, (values) =>
    beginLoginAs(req.actor, customer, {
      ...values,
      portalSession: sessionDigest(req.sessionID),
    }),
  )
  if (!form.ok) return ask(res, customer, form)
  res.redirect(303, paths.consoleEnter(form.result.code))
})

/** The modes that this person may choose; one that this customer does not allow says why. */
async function ask(res: Response, customer: CustomerWithTeam, form: Form) {
  const { actor, sessionID } = res.req
  const stay = await maybeStayOf(actor, sessionDigest(sessionID))
  page(res, 'login-as/start', {
    title: t('Log in as this customer'),
    customer,
    form,
    modes: modesFor(actor, customer),
    stay: stay && { ...stay, mode: LOGIN_AS_NAMES[stay.mode] },
  })
}

function modesFor(actor: Actor, customer: CustomerWithTeam) {
  return MODES.filter((mode) => may(actor, permissionFor(mode))).map((mode) => ({
    mode,
    name: LOGIN_AS_NAMES[mode],
    hindrance: mode === 'admin' ? adminHindrance(customer) : null,
  }))
}
