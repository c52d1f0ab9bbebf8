import { Router } from 'express'
import { pageOrStopped } from '../database/search.ts'
import { maybeResellerLink } from '../invites/invite.ts'
import { inviteAddress, stateOf } from '../invites/token.ts'
import { paths } from '../paths.ts'
import { firstSteps } from '../resellers/first-steps.ts'
import { services } from '../services.ts'
import { may } from '../people/actor.ts'
import { listTags } from '../tags/tag.ts'
import { allowed } from '../people/guards.ts'
import { sendFile } from '../files/send.ts'
import { readListQuery, readQuery } from '../web/form.ts'
import { page } from '../web/page.ts'
import { t } from '../web/words.ts'
import { findCustomerDetails } from './details.ts'
import { exportCustomers } from './export.ts'
import { COUNTED_MAX } from '../database/counted.ts'
import { CustomerQuery, hasCustomers, listCustomers, maybeCountCustomers } from './list.ts'
import { unreachedAmong } from './unreached.ts'

/** Customer Management: the list, and one customer's details. */
export const customers = Router()

customers.get('/', allowed('customers.see'), async (req, res) => {
  const { actor } = req
  const { query, ignored } = readListQuery(CustomerQuery, req.query)
  const own = may(actor, 'customers.edit') ? await maybeResellerLink(actor) : null
  const { rows, before, after, stopped } = await pageOrStopped(listCustomers(actor, query))
  const isAll = !before && !after && !stopped
  const count = isAll ? rows.length : await maybeCountCustomers(actor, query)
  const undelivered = await unreachedAmong(actor, rows)
  const none = rows.length === 0 && !before && !stopped && !(await hasCustomers(actor))
  page(res, 'customers/list', {
    title: t('Customers'),
    ignored,
    query,
    customers: rows.map((customer) => ({ ...customer, undelivered: undelivered(customer) })),
    stopped,
    count,
    countedMax: COUNTED_MAX,
    pager: {
      newer: before && paths.customers({ ...query, after: '', before }),
      older: after && paths.customers({ ...query, before: '', after }),
    },
    tags: await listTags(actor),
    none,
    steps:
      none && may(actor, 'reseller.manage')
        ? await firstSteps(actor, { hasMailServer: services(req).config.smtpUrl !== null })
        : null,
    inviteLink:
      own && stateOf(own) === 'open'
        ? { address: inviteAddress(services(req), own), expiresAt: own.expiresAt }
        : null,
  })
})

customers.get('/export.csv', allowed('customers.export'), (req, res) =>
  sendFile(req, res, () => exportCustomers(req.actor, readQuery(CustomerQuery, req.query))),
)

customers.get('/:id', allowed('customers.see'), async (req, res) => {
  const details = await findCustomerDetails(req.actor, req.params.id)
  page(res, 'customers/details', {
    title: t('{name}', { name: details.customer.name || details.customer.email }),
    ...details,
  })
})
