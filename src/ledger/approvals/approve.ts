import { z } from 'zod'
import { action } from '../../actions/action.ts'
import { transaction } from '../../database/client.ts'
import { databaseTime } from '../../database/clock.ts'
import { event } from '../../events/event.ts'
import { record } from '../../events/record.ts'
import type { PostingKind } from '../../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../../people/actor.ts'
import { staffNames } from '../../staff/names.ts'
import { longText } from '../../forms/form.ts'
import { Refusal } from '../../words/refusal.ts'
import { t } from '../../words/words.ts'
import { type Booked, resultOf } from '../answer.ts'
import { encodeApproval } from '../codec.ts'
import type { Answer } from '../outcomes.ts'
import { type Waited, waitedInMoney } from '../events.ts'
import { KIND_NAMES, KINDS, kindOf, MAY_POST } from '../kinds.ts'
import { resultOrSayWho, withDecision } from '../last-change.ts'
import { mustHaveProvenAbove } from '../limits.ts'
import { askLedger } from '../post.ts'
import { decidedAlready } from '../sent-before.ts'
import { notifyMaker } from './notify.ts'
import { type Waiting, findWaiting } from './waiting.ts'

const postingWithdrawn = event<Waited & { comment: string }>(
  'posting.withdrawn',
  t('Posting withdrawn'),
  (waited, { money }) =>
    t('withdrew a posting waiting for approval ({kind}): {amount}', waitedInMoney(waited, money)),
)

const postingRejected = event<Waited & { madeBy: string; comment: string }>(
  'posting.rejected',
  t('Posting rejected'),
  ({ madeBy, comment, ...waited }, { money }) =>
    t('rejected a posting entered by {madeBy} ({kind}, {amount}): {comment}', {
      madeBy,
      comment,
      ...waitedInMoney(waited, money),
    }),
)

const postingApproved = event<{
  kind: PostingKind
  amount: string
  madeBy: string
  waiting: string
  posting: string
  comment: string
}>('posting.approved', t('Posting approved'), ({ kind, amount, madeBy }, { money }) =>
  t('approved a posting entered by {madeBy} ({kind}): {amount}', {
    madeBy,
    kind: KIND_NAMES[kind],
    amount: money(BigInt(amount)),
  }),
)

const COMMENT_MAX = 1000

/** Approval, and withdrawing what one has entered: a comment where there is something to say. */
const DecisionForm = z.object({ comment: longText({ max: COMMENT_MAX }).default('') })

const RejectionForm = z.object({ comment: longText({ max: COMMENT_MAX, min: 1 }) })

type Decided = Pick<Waiting, 'row' | 'isOwn'>

/**
 * Posts what another person entered, in their name, by one statement that checks everything again (see post_to_ledger()).
 * If it was approved before, gives that posting with `fresh` false. What is refused keeps waiting and can be rejected.
 *
 * @throws 403 for the maker, and for who may not approve when it is posted; 409 if it was rejected, withdrawn or has expired, and if
 * credits have changed since; 422 if too little is available, or if it is more than its maker may post now
 */
export const ApprovePosting = action({
  may: ['money.approve', ...MAY_POST],
  proof: 'in run',
  // Its own, and that of the posting in the name of who entered it.
  leaves: [postingApproved, ...KINDS.map((kind) => kindOf(kind).event)],
  on: ({ actor }, { id }) => findWaiting(actor, id),
  input: DecisionForm,
  run: async ({ actor }, { row, isOwn }: Decided, { comment }) => {
    // Whatever the role; the database refuses it too.
    if (isOwn) throw new Refusal(403, t('You entered this, so someone else must approve it.'))
    mustBeAllowed(actor, 'money.approve')
    await mustHaveProvenAbove(actor, row.amount)
    const facts = encodeApproval(actor, row, comment)
    const answer: Answer = facts ? await askLedger(actor, row, facts) : { outcome: 'newer' }
    const isPosted = answer.outcome === 'posted' || answer.outcome === 'same_key'
    const maker = isPosted ? row.makerName : await nameOf(actor, row.makerName)
    const about = { customerId: row.customerId, waitingId: row.id }
    return resultOrSayWho(actor, answer, about, () => resultOnApproval(answer, { actor, row, maker }))
  },
})

/**
 * As resultOf(), for who approves: that page has none of the fields in which the posting was entered. `maker`: what its
 * maker is called.
 */
export function resultOnApproval(
  answer: Answer,
  { actor, row, maker }: { actor: Actor; row: Pick<Waiting['row'], 'kind' | 'fingerprint'>; maker: string },
): Booked {
  const posted = resultOf(answer, { actor, kind: row.kind, fingerprint: row.fingerprint, maker })
  if (posted.waits) throw new Error('It was approved and waits all the same.')
  return posted
}

/**
 * Ends a waiting posting without posting it, and mails its maker. The maker can withdraw it without a comment. The condition is in the
 * write, so of two decisions at once only one succeeds.
 *
 * @throws 403 for what another person entered, without the permission to approve; 409 if it is decided already or has expired
 */
export const RejectPosting = action({
  may: ['money.approve', ...MAY_POST],
  leaves: [postingRejected, postingWithdrawn],
  on: ({ actor }, { id }) => findWaiting(actor, id),
  // Rejecting what somebody else has entered says why: they are sent it.
  input: (_by, { isOwn }) => (isOwn ? DecisionForm : RejectionForm),
  run: async ({ actor }, { row, isOwn }: Decided, { comment }) => {
    if (!isOwn) mustBeAllowed(actor, 'money.approve')
    const { resellerId, id, kind, makerName } = row
    const decided = await transaction(actor, async (db) => {
      const now = actor.at ?? (await databaseTime(db))
      const { count } = await db.waitingPosting.updateMany({
        where: { resellerId, id, state: 'waiting', expiresAt: { gt: now } },
        data: {
          state: 'rejected',
          deciderId: actor.id,
          deciderName: actor.name,
          decidedAt: now,
          comment,
          toldAt: now,
        },
      })
      if (count === 0) {
        const { state } = await db.waitingPosting.findUniqueOrThrow({
          where: { resellerId_id: { resellerId, id } },
          select: { state: true },
        })
        return state === 'waiting' ? 'expired' : state
      }
      const about = { customer: { id: row.customerId }, kind, amount: String(row.amount), waiting: id }
      if (isOwn) await record(db, actor, postingWithdrawn, { ...about, comment })
      else await record(db, actor, postingRejected, { ...about, madeBy: makerName, comment })
      if (!isOwn) await notifyMaker(db, actor.queue, row, { outcome: 'rejected', by: actor.name, comment })
      return null
    })
    if (decided) throw await withDecision(actor, decidedAlready(decided), id)
  },
})

/** What a member of staff is called whose address a row keeps. */
const nameOf = async (actor: Actor, address: string) => (await staffNames(actor))[address] ?? address
