import { type RequestHandler, type Response, Router } from 'express'
import { z } from 'zod'
import { type CustomerWithTeam, findCustomer } from './customer.ts'
import { paths } from '../paths.ts'
import { services } from '../services.ts'
import { absoluteAddress } from '../web/addresses.ts'
import { flash, view } from '../web/flash.ts'
import { type Form, blankForm, hiddenId, submit } from '../web/form.ts'
import { allowed } from '../people/guards.ts'
import { formIsAt } from '../web/form-address.ts'
import { page } from '../web/page.ts'
import { goBack } from '../web/ways-back.ts'
import { t } from '../web/words.ts'
import {
  CANDIDATE_MINUTES_MAX,
  type Candidate,
  TEMPORARY_HOURS_MAX,
  confirmCandidate,
  generateCandidate,
} from './password-reset.ts'

/** Reset Password: staff generate a password for a customer, look at it once, and confirm it. */
export const passwordReset = Router()

/** `candidate`: which password the page showed; left out, it is the one that waits. */
const ConfirmForm = z.object({ candidate: hiddenId().optional() })

passwordReset.get('/:id/password-reset', allowed('customers.edit'), async (req, res) => {
  show(res, await findCustomer(req.actor, req.params.id), { form: blankForm() })
})

/**
 * The one POST that succeeds with a page instead of 303: the password stands in this answer alone. A redirect would have to carry it
 * in an address, a cookie or a row, and all of those are kept somewhere.
 */
passwordReset.post('/:id/password-reset/candidate', allowed('customers.edit'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const candidate = await generateCandidate(req.actor, customer)
  show(res, customer, { form: blankForm(), candidate })
})

passwordReset.post('/:id/password-reset', allowed('customers.edit'), async (req, res) => {
  const { actor } = req
  const customer = await findCustomer(actor, req.params.id)
  const form = await submit(ConfirmForm, req.body, ({ candidate }) =>
    confirmCandidate(actor, customer, candidate),
  )
  if (!form.ok) return show(res, customer, { form })
  flash(
    res,
    t('The new password of {email} is valid for {hours} hours. It must be changed at the next login.', {
      email: customer.email,
      hours: TEMPORARY_HOURS_MAX,
    }),
    'done',
    { links: [view(paths.customer(customer))] },
  )
  goBack(res, paths.customer(customer))
})

const toReset: RequestHandler = formIsAt((req) => paths.passwordReset({ id: String(req.params.id) }))
passwordReset.get('/:id/password-reset/candidate', toReset)

function show(
  res: Response,
  customer: CustomerWithTeam,
  { form, candidate = null }: { form: Form; candidate?: Candidate | null },
) {
  page(res, 'customers/password-reset', {
    title: t('Reset Password'),
    customer,
    form,
    candidate,
    login: absoluteAddress(services(res.req).config, paths.consoleLoginOf(res.req.actor.reseller.slug)),
    minutesMax: CANDIDATE_MINUTES_MAX,
    hoursMax: TEMPORARY_HOURS_MAX,
  })
}
