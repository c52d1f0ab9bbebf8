import { Router } from 'express'
import { findCustomer } from '../customers/customer.ts'
import { paths } from '../paths.ts'
import { staffNames } from '../staff/names.ts'
import { maybeWhyDefault } from '../teams/why-default.ts'
import { sendFile } from '../files/send.ts'
import { readFilter } from '../web/form.ts'
import { allowed } from '../people/guards.ts'
import { page } from '../web/page.ts'
import { t } from '../web/words.ts'
import { exportStatement } from './export.ts'
import { lastTwelveMonths } from './months.ts'
import { maybeProfileFacts } from './profile-facts.ts'
import { exportStatementPdf } from './statement-pdf.ts'
import { maybeSums } from './statement-facts.ts'
import { StatementQuery, listStatement, readPeriod } from './statement.ts'

/** Billing Details: the profile, the statement as a page and as a file, twelve months. */
export const statement = Router()

statement.get('/:id/billing', allowed('customers.see'), async (req, res) => {
  const { actor } = req
  const { team, ...customer } = await findCustomer(actor, req.params.id)
  const { form, ignored } = readFilter(StatementQuery, req.query)
  const [names, profile, why, months, listed, sums] = await Promise.all([
    staffNames(actor),
    maybeProfileFacts(actor, team),
    maybeWhyDefault(actor, team),
    lastTwelveMonths(actor, customer),
    form.ok ? listStatement(actor, customer, form.values) : null,
    form.ok ? maybeSums(actor, customer, form.values) : null,
  ])
  const { from, to } = form.typed
  // The statement stands below the profile, and whoever pages through it wants to stay there.
  const place = (cursor: { after?: string; before?: string }) =>
    `${paths.billing(customer, { from, to, ...cursor })}#statement-heading`
  page(res, 'billing/statement', {
    title: t('Billing Details'),
    customer: { ...customer, teamName: team.name, teamType: team.type },
    staffNames: names,
    profile,
    why,
    months,
    form,
    ignored,
    entries: listed?.rows ?? null,
    sums,
    pager: {
      newer: listed?.before ? place({ before: listed.before }) : null,
      older: listed?.after ? place({ after: listed.after }) : null,
    },
  })
})

statement.get('/:id/billing/statement.csv', allowed('customers.export'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  await sendFile(req, res, () => exportStatement(req.actor, customer, readPeriod(req.query)))
})

statement.get('/:id/billing/statement.pdf', allowed('customers.export'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  await sendFile(req, res, () => exportStatementPdf(req.actor, customer, readPeriod(req.query)))
})
