import { exportStatement } from '../../../billing/export.ts'
import { exportStatementPdf } from '../../../billing/statement-pdf.ts'
import { readPeriod } from '../../../billing/statement.ts'
import { sendFile } from '../../../files/send.ts'
import { findCustomer } from '../../../people/customer.ts'
import { allowed } from '../../../people/guards.ts'
import { pages } from '../../pages.ts'

pages.get('/customers/:id/billing/statement.csv', allowed('customers.export'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  await sendFile(req, res, () => exportStatement(req.actor, customer, readPeriod(req.query)))
})

pages.get('/customers/:id/billing/statement.pdf', allowed('customers.export'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  await sendFile(req, res, () => exportStatementPdf(req.actor, customer, readPeriod(req.query)))
})
