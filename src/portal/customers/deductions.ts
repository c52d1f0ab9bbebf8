import { form } from '../../actions/form.ts'
import { Deduct } from '../../ledger/deduct.ts'
import { paths } from '../../paths.ts'
import { formatsFor } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'
import { sentForApproval, saidOf } from '../posting-messages.ts'
import { showBalance } from './balance.ts'

form(pages, '/customers/:id/deductions', Deduct, {
  formAt: ({ params }) => paths.balance({ id: String(params.id) }),
  show: (res, customer, typed) => showBalance(res, customer, 'deduction', typed),
  next: (res, posted, customer) => {
    if (posted.waits) return sentForApproval(res, posted)
    const { money } = formatsFor(res.req.actor.reseller)
    const { email, amount, after, fresh } = posted
    const said = { email, amount: money(-amount), after: money(after) }
    const sentence = fresh
      ? t('Deducted {amount} from {email}. The balance is {after}.', said)
      : t('This deduction of {amount} was already posted.', said)
    return { back: paths.customer(customer), ...saidOf(res, customer, posted, sentence) }
  },
})
