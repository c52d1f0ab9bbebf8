import type { Response } from 'express'
import { asks, form } from '../../actions/form.ts'
import {
  SetAlertThreshold,
  findAlertSettings,
  isLeftOut,
  maybeLatestAlert,
} from '../../ledger/alerts/threshold.ts'
import { exampleAmount, filledIn } from '../../ledger/money.ts'
import { mailsAbout, type MailOutcome } from '../../mail/outcome.ts'
import { paths } from '../../paths.ts'
import { type CustomerWithTeam, findCustomer } from '../../people/customer.ts'
import { view } from '../../web/flash.ts'
import { type Form, blankForm } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { plainAmount } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/alerts': {
      customer: CustomerWithTeam
      general: Awaited<ReturnType<typeof findAlertSettings>>
      isLeftOut: boolean
      latest: { balance: bigint; postingId: string; at: Date } | null
      relatedMails: MailOutcome[]
      form: Form
      example: string
    }
  }
}

asks(pages, '/customers/:id/alerts', SetAlertThreshold, (res, customer) =>
  showAlerts(res, customer, blankForm()),
)

form(pages, '/customers/:id/alerts', SetAlertThreshold, {
  show: async (res, { id }, typed) => showAlerts(res, await findCustomer(res.req.actor, id), typed),
  next: (_res, isChanged, customer) => {
    const back = paths.customer(customer)
    if (!isChanged) return { back, say: t('No changes.') }
    const { email } = customer
    return { back, say: t('Saved the low-balance alert for {email}.', { email }), links: [view(back)] }
  },
})

/** The low-balance alert of a customer. `seen` is always what this page shows, so that a second sending has seen it. */
export async function showAlerts(res: Response, customer: CustomerWithTeam, form: Form) {
  const { actor } = res.req
  const { lowBalanceThreshold: own } = customer
  const seen = own === null ? '' : plainAmount(own, actor.reseller.currencyScale)
  const general = await findAlertSettings(actor)
  const latest = await maybeLatestAlert(actor, customer)
  page(res, 'customers/alerts', {
    title: t('Low-balance alert'),
    customer,
    general,
    isLeftOut: isLeftOut(general, customer),
    latest,
    relatedMails: latest ? await mailsAbout(actor, { id: latest.postingId }) : [],
    form: { ...form, typed: { ...filledIn({ threshold: seen }), ...form.typed, seen } },
    example: exampleAmount(actor.reseller),
  })
}
