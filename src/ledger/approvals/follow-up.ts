import { type Transaction, transaction } from '../../database/client.ts'
import { databaseTime } from '../../database/clock.ts'
import { record, systemAuthor } from '../../events/record.ts'
import type { Prisma, WaitingPosting } from '../../generated/prisma/client.ts'
import { type Due, eachDue } from '../../jobs/batches.ts'
import type { Services } from '../../services.ts'
import { postingExpired } from '../events.ts'
import { notifyApprovers, notifyMaker } from './notify.ts'

type Needs = Pick<Services, 'database' | 'queue' | 'log'>

/**
 * Ends every posting that waited for 72 hours, of all resellers, and sends its maker a mail; the audit log has it. One transaction each, and
 * the condition sits in the write: each ends once, however many processes do this. (What is over cannot be approved before that
 * either, see post_to_ledger().)
 */
export async function expireWaiting(services: Needs, signal?: AbortSignal) {
  const dueAfter = `select reseller_id, id, expires_at as at from waiting_postings
    where state = 'waiting' and expires_at <= now() and (expires_at, id) > ($1, $2::uuid) order by expires_at, id limit $3`
  await eachDue(services, { dueAfter, what: 'expiring a waiting posting', signal }, ({ reseller_id, id }) =>
    transaction(services, async (db) => {
      const now = await databaseTime(db)
      const row = await maybeChanged(
        db,
        { resellerId: reseller_id, id },
        { state: 'waiting', expiresAt: { lte: now } },
        { state: 'expired', decidedAt: now, toldAt: now },
      )
      if (!row) return
      await record(db, systemAuthor(reseller_id, 'expiry'), postingExpired, {
        customer: { id: row.customerId },
        kind: row.kind,
        amount: String(row.amount),
        madeBy: row.makerName,
        waiting: id,
      })
      await notifyMaker(db, services.queue, row, { outcome: 'expired', by: '', comment: '' })
    }),
  )
}

/**
 * Sends each of these mails once: to those who may approve it, that a posting waits; and to its maker, that it was approved. An approval
 * is one statement that sends no mail, so this looks for postings whose mails are not noted as written. Mails and that note are one
 * transaction.
 */
export async function mailApprovals(services: Needs, signal?: AbortSignal) {
  const { queue } = services
  const announced = `select reseller_id, id, created_at as at from waiting_postings
    where announced_at is null and (created_at, id) > ($1, $2::uuid) order by created_at, id limit $3`
  const announce = ({ reseller_id: resellerId, id }: Due) =>
    transaction(services, async (db) => {
      const announcedAt = await databaseTime(db)
      const row = await maybeChanged(db, { resellerId, id }, { announcedAt: null }, { announcedAt })
      if (row?.state === 'waiting') await notifyApprovers(db, queue, row)
    })
  await eachDue(
    services,
    { dueAfter: announced, what: 'sending e-mails about a waiting posting', signal },
    announce,
  )

  const decided = `select reseller_id, id, decided_at as at from waiting_postings
    where told_at is null and state <> 'waiting' and (decided_at, id) > ($1, $2::uuid) order by decided_at, id limit $3`
  const confirm = ({ reseller_id: resellerId, id }: Due) =>
    transaction(services, async (db) => {
      const toldAt = await databaseTime(db)
      const row = await maybeChanged(db, { resellerId, id }, { state: 'approved', toldAt: null }, { toldAt })
      if (!row) return
      const { deciderName, comment } = row
      await notifyMaker(db, queue, row, { outcome: 'approved', by: deciderName ?? '', comment })
    })
  await eachDue(
    services,
    { dueAfter: decided, what: 'sending e-mails about an approved posting', signal },
    confirm,
  )
}

/** Changes a waiting posting if it is still so, and returns it as it is then, or null. The condition is in the write. */
async function maybeChanged(
  db: Transaction,
  at: { resellerId: string; id: string },
  stillSo: Prisma.WaitingPostingWhereInput,
  data: Prisma.WaitingPostingUpdateManyMutationInput,
): Promise<WaitingPosting | null> {
  const { count } = await db.waitingPosting.updateMany({ where: { ...at, ...stillSo }, data })
  return count === 0 ? null : db.waitingPosting.findUniqueOrThrow({ where: { resellerId_id: at } })
}
