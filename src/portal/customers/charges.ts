import type { Response } from 'express'
import { form } from '../../actions/form.ts'
import type { Booked } from '../../ledger/answer.ts'
import { Charge } from '../../ledger/charge.ts'
import { ownLimits } from '../../ledger/limits.ts'
import { exampleAmount } from '../../ledger/money.ts'
import { availableToCharge } from '../../ledger/overdraft.ts'
import { paths } from '../../paths.ts'
import { findCustomer, type CustomerWithTeam } from '../../people/customer.ts'
import { type Form, blankForm } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { formatsFor } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'
import { sentForApproval, saidOf, withSumsAfter } from '../posting-messages.ts'
import { allWaits, type SpokenLimit } from '../../ledger/role-limits.ts'
import { keyFor } from '../money-form.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/charges': {
      customer: CustomerWithTeam
      available: bigint
      limits: SpokenLimit[]
      waits: boolean
      form: Form
      key: string
      example: string
    }
  }
}

form(pages, '/customers/:id/charges', Charge, {
  blank: () => blankForm(),
  show: showCharge,
  next: (res, posted, customer) =>
    posted.waits
      ? sentForApproval(res, customer, posted)
      : { back: paths.customer(customer), ...saidOfCharge(res, customer, posted) },
})

/** What is said of a charge: how much of it each account has paid. */
function saidOfCharge(res: Response, customer: { id: string; email: string }, booked: Booked) {
  const { moves, fresh } = booked
  const { email } = customer
  const { money } = formatsFor(res.req.actor.reseller)
  const from = (account: 'CREDITS' | 'BALANCE') =>
    -(moves.find((move) => move.account === account)?.amount ?? 0n)
  const [credits, balance] = [from('CREDITS'), from('BALANCE')]
  const said = {
    email,
    amount: money(credits + balance),
    credits: money(credits),
    balance: money(balance),
  }
  if (!fresh) {
    const sentence = t('This charge of {amount} was already posted.', said)
    return saidOf(res, customer, booked, sentence)
  }
  const what =
    balance === 0n
      ? t('Charged {amount} to {email}, all of it from credits.', said)
      : credits === 0n
        ? t('Charged {amount} to {email}, all of it from the balance.', said)
        : t('Charged {amount} to {email}: {credits} from credits and {balance} from the balance.', said)
  return saidOf(res, customer, booked, withSumsAfter(res, what, moves))
}

async function showCharge(res: Response, { id }: { id: string }, form: Form) {
  const customer = await findCustomer(res.req.actor, id)
  const limits = await ownLimits(res.req.actor)
  page(res, 'customers/charges', {
    title: t('Charge', { context: 'verb' }),
    customer,
    available: availableToCharge(customer),
    limits,
    waits: allWaits(limits),
    form,
    key: keyFor(form),
    example: exampleAmount(res.req.actor.reseller),
  })
}
