import { findCustomer } from '../../people/customer.ts'
import { allowed } from '../../people/guards.ts'
import { showLedger } from '../ledger.ts'
import { pages } from '../pages.ts'

pages.get('/customers/:id/ledger', allowed('customers.see'), async (req, res) => {
  await showLedger(res, await findCustomer(req.actor, req.params.id))
})
