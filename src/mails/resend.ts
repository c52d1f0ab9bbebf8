import { z } from 'zod'
import { action } from '../actions/action.ts'
import {
  emailChangedMail,
  addressLeftMail,
  passwordResetMail,
  passwordResetNotice,
} from '../customers/mails.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import type { Customer, OneTimeLink, Prisma } from '../generated/prisma/client.ts'
import { aMomentAgo, queueMail } from '../mail/outbox.ts'
import { type Actor, may } from '../people/actor.ts'
import { lockCustomer } from '../people/customer.ts'
import { type WhySetPassword, passwordChangedMail } from '../people/mails.ts'
import { fateOf, LINK_MINUTES, makeLink } from '../people/one-time-link.ts'
import { RESET_MARK, resetMarkOf } from '../people/reset-mark.ts'
import { DONE_ALREADY, Refusal } from '../words/refusal.ts'
import { type Sentence, t } from '../words/words.ts'
import { findTemplate } from './all-mails.ts'
import { type CustomerMail, findMail, linkIn } from './mail.ts'

const mailResent = event<{ to: string; template: string }>('mail.resent', t('E-mail resent'), ({ to }) =>
  t('resent an e-mail to {to}', { to }),
)

/**
 * Sends a mail again to the customer's current address. A notice goes where it went before, and the mail about a reset to the address
 * that was verified before it. A link that still works is sent again; one that has expired, was revoked, was for a former address or
 * was shown to staff is replaced. Gives the address, and `isQueued` false if such a mail was sent a moment ago. Locks the customer.
 *
 * @throws 409 see whyNotResent()
 */
export const ResendMail = action({
  may: ['mails.resend'],
  leaves: [mailResent],
  on: ({ actor }, { id }) => findMail(actor, id),
  input: z.object({}),
  run: ({ actor }, mail) => {
    const { resellerId, customerId } = mail
    const template = findTemplate(mail.template)
    return transaction(actor, async (db) => {
      const customer = (await lockCustomer(db, actor, customerId)) as Customer
      const link = await linkOf(db, mail)
      const refusal = whyNotResent(askedFor(mail), link, customer)
      if (refusal) throw refusal
      const to = addressToday(mail, customer)
      const justSent = await db.mail.findFirst({
        where: {
          resellerId,
          customerId,
          template: template.name,
          toEmail: to,
          createdAt: { gt: await aMomentAgo(db) },
        },
      })
      if (justSent) return { to, isQueued: false }
      const values = await valuesToday(db, { mail, to, link }, customer)
      await queueMail(db, actor.queue, {
        resellerId,
        to,
        template,
        values,
        person: { customerId },
      })
      await record(db, actor, mailResent, { customer, to, template: template.name })
      return { to, isQueued: true }
    })
  },
})

/** Mails that only tell of something, and concern nobody but whom they went to. */
const NOTICES: readonly string[] = [
  emailChangedMail,
  addressLeftMail,
  passwordResetNotice,
  passwordChangedMail,
].map(({ name }) => name)

function addressToday({ template, toEmail }: CustomerMail, customer: Customer): string {
  if (NOTICES.includes(template)) return toEmail
  const proofEmail = template === passwordResetMail.name ? resetMarkOf(customer)?.proofEmail : null
  return proofEmail ?? customer.email
}

/** The mail's values with a link that works, for the address it goes to. */
async function valuesToday(
  db: Transaction,
  { mail, to, link }: { mail: CustomerMail; to: string; link: OneTimeLink | null },
  customer: Customer,
): Promise<Prisma.InputJsonObject> {
  const values = findTemplate(mail.template).values.parse(mail.values)
  if (!link) return values
  const { resellerId } = mail
  if (!fateOf(link, await databaseTime(db)) && link.email === to && !link.shownAt && mail.state !== 'kept')
    return values
  const fresh = await makeLink(db, {
    resellerId,
    purpose: link.purpose,
    delivery: 'mailed',
    person: { customerId: customer.id },
    email: to,
    minutes: minutesFor(mail.template, linkIn(values).why),
  })
  return { ...values, linkId: fresh.id }
}

