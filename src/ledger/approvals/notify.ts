import type { Transaction } from '../../database/client.ts'
import type { WaitingPosting } from '../../generated/prisma/client.ts'
import type { Queue } from '../../jobs/queue.ts'
import { queueMail } from '../../mail/outbox.ts'
import { staffWhoMay } from '../../staff/staff.ts'
import { postingDecidedMail, postingWaitsMail } from '../mails.ts'

/** What became of a posting that waited, and through whom. */
interface Decided {
  outcome: 'approved' | 'rejected' | 'expired'
  /** Who decided; '' where nobody did. */
  by: string
  comment: string
}

/** Queues the mail to who entered a posting that it was decided, in the transaction that decides. Sends none to staff who are OFF. */
export async function notifyMaker(
  db: Transaction,
  queue: Queue,
  { resellerId, id, customerId, kind, amount, makerId }: WaitingPosting,
  decided: Decided,
) {
  const maker = await db.staff.findFirst({
    where: { resellerId, id: makerId, state: 'ON' },
    select: { email: true },
  })
  if (!maker) return
  await queueMail(db, queue, {
    resellerId,
    to: maker.email,
    template: postingDecidedMail,
    values: {
      waitingId: id,
      customer: await emailOf(db, { resellerId, customerId }),
      kind,
      amount: String(amount),
      ...decided,
    },
    person: { staffId: makerId },
    about: id,
  })
}

/** Queues a mail to everybody who may approve a posting that waits: its maker never. */
export async function notifyApprovers(
  db: Transaction,
  queue: Queue,
  { resellerId, id, customerId, kind, amount, makerId, makerName }: WaitingPosting,
) {
  const customer = await emailOf(db, { resellerId, customerId })
  for (const { id: staffId, email: to } of await staffWhoMay(db, resellerId, 'money.approve')) {
    if (staffId === makerId) continue
    await queueMail(db, queue, {
      resellerId,
      to,
      template: postingWaitsMail,
      values: { waitingId: id, customer, kind, amount: String(amount), maker: makerName },
      person: { staffId },
      about: id,
    })
  }
}

async function emailOf(
  db: Transaction,
  { resellerId, customerId: id }: { resellerId: string; customerId: string },
): Promise<string> {
  const { email } = await db.customer.findUniqueOrThrow({
    where: { resellerId_id: { resellerId, id } },
    select: { email: true },
  })
  return email
}
