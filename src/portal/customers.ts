import { form } from '../actions/form.ts'
import { CreateCustomer } from '../customers/create.ts'
import { EditCustomer } from '../customers/edit.ts'
import { CustomerQuery, customers, hasCustomers, type ListedCustomer } from '../customers/list.ts'
import { type Shown, showListWith } from '../lists/shown.ts'
import { maybeOpenResellerLink } from '../invites/invite.ts'
import { inviteAddress } from '../invites/token.ts'
import { paths } from '../paths.ts'
import { may } from '../people/actor.ts'
import { allowed } from '../people/guards.ts'
import { firstSteps, type FirstStep } from '../resellers/first-steps.ts'
import { services } from '../services.ts'
import { listTags } from '../tags/tag.ts'
import { view } from '../web/flash.ts'
import { readListQuery } from '../forms/form.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import { findCustomerDetails } from './customers/details.ts'
import { showEdit } from './customers/edit.ts'
import { showNewCustomer } from './customers/new.ts'
import { pages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'customers/list': Omit<Shown<never>, 'rows'> & {
      query: CustomerQuery
      customers: ListedCustomer[]
      tags: Awaited<ReturnType<typeof listTags>>
      none: boolean
      steps: FirstStep[] | null
      inviteLink: { address: string; expiresAt: Date } | null
    }
    'customers/details': Awaited<ReturnType<typeof findCustomerDetails>>
  }
}

pages.get('/customers', allowed('customers.see'), async (req, res) => {
  const { actor } = req
  const { query, ignored } = readListQuery(CustomerQuery, req.query)
  const address = (place: object) => paths.customers({ ...query, after: '', before: '', ...place })
  const { rows, beside, ...listed } = await showListWith(customers, { actor, of: null, query }, address, () =>
    Promise.all([listTags(actor), may(actor, 'customers.edit') ? maybeOpenResellerLink(actor) : null]),
  )
  const [tags, link] = beside
  const none = rows.length === 0 && !listed.lookedTo && !(await hasCustomers(actor))
  page(res, 'customers/list', {
    title: t('Customers'),
    ignored,
    query,
    customers: rows,
    ...listed,
    tags,
    none,
    steps:
      none && may(actor, 'reseller.manage')
        ? await firstSteps(actor, { hasMailServer: services(req).config.smtpUrl !== null })
        : null,
    inviteLink: link && { address: inviteAddress(services(req), link), expiresAt: link.expiresAt },
  })
})

form(pages, '/customers', CreateCustomer, {
  show: (res, _none, form) => showNewCustomer(res, form),
  next: (_res, { fresh, customer, teamOfThatName, creditsWait }) => {
    const { email } = customer
    const to = paths.customer(customer)
    if (!fresh)
      return {
        to,
        say: t('This form has already created {email}. No second customer was created.', { email }),
        tone: 'attention',
      }
    if (creditsWait)
      return {
        to,
        say: t(
          'Created {email}. A link to set a password is on its way. The opening credits are waiting for approval.',
          { email },
        ),
        tone: 'attention',
        links: [view(paths.approvals({ customer: customer.id }))],
      }
    if (teamOfThatName !== null)
      return {
        to,
        say: t(
          'Created {email} in a new team. Another team is also called {team}; if you meant that one, move the customer there.',
          { email, team: teamOfThatName },
        ),
        tone: 'attention',
      }
    return { to, say: t('Created {email}. A link to set a password is on its way.', { email }) }
  },
})

pages.get('/customers/:id', allowed('customers.see'), async (req, res) => {
  const details = await findCustomerDetails(req.actor, req.params.id)
  page(res, 'customers/details', {
    title: t('{name}', { name: details.customer.name || details.customer.email }),
    ...details,
  })
})

form(pages, '/customers/:id', EditCustomer, {
  show: showEdit,
  next: (_res, changed, customer, { email }) => {
    const back = paths.customer(customer)
    const links = [view(back)]
    if (changed.length === 0) return { back, say: t('No changes.') }
    if (changed.includes('email'))
      return {
        back,
        say: t('Saved. We sent a link to {email} to verify the address.', { email }),
        tone: 'attention',
        links,
      }
    return { back, say: t('Saved the basic information for {email}.', { email }), links }
  },
})
