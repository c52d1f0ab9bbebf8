import { lastTwelveMonths, type Month } from '../../billing/months.ts'
import { maybeProfileFacts } from '../../billing/profile-facts.ts'
import { maybeSums, type AccountSums } from '../../billing/statement-facts.ts'
import { StatementQuery, statement } from '../../billing/statement.ts'
import { readPage } from '../../lists/page.ts'
import { pagerOf } from '../../lists/shown.ts'
import { paths } from '../../paths.ts'
import { type CustomerAsRead, findCustomer } from '../../people/customer.ts'
import { allowed } from '../../people/guards.ts'
import { staffNames } from '../../staff/names.ts'
import { maybeWhyDefault, type WhyDefault } from '../../teams/why-default.ts'
import { readFilter, type Form } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import type { TeamType } from '../../generated/prisma/enums.ts'
import type { LedgerEntry } from '../../ledger/entry.ts'
import { withReversals } from '../../ledger/reverse.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/billing': {
      customer: CustomerAsRead & { teamName: string; teamType: TeamType }
      staffNames: Readonly<Record<string, string>>
      profile: Awaited<ReturnType<typeof maybeProfileFacts>>
      why: WhyDefault | null
      months: Month[]
      form: Form
      entries: (LedgerEntry & { canReverse: boolean })[] | null
      sums: AccountSums[] | null
      pager: Pager
    }
  }
}

pages.get('/customers/:id/billing', allowed('customers.see'), async (req, res) => {
  const { actor } = req
  const { team, ...customer } = await findCustomer(actor, req.params.id)
  const { form, ignored } = readFilter(StatementQuery, req.query)
  const [names, profile, why, months, listed, sums] = await Promise.all([
    staffNames(actor),
    maybeProfileFacts(actor, team),
    maybeWhyDefault(actor, team),
    lastTwelveMonths(actor, customer),
    form.ok ? readPage(statement, { actor, of: customer, query: form.values }) : null,
    form.ok ? maybeSums(actor, customer, form.values) : null,
  ])
  const { from, to } = form.typed
  // The statement is below the profile: paging through it stays there.
  const place = (cursor: { after?: string; before?: string }) =>
    `${paths.billing(customer, { from, to, ...cursor })}#statement-heading`
  page(res, 'customers/billing', {
    title: t('Billing Details'),
    customer: { ...customer, teamName: team.name, teamType: team.type },
    staffNames: names,
    profile,
    why,
    months,
    form,
    ignored,
    entries: listed && withReversals(actor, listed.rows),
    sums,
    pager: listed && form.ok ? pagerOf(listed, form.values, place) : { newer: null, older: null },
  })
})
