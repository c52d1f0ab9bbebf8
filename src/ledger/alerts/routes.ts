import { type Response, Router } from 'express'
import { type CustomerWithTeam, findCustomer } from '../../customers/customer.ts'
import { mailsAbout } from '../../mail/outcome.ts'
import { paths } from '../../paths.ts'
import { flash, view } from '../../web/flash.ts'
import { type Form, blankForm, submit } from '../../web/form.ts'
import { plainAmount } from '../../web/format.ts'
import { allowed } from '../../people/guards.ts'
import { page } from '../../web/page.ts'
import { goBack } from '../../web/ways-back.ts'
import { t } from '../../web/words.ts'
import { exampleAmount, filledIn } from '../money.ts'
import { AlertsForm } from './forms.ts'
import { findAlertSettings, maybeLatestAlert, setThreshold } from './threshold.ts'

/** Below which balance of one customer mails go out. */
export const alerts = Router()

alerts.get('/:id/alerts', allowed('money.overdraft'), async (req, res) => {
  await showAlerts(res, await findCustomer(req.actor, req.params.id), blankForm())
})

alerts.post('/:id/alerts', allowed('money.overdraft'), async (req, res) => {
  const { actor } = req
  const customer = await findCustomer(actor, req.params.id)
  const form = await submit(AlertsForm(actor.reseller), req.body, (values) =>
    setThreshold(actor, customer, values),
  )
  if (!form.ok) return showAlerts(res, await findCustomer(actor, customer.id), form)
  const said = { email: customer.email }
  const links = [view(paths.customer(customer))]
  if (form.result) flash(res, t('Saved the low-balance alert for {email}.', said), 'done', { links })
  else flash(res, t('No changes.'))
  goBack(res, paths.customer(customer))
})

/** `seen` is always what this page shows, so that a second sending has seen it. */
async function showAlerts(res: Response, customer: CustomerWithTeam, form: Form) {
  const { actor } = res.req
  const { lowBalanceThreshold: own } = customer
  const seen = own === null ? '' : plainAmount(own, actor.reseller.currencyScale)
  const general = await findAlertSettings(actor)
  const latest = await maybeLatestAlert(actor, customer)
  page(res, 'customers/alerts', {
    title: t('Low-balance alert'),
    customer,
    general,
    latest,
    told: latest ? await mailsAbout(actor, { id: latest.postingId }) : [],
    form: { ...form, typed: { ...filledIn({ threshold: seen }), ...form.typed, seen } },
    example: exampleAmount(actor.reseller),
  })
}
