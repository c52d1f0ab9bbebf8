import { type Transaction } from '../../database/client.ts'
import { databaseTime } from '../../database/clock.ts'
import { newId } from '../../database/id.ts'
import { record } from '../../events/record.ts'
import type { Actor } from '../../people/actor.ts'
import { Refusal } from '../../words/refusal.ts'
import { t } from '../../words/words.ts'
import { limitField } from '../role-limits.ts'
import type { Limits } from '../role-limits.ts'
import { type Raised, limitsRaiseAsked, raisedJson } from './events.ts'
import { mailRaise } from './notify.ts'
import { otherOwners, readOpenRaises } from './raise.ts'

/** A raise that waits. */
export interface AskedRaise {
  id: string
  /** When it takes effect without an approval; null where another Owner has to approve it. */
  takesEffectAt: Date | null
  /** Whether it was asked for before, and waits already. */
  isNew: boolean
}

const WAITS_MS = 24 * 60 * 60_000

/** Whether limits may be raised at once. */
interface FreeRaises {
  isFree: boolean
  /** Until when they may; null in the demo, where that does not end, and once it is over. */
  until: Date | null
}

/** Whether limits may be raised at once: within a day of set-up, and in the demo. */
export async function readFreeRaises(
  { prisma }: { prisma: Pick<Transaction, '$queryRaw'> },
  resellerId: string,
): Promise<FreeRaises> {
  const [row] = await prisma.$queryRaw<{ until: Date; isBefore: boolean; isDemo: boolean }[]>`
    select created_at + interval '24 hours' as until, created_at > clock_timestamp() - interval '24 hours' as "isBefore",
      exists (select from installation where is_demo) as "isDemo"
    from resellers where id = ${resellerId}`
  if (!row) throw new Error(`There is no reseller ${resellerId}.`)
  const { until, isBefore, isDemo } = row
  return { isFree: isBefore || isDemo, until: isBefore && !isDemo ? until : null }
}

/**
 * Lets limits that are raised or taken away wait, in the caller's transaction that holds the roles: until another Owner who can log in
 * approves it, or, where there is none, for a day. Mails those who may approve it, or all Owners. What waits already is not asked for
 * again.
 *
 * @throws 409 where another raise of the same limit waits
 */
export async function askRaise(db: Transaction, actor: Actor, raised: Raised): Promise<AskedRaise> {
  const { id: askerId, name: askerName, reseller } = actor
  if (askerId === null) throw new Error('Limits are raised by a person.')
  const resellerId = reseller.id
  const open = await readOpenRaises(db, resellerId)
  const waiting = raised.roles.map((roleId, place) =>
    open.find(({ raised: { roles, changed } }) =>
      roles.some((role, at) => role === roleId && changed[at] === raised.changed[place]),
    ),
  )
  const [first] = waiting
  if (first && waiting.every((one) => one === first) && isSame(first.raised, raised)) {
    return { id: first.row.id, takesEffectAt: first.row.takesEffectAt, isNew: false }
  }
  const place = waiting.findIndex((one) => one !== undefined)
  if (place !== -1) {
    throw new Refusal(
      409,
      t('A higher limit was already requested here. Withdraw or reject that request under Approvals first.'),
      { field: limitField(raised.roles[place] as string, raised.changed[place] as keyof Limits) },
    )
  }
  const id = newId()
  const approvers = await otherOwners(db, resellerId, askerId)
  const takesEffectAt = approvers.length === 0 ? await databaseTime(db, WAITS_MS) : null
  const row = { resellerId, id, askerId, askerName, takesEffectAt }
  await db.limitRaise.createMany({ data: [{ ...row, raised: raisedJson(raised) }] })
  await record(db, actor, limitsRaiseAsked, { raise: id, approval: takesEffectAt === null, ...raised })
  await mailRaise(db, actor.queue, { ...row, raised }, approvers)
  return { id, takesEffectAt, isNew: true }
}

/** Exactly these limits are raised to exactly this. */
const isSame = (one: Raised, other: Raised) => linesOf(one).join() === linesOf(other).join()

const linesOf = ({ roles, changed, before, after }: Raised) =>
  roles.map((role, at) => `${role} ${changed[at]} ${before[at]} ${after[at]}`).toSorted()
