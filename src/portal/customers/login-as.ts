import type { Response } from 'express'
import { form } from '../../actions/form.ts'
import { blankForm, type Form } from '../../forms/form.ts'
import { BeginLoginAs } from '../../login-as/begin.ts'
import { adminHindrance, LOGIN_AS_NAMES, MODES, permissionFor } from '../../login-as/login-as.ts'
import { maybeLoginAsOf } from '../../login-as/of-customer.ts'
import { paths } from '../../paths.ts'
import { type Actor, may } from '../../people/actor.ts'
import type { CustomerWithTeam } from '../../people/customer.ts'
import { sessionDigest } from '../../people/session-store.ts'
import { page } from '../../web/page.ts'
import { t, type Sentence } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/login-as': {
      customer: CustomerWithTeam
      form: Form
      modes: { mode: 'readonly' | 'admin'; name: Sentence; hindrance: Sentence | null }[]
      loginAs: { mode: Sentence; customer: string } | null
    }
  }
}

form(pages, '/customers/:id/login-as', BeginLoginAs, {
  blank(_customer, { req }) {
    const asked = MODES.find((mode) => mode === req.query.mode)
    return blankForm({ mode: asked ?? 'readonly' })
  },
  show: ask,
  next: (_res, { code }) => ({ to: paths.consoleEnter(code) }),
})

/** The modes that this person may choose; one that this customer does not allow says why. */
async function ask(res: Response, customer: CustomerWithTeam, form: Form) {
  const { actor, sessionID } = res.req
  const loginAs = await maybeLoginAsOf(actor, sessionDigest(sessionID))
  page(res, 'customers/login-as', {
    title: t('Log in as this customer'),
    customer,
    form,
    modes: modesFor(actor, customer),
    loginAs: loginAs && { ...loginAs, mode: LOGIN_AS_NAMES[loginAs.mode] },
  })
}

function modesFor(actor: Actor, customer: CustomerWithTeam) {
  return MODES.filter((mode) => may(actor, permissionFor(mode))).map((mode) => ({
    mode,
    name: LOGIN_AS_NAMES[mode],
    hindrance: mode === 'admin' ? adminHindrance(customer) : null,
  }))
}
