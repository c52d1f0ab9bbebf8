import type { Transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { newId } from '../database/id.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import type { Queue } from '../jobs/queue.ts'
import type { Template } from './template.ts'

/** A minute ago: who presses a button again within this time gets no second mail. */
export const aMomentAgo = (db: Transaction): Promise<Date> => databaseTime(db, -60_000)

interface NewMail<Values> {
  resellerId: string
  to: string
  template: Template<Values>
  values: NoInfer<Values>
  /** Whom it concerns; staff's mails are never shown in the portal. Nobody: it goes to somebody who is not a customer yet. */
  person?: { customerId: string } | { staffId: string }
  /** The id of what it tells of, see the schema: its pages show what became of the mail. */
  about?: string
}

/** Queues a mail in the transaction that causes it: rolled back, it was never written; committed, the worker sends it. */
export async function queueMail<Values extends Prisma.InputJsonObject>(
  db: Transaction,
  queue: Queue,
  { resellerId, to, template: { name: template }, values, person, about }: NewMail<Values>,
): Promise<{ id: string }> {
  const id = newId()
  await db.mail.createMany({
    data: { resellerId, id, toEmail: to, template, values, ...person, aboutId: about ?? null },
  })
  await queue.add(db, 'send-mail', { resellerId, mailId: id })
  return { id }
}
