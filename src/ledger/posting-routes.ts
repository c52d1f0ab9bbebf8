import { type Response, Router } from 'express'
import { type CustomerWithTeam, findCustomer } from '../customers/customer.ts'
import { paths } from '../paths.ts'
import { staffNames } from '../staff/names.ts'
import { type Form, blankForm, submit } from '../web/form.ts'
import { formatsFor } from '../web/format.ts'
import { allowed } from '../people/guards.ts'
import { page } from '../web/page.ts'
import { goBack } from '../web/ways-back.ts'
import { t } from '../web/words.ts'
import { GRANTED_EXPIRED } from './answer.ts'
import { maybeWaitingReversal } from './approvals/waiting.ts'
import { isReversible } from './entry.ts'
import { ReversalForm } from './forms.ts'
import { KIND_NAMES } from './kinds.ts'
import { reverse } from './ledger.ts'
import { ownLimits } from './limits.ts'
import { type PostingDetails, findPosting, previewReversal } from './posting.ts'
import { CHANNEL_NAMES, REASONS_OF, REASON_NAMES } from './reasons.ts'
import { keyFor, leadOn, named, tellPosting, withSumsAfter } from './routes.ts'

/** One posting, and the posting that undoes it. */
export const postings = Router()

postings.get('/:id/postings/:postingId', allowed('customers.see'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const posting = await findPosting(req.actor, customer, req.params.postingId)
  page(res, 'ledger/posting', {
    title: t('{kind} on {day}', {
      kind: KIND_NAMES[posting.kind],
      day: formatsFor(req.actor.reseller).date(posting.postedAt),
    }),
    customer,
    staffNames: await staffNames(req.actor),
    posting,
    reasonName: posting.reason && REASON_NAMES[posting.reason],
    channelName: posting.channel && CHANNEL_NAMES[posting.channel],
    isReversible: isReversible(posting),
  })
})

postings.get('/:id/postings/:postingId/reversal', allowed('money.post'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const posting = await findPosting(req.actor, customer, req.params.postingId)
  await showReversal(res, customer, posting, blankForm())
})

postings.post('/:id/postings/:postingId/reversal', allowed('money.post'), async (req, res) => {
  const { actor } = req
  const customer = await findCustomer(actor, req.params.id)
  const posting = await findPosting(actor, customer, req.params.postingId)
  const form = await submit(ReversalForm({ takes: takes(posting) }), req.body, (values) =>
    reverse(actor, customer, { ...values, postingId: posting.id }),
  )
  if (!form.ok) {
    const now = await findCustomer(actor, customer.id)
    return showReversal(res, now, await findPosting(actor, now, posting.id), form)
  }
  if (form.result.waits) return leadOn(res, customer, form.result)
  const said = { email: customer.email, kind: KIND_NAMES[posting.kind] }
  const sentence = form.result.fresh
    ? withSumsAfter(res, t('Reversed for {email}: {kind}.', said), form.result.moves)
    : t('This posting was already reversed.')
  tellPosting(res, customer, form.result, sentence, { canReverse: false })
  goBack(res, paths.posting(customer, posting))
})

/** Whether undoing it takes money or credits from the customer. */
const takes = ({ moves }: PostingDetails) => moves.some(({ amount }) => amount > 0n)

/** The form, with what it will do; where there is nothing to be undone, why that is. */
async function showReversal(res: Response, customer: CustomerWithTeam, posting: PostingDetails, form: Form) {
  const can = isReversible(posting)
  const undoings = can ? await previewReversal(res.req.actor, customer, posting) : []
  const moved = undoings.reduce((sum, { amount }) => sum + (amount < 0n ? -amount : amount), 0n)
  page(res, 'ledger/reversal', {
    title: t('Reverse'),
    customer,
    posting,
    form: can ? form : { ...form, ok: false, ...refused(posting) },
    key: keyFor(form),
    isReversible: can,
    takes: takes(posting),
    limits: (await ownLimits(res.req.actor)).filter(({ above }) => moved > above),
    waiting: can ? await maybeWaitingReversal(res.req.actor, posting) : null,
    undoings,
    isShort: undoings.some(({ amount, available }) => amount < 0n && -amount > available),
    reasons: named(res, REASONS_OF.reversal, REASON_NAMES),
  })
}

function refused({ kind, reversedById, hasExpired }: PostingDetails) {
  if (reversedById) {
    return {
      status: 409,
      refusal: t('This posting was already reversed. A posting can be reversed only once.'),
    }
  }
  if (hasExpired) return { status: 422, refusal: GRANTED_EXPIRED }
  const said = { kind: KIND_NAMES[kind] }
  return {
    status: 422,
    refusal: t('Postings of the kind {kind} cannot be reversed. Enter a correcting posting instead.', said),
  }
}
