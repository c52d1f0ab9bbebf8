import type { Response } from 'express'
import { asks, form } from '../../actions/form.ts'
import { exampleAmount, filledIn } from '../../ledger/money.ts'
import { availableOf, isOverdrawn } from '../../ledger/overdraft.ts'
import { SetOverdraft } from '../../ledger/set-overdraft.ts'
import { paths } from '../../paths.ts'
import { type CustomerWithTeam, findCustomer } from '../../people/customer.ts'
import { view } from '../../web/flash.ts'
import { type Form, blankForm } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { formatsFor, plainAmount } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/overdraft': {
      customer: CustomerWithTeam
      available: bigint
      form: Form
      example: string
    }
  }
}

asks(pages, '/customers/:id/overdraft', SetOverdraft, (res, customer) =>
  showOverdraft(res, customer, blankForm()),
)

form(pages, '/customers/:id/overdraft', SetOverdraft, {
  show: async (res, { id }, typed) => showOverdraft(res, await findCustomer(res.req.actor, id), typed),
  next: (res, { changed, ...figures }, customer) => {
    const { money } = formatsFor(res.req.actor.reseller)
    const said = {
      email: customer.email,
      overdraft: money(figures.overdraft),
      balance: money(figures.balance),
    }
    const back = paths.customer(customer)
    if (!changed) {
      return { back, say: t('No changes: the overdraft is already {overdraft}.', said), tone: 'attention' }
    }
    const links = [view(back)]
    if (!isOverdrawn(figures))
      return { back, say: t('Set the overdraft for {email} to {overdraft}.', said), links }
    const say = t(
      'Set the overdraft for {email} to {overdraft}. The balance is {balance}, so nothing can be deducted until it is refilled.',
      said,
    )
    return { back, say, tone: 'attention', links }
  },
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
