import { findCustomer } from '../../customers/customer.ts'
import { allowed } from '../../people/guards.ts'
import { blankForm } from '../../web/form.ts'
import { pages } from '../pages.ts'
import { showReinstatement } from './reinstatement.ts'
import { showSuspension } from './suspension.ts'

pages.get('/customers/:id/state', allowed('customers.edit'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const show = customer.state === 'ON' ? showSuspension : showReinstatement
  show(res, customer, blankForm())
})
