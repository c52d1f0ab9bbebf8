import { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express'
import { hasNotArrived, mailsAbout, mailsAboutEach } from '../../mail/outcome.ts'
import { paths } from '../../paths.ts'
import { may } from '../../people/actor.ts'
import { staffNames } from '../../staff/names.ts'
import { type Form, blankForm, readListQuery, submit } from '../../web/form.ts'
import { formatsFor } from '../../web/format.ts'
import { formIsAt } from '../../web/form-address.ts'
import { page } from '../../web/page.ts'
import { goBack } from '../../web/ways-back.ts'
import { t } from '../../web/words.ts'
import { CATEGORY_NAMES } from '../grants/grants.ts'
import { KIND_NAMES } from '../kinds.ts'
import { availableOf, availableToCharge } from '../overdraft.ts'
import { CHANNEL_NAMES, REASON_NAMES } from '../reasons.ts'
import { tellPosting, tellWaiting, withSumsAfter } from '../routes.ts'
import { approvePosting, rejectPosting } from './approve.ts'
import { DecisionForm, RejectionForm } from './forms.ts'
import { afterwards, whyNotApprovedEach } from './hindrance.ts'
import { ApprovalQuery, type Waiting, findWaiting, listWaiting, mustSeeWaiting } from './waiting.ts'

/** What waits for a second person, and their decision. */
export const approvals = Router()

approvals.use((req: Request, _res: Response, next: NextFunction) => {
  mustSeeWaiting(req.actor)
  next()
})

approvals.get('/', async (req, res) => {
  const { actor } = req
  const { query, ignored } = readListQuery(ApprovalQuery, req.query)
  const { state, customer } = query
  const { rows, before, after } = await listWaiting(actor, query)
  const mailsOf = await mailsAboutEach(
    actor,
    rows.map(({ row }) => row.id),
  )
  const whyNotApproved = await whyNotApprovedEach(actor, rows)
  page(res, 'ledger/approvals', {
    title: t('Approvals'),
    ignored,
    state: state ?? 'waiting',
    customer,
    staffNames: await staffNames(actor),
    approves: may(actor, 'money.approve'),
    cards: rows.map((waiting) => ({
      ...cardOf(waiting, blankForm()),
      undelivered: mailsOf(waiting.row.id).filter(hasNotArrived),
      hindrance: whyNotApproved(waiting),
    })),
    pager: {
      newer: before && paths.approvals({ state, customer, before }),
      older: after && paths.approvals({ state, customer, after }),
      byTime: state === 'decided',
    },
  })
})

approvals.get('/:id', async (req, res) => {
  await showOne(res, await findWaiting(req.actor, req.params.id), { approval: blankForm() })
})

approvals.post('/:id/approval', async (req, res) => {
  const { actor } = req
  const waiting = await findWaiting(actor, req.params.id)
  const form = await submit(DecisionForm, req.body, (values) => approvePosting(actor, waiting, values))
  if (!form.ok) return showOne(res, await findWaiting(actor, waiting.row.id), { approval: form })
  const maker = await makerOf(req, waiting)
  const { amount } = waiting.row
  const said = { maker, amount: formatsFor(actor.reseller).money(amount), email: waiting.customer.email }
  const sentence = form.result.fresh
    ? t('Approved and posted {amount} for {email}, entered by {maker}.', said)
    : t('This was already approved and posted.')
  tellPosting(res, waiting.customer, form.result, withSumsAfter(res, sentence, form.result.moves), {
    canReverse: waiting.row.kind !== 'reversal',
  })
  goBack(res, paths.approvals())
})

approvals.post('/:id/rejection', async (req, res) => {
  const { actor } = req
  const waiting = await findWaiting(actor, req.params.id)
  const schema = waiting.isOwn ? DecisionForm : RejectionForm
  const form = await submit(schema, req.body, (values) => rejectPosting(actor, waiting, values))
  if (!form.ok) return showOne(res, await findWaiting(actor, waiting.row.id), { rejection: form })
  const said = {
    maker: await makerOf(req, waiting),
    amount: formatsFor(actor.reseller).money(waiting.row.amount),
    email: waiting.customer.email,
  }
  const sentence = waiting.isOwn
    ? t('Withdrawn: {amount}. Nothing was posted for {email}.', said)
    : t('Rejected: {amount}. Nothing was posted for {email}. {maker} will get an e-mail.', said)
  tellWaiting(res, waiting, sentence)
  goBack(res, paths.approvals())
})

const toOne: RequestHandler = formIsAt((req) => paths.approval({ id: String(req.params.id) }))
approvals.get('/:id/approval', toOne)
approvals.get('/:id/rejection', toOne)

/** What its maker is called. */
async function makerOf({ actor }: Request, { row }: Waiting): Promise<string> {
  return (await staffNames(actor))[row.makerName] ?? row.makerName
}

/** One of them, with the form that came back, if one did. */
async function showOne(
  res: Response,
  waiting: Waiting,
  { approval, rejection }: { approval?: Form; rejection?: Form },
) {
  page(res, 'ledger/approval', {
    title: t('{kind} waiting for approval', { kind: KIND_NAMES[waiting.row.kind] }),
    form: approval ?? rejection ?? blankForm(),
    staffNames: await staffNames(res.req.actor),
    told: await mailsAbout(res.req.actor, waiting.row),
    card: {
      ...cardOf(waiting, approval ?? blankForm()),
      undelivered: [],
      hindrance: (await whyNotApprovedEach(res.req.actor, [waiting]))(waiting),
      rejection: rejection ?? blankForm(),
    },
  })
}

/** What a card shows of it. */
function cardOf({ row, customer, entered, isOpen, isOwn }: Waiting, approval: Form) {
  const { reason, channel } = entered
  return {
    ...entered,
    entryComment: entered.comment,
    ...row,
    customer,
    available: row.kind === 'charge' ? availableToCharge(customer) : availableOf(customer),
    kindName: KIND_NAMES[row.kind],
    after: afterwards(row, entered, customer),
    reason: reason && REASON_NAMES[reason],
    channel: channel && CHANNEL_NAMES[channel as keyof typeof CHANNEL_NAMES],
    category: entered.grant && CATEGORY_NAMES[entered.grant.category],
    isOpen,
    isOwn,
    approval,
    rejection: blankForm(),
  }
}
