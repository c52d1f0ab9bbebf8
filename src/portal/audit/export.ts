import { AuditQuery } from '../../audit/forms.ts'
import { log } from '../../audit/log.ts'
import { matchCustomerForFile } from '../../customers/match.ts'
import { sendFile } from '../../files/send.ts'
import { listFile } from '../../lists/file.ts'
import { allowed } from '../../people/guards.ts'
import { readQuery } from '../../forms/form.ts'
import { withFilterRenamed } from '../audit.ts'
import { pages } from '../pages.ts'

pages.get('/audit/export.csv', allowed('audit.see'), withFilterRenamed, (req, res) =>
  sendFile(req, res, async () => {
    const query = readQuery(AuditQuery, req.query)
    const { customer } = await matchCustomerForFile(req.actor, query.customer)
    return listFile(log, { actor: req.actor, of: { customerId: customer?.id ?? null }, query })
  }),
)
