import type { Response } from 'express'
import { asks, form } from '../../../actions/form.ts'
import { GRANTED_EXPIRED } from '../../../ledger/outcomes.ts'
import { maybeWaitingReversal } from '../../../ledger/approvals/waiting.ts'
import { isReversible } from '../../../ledger/entry.ts'
import { KIND_NAMES, kindOf } from '../../../ledger/kinds.ts'
import { maybePostedBy } from '../../../ledger/last-change.ts'
import { ownLimits } from '../../../ledger/limits.ts'
import { type PostingDetails, findPosting, previewReversal, type Undoing } from '../../../ledger/posting.ts'
import { REASON_NAMES } from '../../../ledger/reasons.ts'
import { Reverse, takes } from '../../../ledger/reverse.ts'
import { paths } from '../../../paths.ts'
import type { Actor } from '../../../people/actor.ts'
import { type CustomerWithTeam, findCustomer } from '../../../people/customer.ts'
import { type Form, blankForm } from '../../../forms/form.ts'
import { page } from '../../../web/page.ts'
import { t } from '../../../words/words.ts'
import { pages } from '../../pages.ts'
import { sentForApproval, saidOf, withSumsAfter } from '../../posting-messages.ts'
import { type SpokenLimit, waitsBeyond } from '../../../ledger/role-limits.ts'
import { keyFor, named } from '../../money-form.ts'

declare module '../../../web/page.ts' {
  interface Views {
    'customers/postings/reversal': {
      customer: CustomerWithTeam
      posting: PostingDetails
      form: Form
      key: string
      isReversible: boolean
      takes: boolean
      limits: SpokenLimit[]
      waits: boolean
      waiting: { id: string } | null
      undoings: Undoing[]
      isShort: boolean
      reasons: readonly Option[]
    }
  }
}

asks(pages, '/customers/:id/postings/:postingId/reversal', Reverse, (res, { customer, posting }) =>
  showReversal(res, customer, posting, blankForm()),
)

form(pages, '/customers/:id/postings/:postingId/reversal', Reverse, {
  show: async (res, before, typed) => {
    const { actor } = res.req
    const now = await findCustomer(actor, before.customer.id)
    return showReversal(res, now, await findPosting(actor, now, before.posting.id), typed)
  },
  next: (res, posted, { customer, posting }) => {
    if (posted.waits) return sentForApproval(res, posted)
    const said = { email: customer.email, kind: KIND_NAMES[posting.kind] }
    const sentence = posted.fresh
      ? withSumsAfter(res, t('Reversed for {email}: {kind}.', said), posted.moves)
      : t('This posting was already reversed.')
    return {
      back: paths.posting(customer, posting),
      ...saidOf(res, customer, posted, sentence, { canReverse: false }),
    }
  },
})

/** The form, with what it will do; where there is nothing to be undone, why that is. */
async function showReversal(res: Response, customer: CustomerWithTeam, posting: PostingDetails, form: Form) {
  const can = isReversible(posting)
  const undoings = can ? await previewReversal(res.req.actor, customer, posting) : []
  const moved = undoings.reduce((sum, { amount }) => sum + (amount < 0n ? -amount : amount), 0n)
  const limits = (await ownLimits(res.req.actor)).filter(({ above }) => moved > above)
  page(res, 'customers/postings/reversal', {
    title: t('Reverse'),
    customer,
    posting,
    form: can ? form : { ...form, ok: false, ...(await refused(res.req.actor, posting)) },
    key: keyFor(form),
    isReversible: can,
    takes: takes(posting),
    limits,
    waits: waitsBeyond(limits),
    waiting: can ? await maybeWaitingReversal(res.req.actor, posting) : null,
    undoings,
    isShort: undoings.some(({ amount, available }) => amount < 0n && -amount > available),
    reasons: named(res, kindOf('reversal').reasons, REASON_NAMES),
  })
}

async function refused(actor: Actor, { kind, reversedById, hasExpired }: PostingDetails) {
  if (reversedById) {
    return {
      status: 409,
      facts: { conflict: await maybePostedBy(actor, reversedById) },
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
