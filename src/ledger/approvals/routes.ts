import { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express'
import type { Account } from '../../generated/prisma/client.ts'
import { hasNotArrived, mailsAbout, mailsAboutEach } from '../../mail/outcome.ts'
import { paths } from '../../paths.ts'
import { may } from '../../people/actor.ts'
import { staffNames } from '../../staff/names.ts'
import { flash } from '../../web/flash.ts'
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
import { approvePosting, rejectPosting } from './approve.ts'
import { DecisionForm, RejectionForm } from './forms.ts'
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
  if (form.result.fresh) flash(res, t('Approved and posted {amount} for {email}, entered by {maker}.', said))
  else flash(res, t('This was already approved and posted.'), 'attention')
  goBack(res, paths.approvals())
})

approvals.post('/:id/rejection', async (req, res) => {
  const { actor } = req
  const waiting = await findWaiting(actor, req.params.id)
  const schema = waiting.isOwn ? DecisionForm : RejectionForm
  const form = await submit(schema, req.body, (values) => rejectPosting(actor, waiting, values))
  if (!form.ok) return showOne(res, await findWaiting(actor, waiting.row.id), { rejection: form })
  const said = { maker: await makerOf(req, waiting), email: waiting.customer.email }
  if (waiting.isOwn) flash(res, t('Withdrawn. Nothing was posted for {email}.', said))
  else flash(res, t('Rejected. Nothing was posted for {email}. {maker} will get an e-mail.', said))
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
      rejection: rejection ?? blankForm(),
    },
  })
}

/** What each account that it moves would stand at, were it booked now: a charge takes credits first. */
function afterwards(
  { kind, amount }: Waiting['row'],
  { target, undoes }: Waiting['entered'],
  { balance, credits }: Waiting['customer'],
): { balance?: bigint; credits?: bigint } {
  const undone = (account: Account, now: bigint) => {
    const moves = undoes?.moves.filter((move) => move.account === account) ?? []
    return moves.length > 0 ? moves.reduce((sum, move) => sum + move.amount, now) : undefined
  }
  const spent = amount < credits ? amount : credits
  switch (kind) {
    case 'refill':
      return { balance: balance + amount }
    case 'deduction':
      return { balance: balance - amount }
    case 'charge':
      return { balance: balance - (amount - spent), credits: credits - spent }
    case 'reversal': {
      const [after, afterCredits] = [undone('BALANCE', balance), undone('CREDITS', credits)]
      return {
        ...(after !== undefined && { balance: after }),
        ...(afterCredits !== undefined && { credits: afterCredits }),
      }
    }
    default:
      return target === null ? {} : { credits: target }
  }
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
