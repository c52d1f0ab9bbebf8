import { findCustomer } from '../../../people/customer.ts'
import { allowed } from '../../../people/guards.ts'
import { sendLedger } from '../../ledger/export.ts'
import { pages } from '../../pages.ts'

pages.get('/customers/:id/ledger/export.csv', allowed('customers.export'), async (req, res) => {
  await sendLedger(res, await findCustomer(req.actor, req.params.id))
})
