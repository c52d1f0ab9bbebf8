import { CustomerQuery, customers } from '../../customers/list.ts'
import { sendFile } from '../../files/send.ts'
import { listFile } from '../../lists/file.ts'
import { allowed } from '../../people/guards.ts'
import { readQuery } from '../../forms/form.ts'
import { pages } from '../pages.ts'

pages.get('/customers/export.csv', allowed('customers.export'), (req, res) =>
  sendFile(req, res, () =>
    listFile(customers, { actor: req.actor, of: null, query: readQuery(CustomerQuery, req.query) }),
  ),
)
