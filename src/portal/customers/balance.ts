import type { Response } from 'express'
import { asks } from '../../actions/form.ts'
import { blankForm, type Form } from '../../forms/form.ts'
import { newKey } from '../../ledger/facts.ts'
import { kindOf } from '../../ledger/kinds.ts'
import { ownLimits } from '../../ledger/limits.ts'
import { exampleAmount } from '../../ledger/money.ts'
import { availableOf, lowestOf } from '../../ledger/overdraft.ts'
import { CHANNEL_NAMES, CHANNELS, REASON_NAMES } from '../../ledger/reasons.ts'
import { Refill } from '../../ledger/refill.ts'
import { findCustomer, type CustomerWithTeam } from '../../people/customer.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'
import { allWaits, type SpokenLimit } from '../../ledger/role-limits.ts'
import { keyFor, named } from '../money-form.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/balance': {
      customer: CustomerWithTeam
      available: bigint
      least: bigint
      limits: SpokenLimit[]
      waits: boolean
      tab: 'refill' | 'deduction'
      form: Form
      keys: Record<'refill' | 'deduction', string>
      reasons: Record<'refill' | 'deduction', readonly Option[]>
      channels: readonly Option[]
      example: string
    }
  }
}

asks(pages, '/customers/:id/balance', Refill, (res, customer) =>
  showBalance(res, customer, 'refill', blankForm()),
)

/** Both forms of Manage Balance; the one that came back keeps what was typed, and its key unless that is spent. */
export async function showBalance(
  res: Response,
  { id }: { id: string },
  tab: 'refill' | 'deduction',
  form: Form,
) {
  const customer = await findCustomer(res.req.actor, id)
  const limits = await ownLimits(res.req.actor)
  page(res, 'customers/balance', {
    title: t('Manage Balance'),
    customer,
    available: availableOf(customer),
    least: lowestOf(customer),
    limits,
    waits: allWaits(limits),
    tab,
    form,
    keys: { refill: newKey(), deduction: newKey(), [tab]: keyFor(form) },
    reasons: {
      refill: named(res, kindOf('refill').reasons, REASON_NAMES),
      deduction: named(res, kindOf('deduction').reasons, REASON_NAMES),
    },
    channels: named(res, CHANNELS, CHANNEL_NAMES),
    example: exampleAmount(res.req.actor.reseller),
  })
}
