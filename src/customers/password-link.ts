import { z } from 'zod'
import { action } from '../actions/action.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import type { Customer, OneTimeLink } from '../generated/prisma/client.ts'
import { type Actor, consoleCustomerId, mustBeAllowed, nameOf } from '../people/actor.ts'
import { findCustomer, lockCustomer } from '../people/customer.ts'
import { customerPasswordLinkRequested } from '../people/events.ts'
import { setPasswordMail } from '../people/mails.ts'
import {
  LINK_MINUTES,
  type MadeLink,
  mailLink,
  makeLink,
  takeShowing,
  wasJustMailed,
} from '../people/one-time-link.ts'
import { resetMarkOf } from '../people/reset-mark.ts'
import { limited } from '../people/throttle.ts'
import { DONE_ALREADY, Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { customerPasswordLinkShown } from './events.ts'
import { mailProofLink } from './notices.ts'

const customerPasswordLinkMade = event<{ email: string; delivery: string }>(
  'customer.password_link_made',
  t('Customer password link created'),
  ({ email, delivery }) =>
    delivery === 'mailed'
      ? t('sent a set-password link to {email}', { email })
      : t('created a set-password link for {email} to copy', { email }),
)

/**
 * Queues the mail by which a customer without a password sets the first one; it lives seven days. For one who has a password it is a
 * link to set another, good for a day. Using it proves the address.
 */
export async function mailPasswordLink(
  db: Transaction,
  actor: Actor,
  { id, email, passwordMark }: Pick<Customer, 'id' | 'email' | 'passwordMark'>,
) {
  await mailLink(db, actor.queue, {
    resellerId: actor.reseller.id,
    purpose: 'set_password',
    person: { customerId: id },
    email,
    minutes: passwordMark ? LINK_MINUTES.reset : LINK_MINUTES.newCustomer,
    template: setPasswordMail,
    values: { why: passwordMark ? 'reset' : 'new_customer' },
  })
}

/** Whether a link can be mailed to a customer: to nobody who is OFF. */
export const canMailLink = ({ state }: Pick<Customer, 'state'>) => state === 'ON'

/** Whether one can be made to be copied: while there is no password, too. */
export const canCopyLink = (customer: Pick<Customer, 'state' | 'passwordMark'>) =>
  canMailLink(customer) && !customer.passwordMark

/**
 * Makes a one-time link by which a customer sets a password: mailed, which proves the address, or to be copied and handed over by a
 * person. Gives the link that is to be copied; or whether one was mailed: none is where one was within the last minute, a button pressed
 * twice. @throws 409 for a customer who is OFF, and for a link to copy where there is a password: that is what Reset Password is for
 */
export const MakePasswordLink = action({
  may: ['customers.edit'],
  // Whoever has the link has the account.
  proof: (_by, _customer: { id: string }, { delivery }) => delivery !== 'mailed',
  leaves: [customerPasswordLinkMade],
  on: ({ actor }, { id }) => findCustomer(actor, id),
  // Copied, unless it says otherwise.
  input: z.object({ delivery: z.unknown().optional() }),
  run: async ({ actor }, customer: { id: string }, { delivery }) =>
    delivery === 'mailed'
      ? { link: null, isMailed: await mailToCustomer(actor, customer) }
      : { link: await copyLink(actor, customer), isMailed: false },
})

/** The present password stays in force until the link is used. Locks the customer. */
function mailToCustomer(actor: Actor, { id }: { id: string }): Promise<boolean> {
  return transaction(actor, async (db) => {
    const customer = await lockCustomer(db, actor, id)
    if (!customer) throw new Refusal(404, t('Customer not found.'))
    if (!canMailLink(customer)) throw isOff()
    const { email } = customer
    const link = { resellerId: actor.reseller.id, customerId: id, purpose: 'set_password', email } as const
    if (await wasJustMailed(db, link)) return false
    await mailPasswordLink(db, actor, customer)
    await record(db, actor, customerPasswordLinkMade, { customer, email, delivery: 'mailed' })
    return true
  })
}

const isOff = () => new Refusal(409, t('This customer is OFF. Turn the customer on first.'))

/** An earlier one that was made to be copied ends; the mailed one lives on. Locks the customer. */
function copyLink(actor: Actor, { id }: { id: string }): Promise<MadeLink> {
  return transaction(actor, async (db) => {
    const customer = await lockCustomer(db, actor, id)
    if (!customer) throw new Refusal(404, t('Customer not found.'))
    if (customer.passwordMark) {
      throw new Refusal(409, t('This customer already has a password. Use Reset Password instead.'), {
        title: DONE_ALREADY,
      })
    }
    if (!canMailLink(customer)) throw isOff()
    const resellerId = actor.reseller.id
    await db.oneTimeLink.updateMany({
      where: {
        resellerId,
        customerId: id,
        purpose: 'set_password',
        delivery: 'copied',
        usedAt: null,
        revokedAt: null,
      },
      data: { revokedAt: await databaseTime(db) },
    })
    const link = await makeLink(db, {
      resellerId,
      purpose: 'set_password',
      delivery: 'copied',
      person: { customerId: id },
      email: customer.email,
      minutes: LINK_MINUTES.newCustomer,
    })
    await record(db, actor, customerPasswordLinkMade, {
      customer,
      email: customer.email,
      delivery: 'copied',
    })
    return link
  })
}

/** Takes the one showing of a copied link, which is recorded; see takeShowing() of people/one-time-link.ts. */
export function takeCustomerShowing(
  actor: Actor,
  { id: customerId }: { id: string },
  linkId: string,
): Promise<OneTimeLink | null> {
  mustBeAllowed(actor, 'customers.edit')
  const whose = { resellerId: actor.reseller.id, linkId, person: { customerId } }
  return transaction(actor, async (db) => {
    const link = await takeShowing(db, { ...whose, to: nameOf(actor) })
    if (!link) return null
    await record(db, actor, customerPasswordLinkShown, {
      customer: { id: customerId },
      email: link.email,
    })
    return link
  })
}

/**
 * Mails the customer whose console it is the link by which they prove after a reset who they are, to the address that was verified
 * before. Returns that address.
 *
 * @throws 409 where nobody has reset the password or no address was verified before; 429 after five in an hour
 */
export const SendOwnResetLink = action({
  may: 'themself',
  leaves: [customerPasswordLinkRequested],
  on: async ({ actor }) => consoleCustomerId(actor),
  input: z.object({}),
  async run({ actor, services: { keys } }, id) {
    const counters = [{ limit: 'reset-link', of: `${actor.reseller.id} ${id}` }] as const
    const mailIt = async (db: Transaction) => {
      const customer = await lockCustomer(db, actor, id)
      const mark = customer && resetMarkOf(customer)
      if (!mark)
        throw new Refusal(409, t('Nothing of your account has been reset, so there is nothing to confirm.'))
      if (mark.proofEmail === null) {
        throw new Refusal(409, t('No e-mail address was verified before the reset, so no link can be sent.'))
      }
      await mailProofLink(db, actor, customer, mark)
      const { proofEmail: email } = mark
      await record(db, actor, customerPasswordLinkRequested, { customer, email })
      return email
    }
    return limited({ database: actor.database, keys }, counters, () => transaction(actor, mailIt))
  },
})
