import type { Response } from 'express'
import { form } from '../../actions/form.ts'
import { SetCredits } from '../../ledger/credits.ts'
import { CATEGORIES, CATEGORY_NAMES } from '../../ledger/grants/grants.ts'
import { kindOf } from '../../ledger/kinds.ts'
import { ownLimits } from '../../ledger/limits.ts'
import { exampleAmount, filledIn } from '../../ledger/money.ts'
import { REASON_NAMES } from '../../ledger/reasons.ts'
import { paths } from '../../paths.ts'
import { findCustomer, type CustomerWithTeam } from '../../people/customer.ts'
import { type Form, blankForm } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { formatsFor, plainAmount } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'
import { sentForApproval, saidOf } from '../posting-messages.ts'
import { allWaits, type SpokenLimit } from '../../ledger/role-limits.ts'
import { keyFor, named } from '../money-form.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/credits': {
      customer: CustomerWithTeam
      limits: SpokenLimit[]
      waits: boolean
      form: Form
      key: string
      reasons: readonly Option[]
      categories: readonly Option[]
      example: string
    }
  }
}

form(pages, '/customers/:id/credits', SetCredits, {
  blank: () => blankForm(),
  show: showCredits,
  next: (res, posted, customer) => {
    if (posted.waits) return sentForApproval(res, posted)
    const { email, after, fresh } = posted
    const said = { email, after: formatsFor(res.req.actor.reseller).money(after) }
    const sentence = fresh
      ? t('Set credits for {email} to {after}.', said)
      : t('This change to credits was already posted.', said)
    return { back: paths.customer(customer), ...saidOf(res, customer, posted, sentence) }
  },
})

/**
 * The target is filled in with what there is; `seen` is always what this page shows, so that a second sending has seen it. A step that
 * came back was typed, whatever it is.
 */
async function showCredits(res: Response, { id }: { id: string }, form: Form) {
  const customer = await findCustomer(res.req.actor, id)
  const seen = plainAmount(customer.credits, res.req.actor.reseller.currencyScale)
  const { operation = 'set' } = form.typed
  const filled: Record<string, string> = ['add', 'take'].includes(operation) ? { creditsFilled: '' } : {}
  const limits = await ownLimits(res.req.actor)
  page(res, 'customers/credits', {
    title: t('Manage Credits'),
    customer,
    limits,
    waits: allWaits(limits),
    form: { ...form, typed: { ...filledIn({ credits: seen }), operation, ...form.typed, ...filled, seen } },
    key: keyFor(form),
    reasons: named(res, kindOf('credits_set').reasons, REASON_NAMES),
    categories: named(res, CATEGORIES, CATEGORY_NAMES),
    example: exampleAmount(res.req.actor.reseller),
  })
}
