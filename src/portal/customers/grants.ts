import { CursorQuery } from '../../forms/cursor-query.ts'
import { readPage } from '../../lists/page.ts'
import { pagerOf } from '../../lists/shown.ts'
import {
  CATEGORY_NAMES,
  findGrant,
  grantMovements,
  grants,
  listOpenGrants,
  type CreditGrant,
  type GrantMovement,
} from '../../ledger/grants/grants.ts'
import { paths } from '../../paths.ts'
import { findCustomer, type CustomerWithTeam } from '../../people/customer.ts'
import { allowed } from '../../people/guards.ts'
import { staffNames } from '../../staff/names.ts'
import { readListQuery } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { t, type Sentence } from '../../words/words.ts'
import type { CreditCategory } from '../../generated/prisma/enums.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/grants/list': {
      customer: CustomerWithTeam
      staffNames: Readonly<Record<string, string>>
      open: CreditGrant[] | null
      grants: CreditGrant[]
      categories: Readonly<Record<CreditCategory, Sentence>>
      pager: Pager
    }
    'customers/grants/grant': {
      customer: CustomerWithTeam
      staffNames: Readonly<Record<string, string>>
      grant: CreditGrant
      categories: Readonly<Record<CreditCategory, Sentence>>
      movements: GrantMovement[]
      pager: Pager
    }
  }
}

/** What can still be spent is shown as far as this. */
const OPEN_SHOWN_MAX = 50

pages.get('/customers/:id/grants', allowed('customers.see'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const { query, ignored } = readListQuery(CursorQuery, req.query)
  const isFirst = !query.after && !query.before
  const [open, listed] = await Promise.all([
    isFirst ? listOpenGrants(req.actor, customer, { limit: OPEN_SHOWN_MAX }) : null,
    readPage(grants, { actor: req.actor, of: customer, query }),
  ])
  page(res, 'customers/grants/list', {
    title: t('Billing Details'),
    customer,
    ignored,
    staffNames: await staffNames(req.actor),
    open,
    grants: listed.rows,
    categories: CATEGORY_NAMES,
    pager: pagerOf(listed, query, (place) => paths.grants(customer, place)),
  })
})

pages.get('/customers/:id/grants/:grantId', allowed('customers.see'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const grant = await findGrant(req.actor, customer, req.params.grantId)
  const { query, ignored } = readListQuery(CursorQuery, req.query)
  const listed = await readPage(grantMovements, { actor: req.actor, of: grant, query })
  page(res, 'customers/grants/grant', {
    title: t('Credit grant'),
    customer,
    ignored,
    staffNames: await staffNames(req.actor),
    grant,
    categories: CATEGORY_NAMES,
    movements: listed.rows,
    pager: pagerOf(listed, query, (place) => paths.grant(customer, grant, place)),
  })
})
