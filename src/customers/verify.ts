import { customerVerificationSent, customerVerified } from './events.ts'
import { record } from '../events/record.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import type { Customer, OneTimeLink } from '../generated/prisma/client.ts'
import { queueMail } from '../mail/outbox.ts'
import { LINK_MINUTES, makeLink, revokeLinks, useLink } from '../people/one-time-link.ts'
import { type Actor, consoleCustomerId, mustBeAllowed } from '../people/actor.ts'
import { refreshTeamType } from '../teams/type.ts'
import { DONE_ALREADY, Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import { lockCustomer } from './customer.ts'
import { verifyEmailMail } from './mails.ts'

/** A second press within this time sends no second mail. */
const SENT_A_MOMENT_AGO_MS = 60_000

/**
 * Notes that an address is its customer's, if it still is the one that was proved: sets the time, works the team's type out anew and
 * writes the audit row. One that is verified already stays as it is. Says whether the address is verified now. `actor`: who proved
 * it, the customer. Locks the customer, then the team.
 */
export async function markVerified(
  db: Transaction,
  actor: Actor,
  { customerId, email }: { customerId: string; email: string },
): Promise<boolean> {
  const resellerId = actor.reseller.id
  const customer = await lockCustomer(db, actor, customerId)
  if (customer?.email !== email) return false
  if (customer.emailVerifiedAt) return true
  await db.customer.update({
    where: { resellerId_id: { resellerId, id: customerId } },
    data: { emailVerifiedAt: await databaseTime(db) },
  })
  await refreshTeamType(db, resellerId, customer.teamId)
  await record(db, actor, customerVerified, { customer, email })
  return true
}

/**
 * Uses a verification link up, as the customer whose it is. Says false, and changes nothing, for a link that was used, revoked or ran
 * out meanwhile, or whose address is no longer the customer's.
 */
export function verifyByLink(
  actor: Actor,
  link: Pick<OneTimeLink, 'resellerId' | 'id' | 'email'> & { customerId: string },
): Promise<boolean> {
  return transaction(actor, async (db) => {
    // The customer before the link: whoever changes the address locks in the same order.
    await lockCustomer(db, actor, link.customerId)
    return (await useLink(db, link)) && (await markVerified(db, actor, link))
  })
}

/**
 * Queues a verification mail to the customer's address with a new link; the links of earlier ones end. In the caller's transaction,
 * which holds the customer.
 */
export async function sendVerification(
  db: Transaction,
  actor: Actor,
  customer: Pick<Customer, 'id' | 'email'>,
) {
  const resellerId = actor.reseller.id
  const person = { customerId: customer.id }
  await revokeLinks(db, { resellerId, person, purpose: 'verify_email' })
  const link = await makeLink(db, {
    resellerId,
    purpose: 'verify_email',
    delivery: 'mailed',
    person,
    email: customer.email,
    minutes: LINK_MINUTES.verification,
  })
  await queueMail(db, actor.queue, {
    resellerId,
    to: customer.email,
    template: verifyEmailMail,
    values: { linkId: link.id },
    person,
  })
}

/**
 * Sends the verification mail again, for staff. Says false, and sends nothing, where one left within the last minute: a button
 * pressed twice. Refuses, 409, an address that is verified already.
 */
export function resendVerification(actor: Actor, { id }: { id: string }): Promise<boolean> {
  mustBeAllowed(actor, 'mails.resend')
  return sendAgain(actor, id)
}

/** As resendVerification(), for the customer whose console it is. */
export function resendOwnVerification(actor: Actor): Promise<boolean> {
  return sendAgain(actor, consoleCustomerId(actor))
}

function sendAgain(actor: Actor, id: string): Promise<boolean> {
  return transaction(actor, async (db) => {
    const customer = await lockCustomer(db, actor, id)
    if (!customer || customer.emailVerifiedAt) {
      throw new Refusal(409, t('This address is already verified.'), { title: DONE_ALREADY })
    }
    const justSent = await db.oneTimeLink.findFirst({
      where: {
        resellerId: actor.reseller.id,
        customerId: id,
        purpose: 'verify_email',
        email: customer.email,
        usedAt: null,
        revokedAt: null,
        createdAt: { gt: await databaseTime(db, -SENT_A_MOMENT_AGO_MS) },
      },
    })
    if (justSent) return false
    await sendVerification(db, actor, customer)
    await record(db, actor, customerVerificationSent, { customer, email: customer.email })
    return true
  })
}
