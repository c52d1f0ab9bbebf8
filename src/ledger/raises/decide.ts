import { z } from 'zod'
import { action } from '../../actions/action.ts'
import { type Transaction, transaction } from '../../database/client.ts'
import { databaseTime } from '../../database/clock.ts'
import { type Author, record } from '../../events/record.ts'
import { longText } from '../../forms/form.ts'
import type { RaiseState } from '../../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../../people/actor.ts'
import { lockOwners } from '../../staff/staff.ts'
import { Refusal } from '../../words/refusal.ts'
import { t } from '../../words/words.ts'
import {
  type Raised,
  limitsSet,
  limitsRaiseApproved,
  limitsRaiseRejected,
  limitsRaiseWithdrawn,
} from './events.ts'
import { mailDecision } from './notify.ts'
import { type Raise, findRaise, lockRoles, nameOfAsker, raiseDecided, whyNotApproved } from './raise.ts'

const COMMENT_MAX = 1000
const DecisionForm = z.object({ comment: longText({ max: COMMENT_MAX }).default('') })
const RejectionForm = z.object({ comment: longText({ max: COMMENT_MAX, min: 1 }) })

/**
 * Raises limits that another Owner wants to raise. Locks the Owners, then the roles; the condition is in the write, so of two decisions at
 * once only one succeeds.
 *
 * @throws 403 for who asked for it, for who has brought them in or was brought in by them, see same_hand(), and for who is no Owner any
 * more; 409 if it is decided already, and if the limits have changed since
 */
export const ApproveRaise = action({
  may: ['reseller.manage'],
  proof: true,
  leaves: [limitsRaiseApproved, limitsSet],
  on: ({ actor }, { id }) => findRaise(actor, id),
  input: DecisionForm,
  run: ({ actor }, { row, raised, isOwn }: Raise, { comment }) =>
    transaction(actor, async (db) => {
      if (isOwn) throw new Refusal(403, t('You requested this, so another Owner must approve it.'))
      const { resellerId, id } = row
      const owners = await lockOwners(db, resellerId)
      if (actor.id === null || !owners.includes(actor.id)) {
        throw new Refusal(403, t('Only an Owner who can log in can approve this.'))
      }
      await lockRoles(db, resellerId)
      await decide(db, actor, row, { state: 'approved', comment })
      const hindrance = await whyNotApproved(db, actor, row, raised)
      if (hindrance) throw hindrance
      await setRaised(db, actor, resellerId, raised)
      const askedBy = await nameOfAsker(db, row)
      await record(db, actor, limitsRaiseApproved, { raise: id, askedBy, comment, ...raised })
      await mailDecision(
        db,
        actor.queue,
        { ...row, raised },
        { outcome: 'approved', by: actor.name, comment },
      )
    }),
})

/**
 * Ends a raise that waits without raising anything, and mails who asked for it, who can withdraw it without a comment.
 *
 * @throws 409 if it is decided already
 */
export const RejectRaise = action({
  may: ['reseller.manage'],
  leaves: [limitsRaiseRejected, limitsRaiseWithdrawn],
  on: ({ actor }, { id }) => findRaise(actor, id),
  // Rejecting what somebody else has asked for says why: they are sent it.
  input: (_by, { isOwn }) => (isOwn ? DecisionForm : RejectionForm),
  run: ({ actor }, { row, raised, isOwn }: Raise, { comment }) =>
    transaction(actor, async (db) => {
      mustBeAllowed(actor, 'reseller.manage')
      await decide(db, actor, row, { state: isOwn ? 'withdrawn' : 'rejected', comment })
      const { id: raise } = row
      if (isOwn) {
        await record(db, actor, limitsRaiseWithdrawn, { raise, comment, ...raised })
        return
      }
      const askedBy = await nameOfAsker(db, row)
      await record(db, actor, limitsRaiseRejected, { raise, askedBy, comment, ...raised })
      await mailDecision(
        db,
        actor.queue,
        { ...row, raised },
        { outcome: 'rejected', by: actor.name, comment },
      )
    }),
})

/** Writes the decision on a raise that waits. @throws 409 where it is decided already */
async function decide(
  db: Transaction,
  actor: Actor,
  { resellerId, id }: { resellerId: string; id: string },
  { state, comment }: { state: 'approved' | 'rejected' | 'withdrawn'; comment: string },
) {
  const { count } = await db.limitRaise.updateMany({
    where: { resellerId, id, state: 'waiting' },
    data: {
      ...{ state, comment, deciderId: actor.id, deciderName: actor.name },
      decidedAt: await databaseTime(db),
    },
  })
  if (count === 1) return
  const { state: was } = await db.limitRaise.findUniqueOrThrow({
    where: { resellerId_id: { resellerId, id } },
    select: { state: true },
  })
  throw new Refusal(409, raiseDecided(was as Exclude<RaiseState, 'waiting'>))
}

/** Sets limits to what they are raised to, in the caller's transaction that holds the roles, with an event for each role. */
export async function setRaised(
  db: Transaction,
  author: Author,
  resellerId: string,
  { roles, changed, before, after }: Raised,
) {
  for (const roleId of new Set(roles)) {
    const places = roles.flatMap((role, place) => (role === roleId ? [place] : []))
    const at = (values: readonly string[]) => places.map((place) => values[place] ?? '')
    await db.role.update({
      where: { resellerId_id: { resellerId, id: roleId } },
      data: Object.fromEntries(
        places.map((place) => [changed[place], after[place] ? BigInt(after[place]) : null]),
      ),
    })
    await record(db, author, limitsSet, {
      role: roleId,
      changed: at(changed),
      before: at(before),
      after: at(after),
    })
  }
}
