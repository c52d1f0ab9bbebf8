import type { Transaction } from '../../database/client.ts'
import type { Queue } from '../../jobs/queue.ts'
import { queueMail } from '../../mail/outbox.ts'
import { raiseDecidedMail, raiseWaitsMail } from '../mails.ts'
import { type Raised, raisedJson } from './events.ts'
import { nameOfAsker } from './raise.ts'

interface Told {
  resellerId: string
  id: string
  raised: Raised
  askerId: string
  askerName: string
}

/**
 * Queues the mail that limits are to be raised, in the transaction that asks for it: to the Owners who may approve it; or, where it takes
 * effect by itself, to all Owners, also to those who were turned OFF within the last seven days.
 */
export async function mailRaise(
  db: Transaction,
  queue: Queue,
  { resellerId, id, raised, askerId, askerName, takesEffectAt }: Told & { takesEffectAt: Date | null },
  approvers: readonly string[],
) {
  const owners = takesEffectAt
    ? await allOwners(db, resellerId)
    : await db.staff.findMany({
        where: { resellerId, id: { in: [...approvers] } },
        select: { id: true, email: true },
        orderBy: { id: 'asc' },
      })
  const asker = await nameOfAsker(db, { resellerId, askerId, askerName })
  for (const { id: staffId, email: to } of owners) {
    await queueMail(db, queue, {
      ...{ resellerId, to, template: raiseWaitsMail, person: { staffId }, about: id },
      values: {
        raiseId: id,
        ...raisedJson(raised),
        asker,
        takesEffectAt: takesEffectAt?.toISOString() ?? '',
        isOwn: staffId === askerId,
      },
    })
  }
}

/** Queues the mail about what became of a raise to who asked for it, unless they are OFF or did it themselves. */
export async function mailDecision(
  db: Transaction,
  queue: Queue,
  { resellerId, id, raised, askerId }: Omit<Told, 'askerName'>,
  decided: { outcome: 'approved' | 'rejected' | 'effective' | 'lapsed'; by: string; comment: string },
) {
  const asker = await db.staff.findFirst({
    where: { resellerId, id: askerId, state: 'ON' },
    select: { email: true },
  })
  if (!asker) return
  await queueMail(db, queue, {
    ...{ resellerId, to: asker.email, template: raiseDecidedMail, person: { staffId: askerId }, about: id },
    values: { raiseId: id, ...raisedJson(raised), ...decided },
  })
}

function allOwners(db: Transaction, resellerId: string): Promise<{ id: string; email: string }[]> {
  return db.$queryRaw`
    select id::text, email from staff
    where reseller_id = ${resellerId} and role_id = 'owner' and (state = 'ON' or state_changed_at > clock_timestamp() - interval '168 hours')
    order by id`
}
