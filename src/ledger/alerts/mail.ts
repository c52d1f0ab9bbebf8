import { type Transaction, transaction } from '../../database/client.ts'
import { databaseTime } from '../../database/clock.ts'
import type { LowBalanceAlert } from '../../generated/prisma/client.ts'
import { eachDue } from '../../jobs/batches.ts'
import type { Queue } from '../../jobs/queue.ts'
import { queueMail } from '../../mail/outbox.ts'
import type { Services } from '../../services.ts'
import { staffWhoMay } from '../../staff/staff.ts'
import { permissionFor } from '../kinds.ts'
import { customerLowBalanceMail, lowBalanceMail } from '../mails.ts'

/**
 * Makes mails of the balances that fell below their threshold: post_to_ledger() leaves a row for each posting that crosses it. To the customer, unless OFF,
 * and to the staff who may refill the balance, as far as the reseller's settings say so at this moment. Mails and the note that they were
 * written are one transaction, so each crossing is mailed once, however many processes do this and wherever one of them is killed.
 */
export async function mailLowBalances(
  services: Pick<Services, 'database' | 'queue' | 'log'>,
  signal?: AbortSignal,
): Promise<void> {
  const dueAfter = `select reseller_id, posting_id as id, at from low_balance_alerts
    where mailed_at is null and (at, posting_id) > ($1, $2::uuid) order by at, posting_id limit $3`
  await eachDue(
    services,
    { dueAfter, what: 'sending e-mails about a low balance', signal },
    ({ reseller_id, id }) =>
      transaction(services, async (db) => {
        const [alert] = await db.lowBalanceAlert.updateManyAndReturn({
          where: { resellerId: reseller_id, postingId: id, mailedAt: null },
          data: { mailedAt: await databaseTime(db) },
        })
        if (alert) await queueMails(db, services.queue, alert)
      }),
  )
}

async function queueMails(
  db: Transaction,
  queue: Queue,
  { resellerId, customerId, postingId: about, threshold, balance }: LowBalanceAlert,
) {
  const { lowBalanceToCustomer, lowBalanceToStaff } = await db.reseller.findUniqueOrThrow({
    where: { id: resellerId },
    select: { lowBalanceToCustomer: true, lowBalanceToStaff: true },
  })
  const customer = await db.customer.findUniqueOrThrow({
    where: { resellerId_id: { resellerId, id: customerId } },
    select: { email: true, state: true },
  })
  const low = { balance: String(balance), threshold: String(threshold) }
  if (lowBalanceToCustomer && customer.state === 'ON') {
    await queueMail(db, queue, {
      resellerId,
      to: customer.email,
      template: lowBalanceMail,
      values: { ...low, toConsole: true },
      person: { customerId },
      about,
    })
  }
  if (!lowBalanceToStaff) return
  for (const { id: staffId, email: to } of await staffWhoMay(db, resellerId, permissionFor('refill'))) {
    await queueMail(db, queue, {
      resellerId,
      to,
      template: customerLowBalanceMail,
      values: { ...low, customerId, customer: customer.email },
      person: { staffId },
      about,
    })
  }
}
