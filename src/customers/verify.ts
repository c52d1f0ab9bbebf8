import { z } from 'zod'
import { action } from '../actions/action.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import type { Customer, OneTimeLink } from '../generated/prisma/client.ts'
import { type Actor, consoleCustomerId, customerActor } from '../people/actor.ts'
import { findCustomer, lockCustomer } from '../people/customer.ts'
import {
  LINK_MINUTES,
  mailLink,
  readLink,
  revokeLinks,
  useLink,
  wasJustMailed,
} from '../people/one-time-link.ts'
import { findReseller } from '../people/reseller.ts'
import type { Services } from '../services.ts'
import { refreshTeamType } from '../teams/type.ts'
import { DONE_ALREADY, Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { verifyEmailMail } from './mails.ts'

export const customerVerified = event<{ email: string }>(
  'customer.verified',
  t('E-mail address verified'),
  ({ email }) => t('verified the address {email}', { email }),
)

export const customerVerificationSent = event<{ email: string }>(
  'customer.verification_sent',
  t('Verification e-mail sent'),
  ({ email }) => t('sent a verification e-mail to {email}', { email }),
)

/**
 * Notes that an address is its customer's, if it still is the one that was proved: sets the time, works the team's type out again and
 * records the event. One that is verified already stays as it is. Gives whether the address is verified now. `actor`: the
 * customer, who proved it. Locks the customer, then the team.
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
  await db.customer.updateMany({
    where: { resellerId, id: customerId },
    data: { emailVerifiedAt: await databaseTime(db) },
  })
  await refreshTeamType(db, resellerId, customer.teamId)
  await record(db, actor, customerVerified, { customer, email })
  return true
}

/**
 * Verifies the address that a link was mailed to, as the customer whose it is. Changes nothing where the link is no longer good, or its
 * address is no longer the customer's. Locks the customer, then the link, as a change of the address does.
 */
export const VerifyAddress = action({
  may: 'link',
  leaves: [customerVerified],
  on: ({ services }, { token }) => readVerification(services, String(token)),
  input: z.object({}),
  run: async ({ services, request }, { link, fate, customer, reseller }) => {
    if (!link || fate || !customer || !reseller) return
    const actor = customerActor(services, reseller, customer, request)
    await transaction(actor, async (db) => {
      await lockCustomer(db, actor, link.customerId)
      if (await useLink(db, link)) await markVerified(db, actor, link)
    })
  },
})

/** What a link to verify an address leads to. */
export type AddressVerification = Awaited<ReturnType<typeof readVerification>>

/** The link of a token, good or not, its customer and reseller. `fate`: why it is no longer good. */
async function readVerification({ database, keys }: Services, token: string) {
  const read = await readLink(database, keys, token, 'verify_email')
  const link = withCustomer(read.link ?? read.was)
  if (!link) return { token, link: null, fate: 'unknown', customer: null, reseller: null } as const
  const { resellerId, customerId } = link
  const customer = await database.prisma.customer.findUnique({
    where: { resellerId_id: { resellerId, id: customerId } },
    select: { id: true, email: true, name: true, emailVerifiedAt: true },
  })
  return { token, link, fate: read.fate, customer, reseller: await findReseller(database, resellerId) }
}

function withCustomer(link: OneTimeLink | null) {
  return link?.customerId ? { ...link, customerId: link.customerId } : null
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
  await mailLink(db, actor.queue, {
    resellerId,
    purpose: 'verify_email',
    person,
    email: customer.email,
    minutes: LINK_MINUTES.verification,
    template: verifyEmailMail,
    values: {},
  })
}

/**
 * Sends the verification mail again, for staff. Gives false, and sends nothing, where one was sent within the last minute: a button
 * pressed twice. @throws 409 for an address that is verified already
 */
export const ResendVerification = action({
  may: ['mails.resend'],
  leaves: [customerVerificationSent],
  on: ({ actor }, { id }) => findCustomer(actor, id),
  input: z.object({}),
  run: ({ actor }, { id }) => sendAgain(actor, id),
})

/** As ResendVerification, for the customer whose console it is. */
export const ResendOwnVerification = action({
  may: 'customer',
  leaves: [customerVerificationSent],
  on: async ({ actor }) => consoleCustomerId(actor),
  input: z.object({}),
  run: ({ actor }, id) => sendAgain(actor, id),
})

function sendAgain(actor: Actor, id: string): Promise<boolean> {
  return transaction(actor, async (db) => {
    const customer = await lockCustomer(db, actor, id)
    if (!customer || customer.emailVerifiedAt) {
      throw new Refusal(409, t('This address is already verified.'), { title: DONE_ALREADY })
    }
    const { email } = customer
    const link = { resellerId: actor.reseller.id, customerId: id, purpose: 'verify_email', email } as const
    if (await wasJustMailed(db, link)) return false
    await sendVerification(db, actor, customer)
    await record(db, actor, customerVerificationSent, { customer, email })
    return true
  })
}
