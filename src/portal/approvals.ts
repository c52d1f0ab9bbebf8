import type { Request, Response } from 'express'
import { isUnclear, matchCustomer, type CustomerMatch } from '../customers/match.ts'
import { whyNotApprovedEach } from '../ledger/approvals/hindrance.ts'
import {
  ApprovalQuery,
  type Waiting,
  findWaiting,
  waitingOf,
  waitingPostings,
} from '../ledger/approvals/waiting.ts'
import { CATEGORY_NAMES } from '../ledger/grants/grants.ts'
import { KIND_NAMES, kindOf, mayMove } from '../ledger/kinds.ts'
import { availableOf, availableToCharge } from '../ledger/overdraft.ts'
import { listRaises } from '../ledger/raises/raise.ts'
import { CHANNEL_NAMES, REASON_NAMES } from '../ledger/reasons.ts'
import { hasNotArrived, mailsAbout, mailsAboutEach, type MailOutcome } from '../mail/outcome.ts'
import { type LookedTo, NOTHING, mustSee, readPage } from '../lists/page.ts'
import { pagerOf } from '../lists/shown.ts'
import { paths } from '../paths.ts'
import { type Actor, may } from '../people/actor.ts'
import { staffNames } from '../staff/names.ts'
import { type Since, maybeSince } from '../staff/since.ts'
import { type Form, blankForm, readListQuery } from '../forms/form.ts'
import { page } from '../web/page.ts'
import { formatsFor } from '../words/format.ts'
import { type Sentence, t } from '../words/words.ts'
import { type RaiseCard, raiseCard } from './approvals/limits.ts'
import { pages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'approvals/list': {
      state: 'waiting' | 'decided'
      customer: string
      meant: CustomerMatch
      staffNames: Readonly<Record<string, string>>
      approves: boolean
      lookedTo: LookedTo | null
      raises: RaiseCard[]
      cards: Card[]
      pager: Pager
    }
    'approvals/approval': {
      staffNames: Readonly<Record<string, string>>
      relatedMails: MailOutcome[]
      card: Card
    }
  }
}

pages.get('/approvals', async (req, res) => {
  const { actor } = req
  const { query, ignored } = readListQuery(ApprovalQuery, req.query)
  const { state } = query
  const meant = await matchCustomer(actor, query.customer)
  const customer = meant.customer?.id ?? meant.words
  const reading = { actor, of: null, query: { ...query, state: state ?? 'waiting', customer } }
  mustSee(waitingPostings, reading)
  const listed = isUnclear(meant) ? NOTHING : await readPage(waitingPostings, reading)
  const rows = await waitingOf(actor, listed.rows)
  const mailsOf = await mailsAboutEach(
    actor,
    rows.map(({ row }) => row.id),
  )
  const whyNotApproved = await whyNotApprovedEach(actor, rows)
  // Limits are no customer's, and stand on the first page.
  const withRaises = customer === '' && query.after === '' && query.before === ''
  const raises = withRaises ? await listRaises(actor, state ?? 'waiting') : []
  page(res, 'approvals/list', {
    title: t('Approvals'),
    ignored,
    state: state ?? 'waiting',
    customer,
    meant,
    staffNames: await staffNames(actor),
    approves: may(actor, 'money.approve'),
    lookedTo: listed.lookedTo,
    raises: raises.map((raise) => raiseCard(actor, raise)),
    cards: rows.map((waiting) => ({
      ...cardOf(waiting, blankForm()),
      undelivered: mailsOf(waiting.row.id).filter(hasNotArrived),
      hindrance: whyNotApproved(waiting),
      approver: null,
    })),
    pager: {
      ...pagerOf(listed, query, (place) => paths.approvals({ state, customer, ...place })),
      byTime: state === 'decided',
    },
  })
})

pages.get('/approvals/:id', async (req, res) => {
  await showApproval(res, await findWaiting(req.actor, req.params.id), { approval: blankForm() })
})

/** What is said of it once it is decided: what its maker is called, how much it is, and for whom. */
export const factsOf = async ({ actor }: Request, { row, customer }: Waiting) => ({
  maker: (await staffNames(actor))[row.makerName] ?? row.makerName,
  amount: formatsFor(actor.reseller).money(row.amount),
  email: customer.email,
})

/** One of them, with the form that came back, if one did. */
export async function showApproval(
  res: Response,
  waiting: Waiting,
  { approval, rejection }: { approval?: Form; rejection?: Form },
) {
  const { actor } = res.req
  page(res, 'approvals/approval', {
    title: t('{kind} waiting for approval', { kind: KIND_NAMES[waiting.row.kind] }),
    form: approval ?? rejection ?? blankForm(),
    staffNames: await staffNames(actor),
    relatedMails: await mailsAbout(actor, waiting.row),
    card: {
      ...cardOf(waiting, approval ?? blankForm()),
      undelivered: [],
      hindrance: (await whyNotApprovedEach(actor, [waiting]))(waiting),
      approver: await maybeSince(actor, approverOf(actor, waiting)),
      rejection: rejection ?? blankForm(),
    },
  })
}

/** Who has decided it; of one that is open, the reader, where it is theirs to approve. */
function approverOf(actor: Actor, { row, isOpen, isOwn }: Waiting): string | null {
  if (!isOpen) return row.deciderId
  return !isOwn && may(actor, 'money.approve') ? actor.id : null
}

/**
 * What a page shows of a posting that waits: with the mails about it that have not arrived, why this reader cannot approve it, and since
 * when the approver exists.
 */
type Card = ReturnType<typeof cardOf> & {
  undelivered: MailOutcome[]
  hindrance: Sentence | null
  approver: Since | null
}

/** What a card shows of it. */
function cardOf({ row, customer, entered, ifPosted, isOpen, isOwn }: Waiting, approval: Form) {
  const { reason, channel } = entered
  return {
    ...entered,
    entryComment: entered.comment,
    ...row,
    customer,
    available:
      kindOf(row.kind).moves === 'credits_first' ? availableToCharge(customer) : availableOf(customer),
    kindName: KIND_NAMES[row.kind],
    movesBalance: mayMove(row.kind, 'BALANCE'),
    movesCredits: mayMove(row.kind, 'CREDITS'),
    after: ifPosted.after,
    reason: reason && REASON_NAMES[reason],
    channel: channel && CHANNEL_NAMES[channel as keyof typeof CHANNEL_NAMES],
    category: entered.grant && CATEGORY_NAMES[entered.grant.category],
    isOpen,
    isOwn,
    approval,
    rejection: blankForm(),
  }
}
