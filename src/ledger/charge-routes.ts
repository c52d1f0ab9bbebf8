import { type Response, Router } from 'express'
import { type CustomerWithTeam, findCustomer } from '../customers/customer.ts'
import { paths } from '../paths.ts'
import { type Form, blankForm, submit } from '../web/form.ts'
import { formatsFor } from '../web/format.ts'
import { allowed } from '../people/guards.ts'
import { page } from '../web/page.ts'
import { goBack } from '../web/ways-back.ts'
import { t } from '../web/words.ts'
import type { Booked } from './answer.ts'
import { ChargeForm } from './forms.ts'
import { charge } from './ledger.ts'
import { ownLimits } from './limits.ts'
import { exampleAmount } from './money.ts'
import { availableToCharge } from './overdraft.ts'
import { keyFor, leadOn, tellPosting, withSumsAfter } from './routes.ts'

/** Charge: the form where staff take for a service what usually a file of charges takes. */
export const charging = Router()

charging.get('/:id/charges', allowed('money.post'), async (req, res) => {
  await showCharge(res, await findCustomer(req.actor, req.params.id), blankForm())
})

charging.post('/:id/charges', allowed('money.post'), async (req, res) => {
  const { actor } = req
  const customer = await findCustomer(actor, req.params.id)
  const form = await submit(ChargeForm(actor.reseller), req.body, (values) => charge(actor, customer, values))
  if (!form.ok) return showCharge(res, await findCustomer(actor, customer.id), form)
  if (form.result.waits) return leadOn(res, customer, form.result)
  tellCharge(res, customer, form.result)
  goBack(res, paths.customer(customer))
})

function tellCharge(res: Response, customer: CustomerWithTeam, booked: Booked) {
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
    return tellPosting(res, customer, booked, sentence)
  }
  const what =
    balance === 0n
      ? t('Charged {amount} to {email}, all of it from credits.', said)
      : credits === 0n
        ? t('Charged {amount} to {email}, all of it from the balance.', said)
        : t('Charged {amount} to {email}: {credits} from credits and {balance} from the balance.', said)
  tellPosting(res, customer, booked, withSumsAfter(res, what, moves))
}

async function showCharge(res: Response, customer: CustomerWithTeam, form: Form) {
  page(res, 'ledger/charge', {
    title: t('Charge', { context: 'verb' }),
    customer,
    available: availableToCharge(customer),
    limits: await ownLimits(res.req.actor),
    form,
    key: keyFor(form),
    example: exampleAmount(res.req.actor.reseller),
  })
}
