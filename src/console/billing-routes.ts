import { type Response, Router } from 'express'
import { countryOptions } from '../billing/countries.ts'
import { exportOwnStatement } from '../billing/export.ts'
import { ProfileForm } from '../billing/forms.ts'
import { listOwnStatement } from '../billing/own-statement.ts'
import { profileFacts } from '../billing/profile-facts.ts'
import { looksAfterBilling, maybeProfile, readProfile, saveOwnProfile } from '../billing/profile.ts'
import { exportOwnStatementPdf } from '../billing/statement-pdf.ts'
import { maybeSums } from '../billing/statement-facts.ts'
import { StatementQuery, readPeriod } from '../billing/statement.ts'
import type { CustomerWithTeam } from '../customers/customer.ts'
import { paths } from '../paths.ts'
import { sendFile } from '../files/send.ts'
import { flash } from '../web/flash.ts'
import { type Form, blankForm, readFilter, submit } from '../web/form.ts'
import { page } from '../web/page.ts'
import { goBack } from '../web/ways-back.ts'
import { t } from '../web/words.ts'
import { findOwnCustomer } from './customer.ts'

/** What moved, and to whom the bills go. */
export const billing = Router()

billing.get('/billing', async (req, res) => {
  const { actor } = req
  const customer = await findOwnCustomer(actor)
  const { form, ignored } = readFilter(StatementQuery, req.query)
  const [stored, listed, sums] = await Promise.all([
    maybeProfile(actor.database.prisma, actor.reseller.id, customer.teamId),
    form.ok ? listOwnStatement(actor, form.values) : null,
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
    entries: listed?.rows ?? null,
    sums,
    pager: {
      newer: listed?.before ? place({ before: listed.before }) : null,
      older: listed?.after ? place({ after: listed.after }) : null,
    },
  })
})

billing.get('/billing/statement.csv', async (req, res) => {
  const period = readPeriod(req.query)
  const customer = await findOwnCustomer(req.actor)
  await sendFile(req, res, () => exportOwnStatement(req.actor, customer, period))
})

billing.get('/billing/statement.pdf', async (req, res) => {
  const period = readPeriod(req.query)
  const customer = await findOwnCustomer(req.actor)
  await sendFile(req, res, () => exportOwnStatementPdf(req.actor, customer, period))
})

billing.get('/billing-profile', async (req, res) => {
  const customer = await findOwnCustomer(req.actor)
  const { version, facts } = await readProfile(req.actor, customer.teamId)
  const typed = { ...facts, version: String(version), billingEmail: facts.billingEmail || customer.email }
  await showProfile(res, customer, blankForm(typed))
})

billing.post('/billing-profile', async (req, res) => {
  const customer = await findOwnCustomer(req.actor)
  const form = await submit(ProfileForm, req.body, (values) => saveOwnProfile(req.actor, customer, values))
  if (!form.ok) return showProfile(res, customer, form)
  flash(res, form.result ? t('Billing profile saved.') : t('No changes.'))
  goBack(res, paths.consoleBilling())
})

async function showProfile(res: Response, customer: CustomerWithTeam, form: Form) {
  const { actor } = res.req
  const { locale } = actor.reseller
  page(res, 'console/billing-profile', {
    title: t('Billing profile'),
    customer,
    isTheirs: looksAfterBilling(customer),
    form,
    countries: countryOptions(locale),
  })
}
