import { type Response, Router } from 'express'
import { type CustomerWithTeam, findCustomer } from '../customers/customer.ts'
import { paths } from '../paths.ts'
import { flash, view } from '../web/flash.ts'
import { type Form, blankForm, submit } from '../web/form.ts'
import { formatsFor, plainAmount } from '../web/format.ts'
import { allowed } from '../people/guards.ts'
import { page } from '../web/page.ts'
import { goBack } from '../web/ways-back.ts'
import { t } from '../web/words.ts'
import { OverdraftForm } from './forms.ts'
import { exampleAmount, filledIn } from './money.ts'
import { availableOf, isOverdrawn, setOverdraft } from './overdraft.ts'

/** How far below zero a customer's balance may go. */
export const overdraft = Router()

overdraft.get('/:id/overdraft', allowed('money.overdraft'), async (req, res) => {
  showOverdraft(res, await findCustomer(req.actor, req.params.id), blankForm())
})

overdraft.post('/:id/overdraft', allowed('money.overdraft'), async (req, res) => {
  const { actor } = req
  const customer = await findCustomer(actor, req.params.id)
  const form = await submit(OverdraftForm(actor.reseller), req.body, (values) =>
    setOverdraft(actor, customer, values),
  )
  if (!form.ok) return showOverdraft(res, await findCustomer(actor, customer.id), form)
  const { money } = formatsFor(actor.reseller)
  const { changed, ...figures } = form.result
  const said = { email: customer.email, overdraft: money(figures.overdraft), balance: money(figures.balance) }
  const links = [view(paths.customer(customer))]
  if (!changed) flash(res, t('No changes: the overdraft is already {overdraft}.', said), 'attention')
  else if (isOverdrawn(figures))
    flash(
      res,
      t(
        'Set the overdraft for {email} to {overdraft}. The balance is {balance}, so nothing can be deducted until it is refilled.',
        said,
      ),
      'attention',
      { links },
    )
  else flash(res, t('Set the overdraft for {email} to {overdraft}.', said), 'done', { links })
  goBack(res, paths.customer(customer))
})

/** `seen` is always what this page shows, so that a second sending has seen it. */
function showOverdraft(res: Response, customer: CustomerWithTeam, form: Form) {
  const { currencyScale } = res.req.actor.reseller
  const seen = plainAmount(customer.overdraft, currencyScale)
  page(res, 'customers/overdraft', {
    title: t('Overdraft'),
    customer,
    available: availableOf(customer),
    form: { ...form, typed: { ...filledIn({ overdraft: seen }), ...form.typed, seen } },
    example: exampleAmount(res.req.actor.reseller),
  })
}
