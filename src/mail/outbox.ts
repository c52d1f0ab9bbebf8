import type { Transaction } from '../database/client.ts'
import { newId } from '../database/id.ts'
import type { Queue } from '../jobs/queue.ts'
import type { MailName, Mails } from './templates.ts'

interface NewMail<Name extends MailName> {
  resellerId: string
  to: string
  template: Name
  values: Mails[Name]
  /** Whom it concerns; staff's mails are never shown in the portal. Nobody: it goes to somebody who is not a customer yet. */
  person?: { customerId: string } | { staffId: string }
  /** The id of what it tells of, see the schema: its pages show what became of the mail. */
  about?: string
}

/** Queues a mail in the transaction that causes it: rolled back, it was never written; committed, the worker sends it. */
export async function queueMail<Name extends MailName>(
  db: Transaction,
  queue: Queue,
  { resellerId, to, template, values, person, about }: NewMail<Name>,
): Promise<{ id: string }> {
  const id = newId()
  await db.mail.create({
    data: { resellerId, id, toEmail: to, template, values, ...person, aboutId: about ?? null },
  })
  await queue.add(db, 'send-mail', { resellerId, mailId: id })
  return { id }
}
