import { record } from '../audit/record.ts'
import { lockCustomer } from '../customers/customer.ts'
import { type Transaction, transaction } from '../database/client.ts'
import type { Customer } from '../generated/prisma/client.ts'
import { fateOf, LINK_MINUTES, makeLink } from '../passwords/link.ts'
import { type Actor, mustBeAllowed } from '../sessions/actor.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import { type CustomerMail, findMail } from './mail.ts'
import { queueMail } from './outbox.ts'
import type { MailName, Mails } from './templates.ts'

/** A second press within this time sends no second mail. */
const SENT_A_MOMENT_AGO_MS = 60_000

/**
 * Sends a mail again, as a new one to the customer's address of today; the one that tells a former address of the change goes to that
 * one. A link in it that is still good goes out unchanged; one that ran out, was revoked or was made for a former address is replaced by
 * a fresh one of the same kind. Gives the address it goes to, and false where such a mail left within the last minute already: a button
 * pressed twice.
 *
 * Refuses, 409, where the mail has done its work (the link was used, the address is verified, the first password is set), and a
 * password for a customer who is OFF.
 */
export async function resendMail(actor: Actor, id: unknown): Promise<{ to: string; isQueued: boolean }> {
  mustBeAllowed(actor, 'mails.resend')
  const mail = await findMail(actor, id)
  const { resellerId, customerId } = mail
  const template = mail.template as MailName
  return transaction(actor, async (db) => {
    const customer = (await lockCustomer(db, actor, customerId)) as Customer
    const to = template === 'email-changed' ? mail.toEmail : customer.email
    const justSent = await db.mail.findFirst({
      where: {
        resellerId,
        customerId,
        template,
        toEmail: to,
        createdAt: { gt: new Date(Date.now() - SENT_A_MOMENT_AGO_MS) },
      },
    })
    if (justSent) return { to, isQueued: false }
    const values = await valuesToday(db, mail, customer)
    await queueMail(db, actor.queue, { resellerId, to, template, values, person: { customerId } })
    await record(db, actor, 'mail.resent', { customer, to, template })
    return { to, isQueued: true }
  })
}

/** The mail's values with a link that works. */
async function valuesToday(
  db: Transaction,
  mail: CustomerMail,
  customer: Customer,
): Promise<Mails[MailName]> {
  const values = mail.values as Partial<Mails['set-password']> & Mails[MailName]
  if (!values.linkId) return values
  const { resellerId } = mail
  const link = await db.oneTimeLink.findUniqueOrThrow({
    where: { resellerId_id: { resellerId, id: values.linkId } },
  })
  refuseWhatIsDone(values.why, link, customer)
  if (!fateOf(link) && link.email === customer.email) return values
  const fresh = await makeLink(db, {
    resellerId,
    purpose: link.purpose,
    delivery: 'mailed',
    person: { customerId: customer.id },
    email: customer.email,
    minutes: minutesFor(values.why),
  })
  return { ...values, linkId: fresh.id }
}

function refuseWhatIsDone(
  why: Mails['set-password']['why'] | undefined,
  { purpose, usedAt }: { purpose: 'set_password' | 'verify_email'; usedAt: Date | null },
  { email, emailVerifiedAt, passwordHash, state }: Customer,
) {
  const account = { account: email }
  if (purpose === 'verify_email' && emailVerifiedAt) {
    throw new Refusal(409, t('{account} is verified already, so there is nothing to send again.', account))
  }
  if (why === 'new_customer' && passwordHash) {
    throw new Refusal(
      409,
      t('{account} has set a password already, so there is nothing to send again.', account),
    )
  }
  if (usedAt) {
    throw new Refusal(409, t('The link in this mail has been used, so there is nothing to send again.'))
  }
  if (purpose === 'set_password' && state === 'OFF') {
    throw new Refusal(409, t('{account} is OFF. Turn the customer on first.', account))
  }
}

function minutesFor(why: Mails['set-password']['why'] | undefined): number {
  if (why === undefined) return LINK_MINUTES.verification
  if (why === 'reset') return LINK_MINUTES.reset
  return why === 'forgotten' ? LINK_MINUTES.forgotten : LINK_MINUTES.newCustomer
}
