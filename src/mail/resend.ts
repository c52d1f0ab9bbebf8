import { mailResent } from './events.ts'
import { record } from '../events/record.ts'
import { lockCustomer } from '../customers/customer.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import type { Customer } from '../generated/prisma/client.ts'
import { fateOf, LINK_MINUTES, makeLink } from '../people/one-time-link.ts'
import { resetMarkOf } from '../people/reset-mark.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import { type CustomerMail, findMail } from './mail.ts'
import { queueMail } from './outbox.ts'
import type { MailName, Mails } from './templates.ts'

/** A second press within this time sends no second mail. */
const SENT_A_MOMENT_AGO_MS = 60_000

/**
 * Sends a mail again, as a new one to the customer's address of today; one that only tells of something goes where it went, and the one
 * about a reset to the address that was verified before. A link in it that is still good goes out unchanged; one that ran out, was
 * revoked, was made for a former address or was shown to staff is replaced by a fresh one of the same kind. Gives the address it goes to,
 * and false where such a mail left within the last minute already: a button pressed twice.
 *
 * Refuses, 409, where the mail has done its work (the link was used, the address is verified, the first password is set, the customer
 * has proved after a reset who they are), and a password for a customer who is OFF.
 */
export async function resendMail(actor: Actor, id: unknown): Promise<{ to: string; isQueued: boolean }> {
  mustBeAllowed(actor, 'mails.resend')
  const mail = await findMail(actor, id)
  const { resellerId, customerId } = mail
  const template = mail.template as MailName
  return transaction(actor, async (db) => {
    const customer = (await lockCustomer(db, actor, customerId)) as Customer
    const to = addressToday(mail, customer)
    const justSent = await db.mail.findFirst({
      where: {
        resellerId,
        customerId,
        template,
        toEmail: to,
        createdAt: { gt: await databaseTime(db, -SENT_A_MOMENT_AGO_MS) },
      },
    })
    if (justSent) return { to, isQueued: false }
    const values = await valuesToday(db, { mail, to }, customer)
    await queueMail(db, actor.queue, { resellerId, to, template, values, person: { customerId } })
    await record(db, actor, mailResent, { customer, to, template })
    return { to, isQueued: true }
  })
}

/** What only tells of something, and concerns nobody but whom it told. */
const NOTICES: readonly string[] = [
  'email-changed',
  'address-left',
  'password-reset-notice',
  'password-changed',
] satisfies MailName[]

function addressToday({ template, toEmail }: CustomerMail, customer: Customer): string {
  if (NOTICES.includes(template)) return toEmail
  if (template !== 'password-reset') return customer.email
  const proofEmail = resetMarkOf(customer)?.proofEmail
  if (proofEmail) return proofEmail
  throw new Refusal(
    409,
    t('{account} has already used a link of this kind, so there is nothing to resend.', {
      account: customer.email,
    }),
  )
}

/** The mail's values with a link that works, for the address it goes to. */
async function valuesToday(
  db: Transaction,
  { mail, to }: { mail: CustomerMail; to: string },
  customer: Customer,
): Promise<Mails[MailName]> {
  const values = mail.values as Partial<Mails['set-password']> & Mails[MailName]
  if (!values.linkId) return values
  const { resellerId } = mail
  const link = await db.oneTimeLink.findUniqueOrThrow({
    where: { resellerId_id: { resellerId, id: values.linkId } },
  })
  // Somebody may have used that one without being the customer.
  if (mail.template !== 'password-reset') refuseWhatIsDone(values.why, link, customer)
  if (!fateOf(link, await databaseTime(db)) && link.email === to && !link.shownAt && mail.state !== 'kept')
    return values
  const fresh = await makeLink(db, {
    resellerId,
    purpose: link.purpose,
    delivery: 'mailed',
    person: { customerId: customer.id },
    email: to,
    minutes: minutesFor(mail.template, values.why),
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
    throw new Refusal(409, t('{account} is already verified, so there is nothing to resend.', account))
  }
  if (why === 'new_customer' && passwordHash) {
    throw new Refusal(409, t('{account} has already set a password, so there is nothing to resend.', account))
  }
  if (usedAt) {
    throw new Refusal(409, t('The link in this e-mail has been used, so there is nothing to resend.'))
  }
  if (purpose === 'set_password' && state === 'OFF') {
    throw new Refusal(409, t('{account} is OFF. Turn the customer on first.', account))
  }
}

function minutesFor(template: string, why: Mails['set-password']['why'] | undefined): number {
  if (template === 'password-reset') return LINK_MINUTES.proof
  if (why === undefined) return LINK_MINUTES.verification
  if (why === 'reset') return LINK_MINUTES.reset
  return why === 'forgotten' ? LINK_MINUTES.forgotten : LINK_MINUTES.newCustomer
}
