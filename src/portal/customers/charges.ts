import type { Response } from 'express'
import { form } from '../../actions/form.ts'
import type { Booked } from '../../ledger/answer.ts'
import { DESCRIBED_POSTINGS } from '../../ledger/charge.ts'
import { type DESCRIBED, type FormWords, mayMove } from '../../ledger/kinds.ts'
import { ownLimits } from '../../ledger/limits.ts'
import { exampleAmount } from '../../ledger/money.ts'
import { availableOf, availableToCharge, lowestOf } from '../../ledger/overdraft.ts'
import { paths } from '../../paths.ts'
import { findCustomer, type CustomerWithTeam } from '../../people/customer.ts'
import { type Form, blankForm } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { formatsFor } from '../../words/format.ts'
import { pages } from '../pages.ts'
import { sentForApproval, saidOf, withSumsAfter } from '../posting-messages.ts'
import { allWaits, type SpokenLimit } from '../../ledger/role-limits.ts'
import { keyFor } from '../money-form.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/charges': {
      customer: CustomerWithTeam
      posting: Described
      takesCredits: boolean
      available: bigint
      least: bigint
      limits: SpokenLimit[]
      waits: boolean
      form: Form
      key: string
      example: string
    }
  }
}

type Described = (typeof DESCRIBED)[number]

// /customers/:id/charges, and the address of every other kind that is posted with a description.
for (const { form: described, post } of DESCRIBED_POSTINGS) {
  form(pages, `/customers/:id/${described.at}`, post, {
    blank: () => blankForm(),
    show: (res, customer, typed) => showDescribed(res, customer, described, typed),
    next: (res, posted, customer) =>
      posted.waits
        ? sentForApproval(res, posted)
        : { back: paths.customer(customer), ...saidOfDescribed(res, customer, described, posted) },
  })
}

/** What is said of it: how much of it each account has paid. */
function saidOfDescribed(
  res: Response,
  customer: { id: string },
  { done, again }: FormWords,
  booked: Booked,
) {
  const { email, moves, fresh } = booked
  const { money } = formatsFor(res.req.actor.reseller)
  const partOf = (account: 'CREDITS' | 'BALANCE') => {
    const taken = -(moves.find((move) => move.account === account)?.amount ?? 0n)
    return taken === 0n ? null : money(taken)
  }
  const amount = money(moves.reduce((sum, move) => sum - move.amount, 0n))
  if (!fresh) return saidOf(res, customer, booked, again({ amount }))
  const [credits, balance] = [partOf('CREDITS'), partOf('BALANCE')]
  const what = done({ amount, email, credits, balance })
  return saidOf(res, customer, booked, withSumsAfter(res, what, moves))
}

async function showDescribed(res: Response, { id }: { id: string }, posting: Described, form: Form) {
  const customer = await findCustomer(res.req.actor, id)
  const limits = await ownLimits(res.req.actor)
  const takesCredits = mayMove(posting.kind, 'CREDITS')
  page(res, 'customers/charges', {
    title: posting.title,
    customer,
    posting,
    takesCredits,
    available: takesCredits ? availableToCharge(customer) : availableOf(customer),
    least: lowestOf(customer),
    limits,
    waits: allWaits(limits),
    form,
    key: keyFor(form),
    example: exampleAmount(res.req.actor.reseller),
  })
}
