import { profileFacts } from '../billing/profile-facts.ts'
import { looksAfterBilling, maybeProfile } from '../billing/profile.ts'
import { maybeSums, type AccountSums } from '../billing/statement-facts.ts'
import { type OwnEntry, StatementQuery, statement, toOwn } from '../billing/statement.ts'
import { readFilter, type Form } from '../forms/form.ts'
import { readPage } from '../lists/page.ts'
import { pagerOf } from '../lists/shown.ts'
import { paths } from '../paths.ts'
import { findOwnCustomer, type CustomerWithTeam } from '../people/customer.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import { pages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'console/billing': {
      customer: CustomerWithTeam
      profile: ReturnType<typeof profileFacts> | null
      isTheirs: boolean
      form: Form
      entries: OwnEntry[] | null
      sums: AccountSums[] | null
      pager: Pager
    }
  }
}

pages.get('/console/billing', async (req, res) => {
  const { actor } = req
  const customer = await findOwnCustomer(actor)
  const { form, ignored } = readFilter(StatementQuery, req.query)
  const [stored, listed, sums] = await Promise.all([
    maybeProfile(actor.database.prisma, actor.reseller.id, customer.teamId),
    form.ok ? readPage(statement, { actor, of: customer, query: form.values }) : null,
    form.ok ? maybeSums(actor, customer, form.values) : null,
  ])
  const { from, to } = form.typed
  const place = (cursor: { after?: string; before?: string }) => paths.consoleBilling({ from, to, ...cursor })
  page(res, 'console/billing', {
    title: t('Billing'),
    customer,
    profile: stored && profileFacts(stored, actor.reseller.locale),
    isTheirs: looksAfterBilling(customer),
    form,
    ignored,
    entries: listed?.rows.map(toOwn) ?? null,
    sums,
    pager: listed && form.ok ? pagerOf(listed, form.values, place) : { newer: null, older: null },
  })
})