async function linkOf(
  db: Transaction,
  { resellerId, values }: Pick<CustomerMail, 'resellerId' | 'values'>,
): Promise<OneTimeLink | null> {
  const { linkId: id } = linkIn(values)
  return id ? db.oneTimeLink.findUniqueOrThrow({ where: { resellerId_id: { resellerId, id } } }) : null
}

/** What of a mail decides whether it can be sent again. */
export interface AskedFor {
  id: string
  customerId: string
  template: string
  /** Of the link in it; null where it has none. */
  linkId: string | null
  /** What a set-password link was made for. */
  why: string | null
}

/** The same of a whole mail. */
export function askedFor({ id, customerId, template, values }: CustomerMail): AskedFor {
  return { id, customerId, template, ...linkIn(values) }
}

/**
 * Why each of these mails cannot be sent again, in words; null for one that can, and for an actor who may not send any. Two statements,
 * however many mails.
 */
export async function whyNotResentEach(
  actor: Actor,
  mails: readonly AskedFor[],
): Promise<(mail: { id: string }) => Sentence | null> {
  if (!may(actor, 'mails.resend') || mails.length === 0) return () => null
  const { prisma } = actor.database
  const resellerId = actor.reseller.id
  const linkIds = mails.flatMap(({ linkId }) => linkId ?? [])
  const customerIds = [...new Set(mails.map(({ customerId }) => customerId))]
  const [links, customers] = await Promise.all([
    prisma.oneTimeLink.findMany({ where: { resellerId, id: { in: linkIds } }, select: OF_LINK }),
    prisma.customer.findMany({ where: { resellerId, id: { in: customerIds } }, select: OF_CUSTOMER }),
  ])
  const linkBy = new Map(links.map((link) => [link.id, link]))
  const customerBy = new Map(customers.map((customer) => [customer.id, customer]))
  const reasons = new Map(
    mails.map((mail) => {
      const customer = customerBy.get(mail.customerId)
      const link = linkBy.get(mail.linkId ?? '') ?? null
      return [mail.id, (customer && whyNotResent(mail, link, customer)?.sentence) ?? null] as const
    }),
  )
  return ({ id }) => reasons.get(id) ?? null
}

const OF_LINK = { id: true, purpose: true, usedAt: true } as const
const OF_CUSTOMER = {
  id: true,
  emailVerifiedAt: true,
  passwordMark: true,
  state: true,
  ...RESET_MARK,
} as const

/**
 * 409 where the mail has done its work (the link was used, the address is verified, the first password is set, the customer has proved
 * after a reset who they are), and for a password of a customer who is OFF; null where it can be sent again.
 */
function whyNotResent(
  { template, why }: AskedFor,
  link: Pick<OneTimeLink, 'purpose' | 'usedAt'> | null,
  customer: Pick<Customer, keyof typeof OF_CUSTOMER>,
): Refusal | null {
  const done = (sentence: Sentence) => new Refusal(409, sentence, { title: DONE_ALREADY })
  if (template === passwordResetMail.name) {
    // Somebody may have used that link without being the customer: the mark alone tells.
    return resetMarkOf(customer)?.proofEmail ? null : done(t('A link of this kind has already been used.'))
  }
  if (!link) return null
  const { purpose, usedAt } = link
  if (purpose === 'verify_email' && customer.emailVerifiedAt)
    return done(t('This address is already verified.'))
  if (why === 'new_customer' && customer.passwordMark) return done(t('This customer already has a password.'))
  if (usedAt) return done(t('The link in this e-mail has been used.'))
  return purpose === 'set_password' && customer.state === 'OFF'
    ? new Refusal(409, t('This customer is OFF. Turn the customer on first.'))
    : null
}

function minutesFor(template: string, why: WhySetPassword | null): number {
  if (template === passwordResetMail.name) return LINK_MINUTES.proof
  if (why === null) return LINK_MINUTES.verification
  if (why === 'reset') return LINK_MINUTES.reset
  return why === 'forgotten' ? LINK_MINUTES.forgotten : LINK_MINUTES.newCustomer
}
