import { type RequestHandler, type Response, Router } from 'express'
import { type CustomerWithTeam, findCustomer, findCustomerName } from '../customers/customer.ts'
import { paths } from '../paths.ts'
import { may } from '../people/actor.ts'
import { type Flash, type FlashLink, flash, view } from '../web/flash.ts'
import { type Form, blankForm, submit } from '../web/form.ts'
import { formatsFor, plainAmount } from '../web/format.ts'
import { allowed } from '../people/guards.ts'
import { formIsAt } from '../web/form-address.ts'
import { page } from '../web/page.ts'
import { goBack } from '../web/ways-back.ts'
import { type Sentence, type Translate, t } from '../web/words.ts'
import type { Booked, Waits } from './answer.ts'
import { afterwards } from './approvals/hindrance.ts'
import { type Waiting, findWaiting } from './approvals/waiting.ts'
import { CreditsForm, DeductForm, RefillForm, isKey, newKey } from './forms.ts'
import { CATEGORIES, CATEGORY_NAMES } from './grants/grants.ts'
import { deduct, refill, setCredits } from './ledger.ts'
import { ownLimits } from './limits.ts'
import { exampleAmount, filledIn } from './money.ts'
import { availableOf, lowestOf } from './overdraft.ts'
import { CHANNELS, CHANNEL_NAMES, REASONS_OF, REASON_NAMES } from './reasons.ts'

/** Manage Balance and Manage Credits: the forms where staff move money. */
export const ledger = Router()

ledger.get('/:id/balance', allowed('money.post'), async (req, res) => {
  await showBalance(res, await findCustomer(req.actor, req.params.id), 'refill', blankForm())
})

ledger.post('/:id/refills', allowed('money.post'), async (req, res) => {
  const { actor } = req
  const customer = await findCustomerName(actor, req.params.id)
  const form = await submit(RefillForm(actor.reseller), req.body, (values) => refill(actor, customer, values))
  if (!form.ok) return showBalance(res, await findCustomer(actor, customer.id), 'refill', form)
  if (form.result.waits) return leadOn(res, customer, form.result)
  const { amount, after, fresh } = form.result
  const { money } = formatsFor(actor.reseller)
  const said = { email: customer.email, amount: money(amount), after: money(after) }
  const sentence = fresh
    ? t('Refilled {email} by {amount}. The balance is {after}.', said)
    : t('This refill of {amount} was already posted.', said)
  tellPosting(res, customer, form.result, sentence)
  goBack(res, paths.customer(customer))
})

ledger.post('/:id/deductions', allowed('money.post'), async (req, res) => {
  const { actor } = req
  const customer = await findCustomerName(actor, req.params.id)
  const form = await submit(DeductForm(actor.reseller), req.body, (values) => deduct(actor, customer, values))
  if (!form.ok) return showBalance(res, await findCustomer(actor, customer.id), 'deduction', form)
  if (form.result.waits) return leadOn(res, customer, form.result)
  const { amount, after, fresh } = form.result
  const { money } = formatsFor(actor.reseller)
  const said = { email: customer.email, amount: money(-amount), after: money(after) }
  const sentence = fresh
    ? t('Deducted {amount} from {email}. The balance is {after}.', said)
    : t('This deduction of {amount} was already posted.', said)
  tellPosting(res, customer, form.result, sentence)
  goBack(res, paths.customer(customer))
})

ledger.get('/:id/credits', allowed('money.post'), async (req, res) => {
  await showCredits(res, await findCustomer(req.actor, req.params.id), blankForm())
})

ledger.post('/:id/credits', allowed('money.post'), async (req, res) => {
  const { actor } = req
  const customer = await findCustomerName(actor, req.params.id)
  const form = await submit(CreditsForm(actor.reseller), req.body, (values) =>
    setCredits(actor, customer, values),
  )
  if (!form.ok) return showCredits(res, await findCustomer(actor, customer.id), form)
  if (form.result.waits) return leadOn(res, customer, form.result)
  const { after, fresh } = form.result
  const said = { email: customer.email, after: formatsFor(actor.reseller).money(after) }
  const sentence = fresh
    ? t('Set credits for {email} to {after}.', said)
    : t('This change to credits was already posted.', said)
  tellPosting(res, customer, form.result, sentence)
  goBack(res, paths.customer(customer))
})

const toBalance: RequestHandler = formIsAt((req) => paths.balance({ id: String(req.params.id) }))
ledger.get('/:id/refills', toBalance)
ledger.get('/:id/deductions', toBalance)

/**
 * Says on the next page that a posting is booked, or that the same form had booked it before, and leads to it; `canReverse`: also to
 * what undoes it, for who may.
 */
