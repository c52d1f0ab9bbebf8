import { exportStatement } from '../../billing/export.ts'
import { exportStatementPdf } from '../../billing/statement-pdf.ts'
import { readPeriod } from '../../billing/statement.ts'
import { sendFile } from '../../files/send.ts'
import { findOwnCustomer } from '../../people/customer.ts'
import { pages } from '../pages.ts'

pages.get('/console/billing/statement.csv', async (req, res) => {
  const period = readPeriod(req.query)
  const customer = await findOwnCustomer(req.actor)
  await sendFile(req, res, () => exportStatement(req.actor, customer, period))
})

pages.get('/console/billing/statement.pdf', async (req, res) => {
  const period = readPeriod(req.query)
  const customer = await findOwnCustomer(req.actor)
  await sendFile(req, res, () => exportStatementPdf(req.actor, customer, period))
})
