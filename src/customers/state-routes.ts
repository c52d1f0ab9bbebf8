import { type Response, Router } from 'express'
import { paths } from '../paths.ts'
import { flash } from '../web/flash.ts'
import { type Form, blankForm, submit } from '../web/form.ts'
import { allowed } from '../people/guards.ts'
import { formIsAt } from '../web/form-address.ts'
import { page } from '../web/page.ts'
import { goBack } from '../web/ways-back.ts'
import { t } from '../web/words.ts'
import { type CustomerWithTeam, findCustomer } from './customer.ts'
import { ReinstatementForm, SuspensionForm } from './forms.ts'
import { reinstateCustomer, suspendCustomer } from './suspend.ts'

/** ON and OFF. */
export const state = Router()

state.get('/:id/state', allowed('customers.edit'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  if (customer.state === 'ON') showSuspension(res, customer, blankForm())
  else showReinstatement(res, customer, blankForm())
})

state.post('/:id/suspension', allowed('customers.edit'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const form = await submit(SuspensionForm, req.body, (values) =>
    suspendCustomer(req.actor, customer, values),
  )
  if (!form.ok) return showSuspension(res, customer, form)
  flash(res, t('{email} can no longer log in.', { email: customer.email }))
  goBack(res, paths.customer(customer))
})

state.post('/:id/reinstatement', allowed('customers.edit'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const form = await submit(ReinstatementForm, req.body, (values) =>
    reinstateCustomer(req.actor, customer, values),
  )
  if (!form.ok) return showReinstatement(res, customer, form)
  flash(res, t('{email} can log in again.', { email: customer.email }))
  goBack(res, paths.customer(customer))
})

const toState = formIsAt((req) => paths.customerState({ id: String(req.params.id) }))
state.get('/:id/suspension', toState)
state.get('/:id/reinstatement', toState)

function showSuspension(res: Response, customer: CustomerWithTeam, form: Form) {
  page(res, 'customers/suspension', { title: t('Turn off'), customer, form })
}

function showReinstatement(res: Response, customer: CustomerWithTeam, form: Form) {
  page(res, 'customers/reinstatement', { title: t('Turn on'), customer, form })
}