export function tellPosting(
  res: Response,
  customer: { id: string },
  { postingId, fresh }: Pick<Booked, 'postingId' | 'fresh'>,
  sentence: Sentence,
  { canReverse = true } = {},
) {
  const posting = { id: postingId }
  const links: FlashLink[] = [view(paths.posting(customer, posting))]
  if (canReverse && fresh && may(res.req.actor, 'money.post')) {
    links.push({ href: paths.reversal(customer, posting), label: t('Reverse') })
  }
  flash(res, sentence, fresh ? 'done' : 'attention', { links })
}

/** What is said of a posting, with what there is on each account after it. */
export function withSumsAfter(
  res: Response,
  what: Sentence,
  moves: readonly Pick<Booked['moves'][number], 'account' | 'after'>[],
): Sentence {
  const { money } = formatsFor(res.req.actor.reseller)
  const sums = moves.map(({ account, after }) =>
    account === 'BALANCE'
      ? t('balance {after}', { after: money(after) })
      : t('credits {after}', { after: money(after) }),
  )
  return t('{what} Now: {sums}.', { what, sums })
}

/** Says that nothing has moved yet, because it is above what this person may post alone, and leads to what waits. */
export async function leadOn(
  res: Response,
  customer: Pick<CustomerWithTeam, 'id' | 'email'>,
  { fresh, waitingId }: Waits,
) {
  const waiting = await findWaiting(res.req.actor, waitingId)
  const amount = formatsFor(res.req.actor.reseller).money(waiting.row.amount)
  const sentence = fresh
    ? t('Sent for approval. Nothing changes for {email} until {amount} is approved.', {
        email: customer.email,
        amount,
      })
    : t('This is already waiting for approval: {amount}.', { amount })
  tellWaiting(res, waiting, sentence, 'attention')
  goBack(res, paths.customer(customer))
}

/** Says what became of a posting that waits, or did, with what there is now on the accounts that it is about, and leads to it. */
export function tellWaiting(
  res: Response,
  { row, customer, entered }: Waiting,
  sentence: Sentence,
  tone: Flash['tone'] = 'done',
) {
  const { balance, credits } = afterwards(row, entered, customer)
  const sums = [
    ...(balance === undefined ? [] : [{ account: 'BALANCE' as const, after: customer.balance }]),
    ...(credits === undefined ? [] : [{ account: 'CREDITS' as const, after: customer.credits }]),
  ]
  flash(res, withSumsAfter(res, sentence, sums), tone, {
    links: [view(paths.approval(row))],
  })
}

/** Both forms of Manage Balance; the one that came back keeps what was typed, and its key unless that is spent. */
async function showBalance(
  res: Response,
  customer: CustomerWithTeam,
  deed: 'refill' | 'deduction',
  form: Form,
) {
  page(res, 'customers/balance', {
    title: t('Manage Balance'),
    customer,
    available: availableOf(customer),
    least: lowestOf(customer),
    limits: await ownLimits(res.req.actor),
    deed,
    form,
    keys: { refill: newKey(), deduction: newKey(), [deed]: keyFor(form) },
    reasons: {
      refill: named(res, REASONS_OF.refill, REASON_NAMES),
      deduction: named(res, REASONS_OF.deduction, REASON_NAMES),
    },
    channels: named(res, CHANNELS, CHANNEL_NAMES),
    example: exampleAmount(res.req.actor.reseller),
  })
}

/**
 * The target is filled in with what there is; `seen` is always what this page shows, so that a second sending has seen it. A step that
 * came back was typed, whatever it is.
 */
async function showCredits(res: Response, customer: CustomerWithTeam, form: Form) {
  const seen = plainAmount(customer.credits, res.req.actor.reseller.currencyScale)
  const { operation = 'set' } = form.typed
  const filled: Record<string, string> = ['add', 'take'].includes(operation) ? { creditsFilled: '' } : {}
  page(res, 'customers/credits', {
    title: t('Manage Credits'),
    customer,
    limits: await ownLimits(res.req.actor),
    form: { ...form, typed: { ...filledIn({ credits: seen }), operation, ...form.typed, ...filled, seen } },
    key: keyFor(form),
    reasons: named(res, REASONS_OF.credits, REASON_NAMES),
    categories: named(res, CATEGORIES, CATEGORY_NAMES),
    example: exampleAmount(res.req.actor.reseller),
  })
}

/** The form's own key, so that sending it again is the same deed; a new one where that is spent or was never one of ours. */
export function keyFor({ typed: { idempotencyKey }, facts }: Form) {
  return isKey(idempotencyKey) && !facts.keySpent ? idempotencyKey : newKey()
}

/** The values of a choice with what they are called. */
export function named<Value extends string>(
  res: Response,
  values: readonly Value[],
  names: Readonly<Record<Value, Sentence>>,
) {
  const translate = res.locals.t as Translate
  return values.map((value) => ({ value, label: translate(names[value]) }))
}
