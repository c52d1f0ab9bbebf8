import { exportCustomers } from '../../customers/export.ts'
import { CustomerQuery } from '../../customers/list.ts'
import { sendFile } from '../../files/send.ts'
import { allowed } from '../../people/guards.ts'
import { readQuery } from '../../forms/form.ts'
import { pages } from '../pages.ts'

pages.get('/customers/export.csv', allowed('customers.export'), (req, res) =>
  sendFile(req, res, () => exportCustomers(req.actor, readQuery(CustomerQuery, req.query))),
)
