import type { Transaction } from '../database/client.ts'
import type { CustomerFactors } from '../generated/prisma/client.ts'
import { type Actor, nameOf } from '../people/actor.ts'
import type { CustomerAsRead } from '../people/customer.ts'
import { factorsResetMail } from '../people/mails.ts'
import { addressesOf, mailNotice } from '../people/notices.ts'
import { LINK_MINUTES, mailLink } from '../people/one-time-link.ts'
import { type ResetMark, resetMarkOf } from '../people/reset-mark.ts'
import { addressLeftMail, emailChangedMail, passwordResetMail, passwordResetNotice } from './mails.ts'

/**
 * Tells a customer that staff have reset their password, in the reset's transaction; `customer` is the row with the reset's mark. The
 * address that was verified before gets the name and the link that ends the mark, any other a mail with neither: it may be anybody's.
 */
export async function tellOfReset(db: Transaction, actor: Actor, customer: CustomerAsRead) {
  const mark = resetMarkOf(customer)
  for (const { to } of addressesOf(customer)) {
    if (mark?.proofEmail === to) await mailProofLink(db, actor, customer, mark, { of: 'password' })
    else await mailNotice(db, actor, customer, { to, template: passwordResetNotice, values: {} })
  }
}

/**
 * Tells a customer that staff have taken their second factors away, in that transaction; `customer` is the row with the mark. Name and
 * reason go to an address that was verified alone. factors: whether customers have any.
 */
export async function tellOfFactorReset(
  db: Transaction,
  actor: Actor,
  customer: CustomerAsRead,
  { reason, factors }: { reason: string; factors: CustomerFactors },
) {
  const isMarked = resetMarkOf(customer)?.proofEmail != null
  for (const { to, isVerified } of addressesOf(customer)) {
    const told = isVerified ? { by: nameOf(actor), reason } : { by: actor.reseller.name, reason: '' }
    const values = { ...told, site: 'console', isMarked: isVerified && isMarked, factors } as const
    await mailNotice(db, actor, customer, { to, template: factorsResetMail, values })
  }
}

/** Mails the link by which a customer proves who they are after a reset, to the address that was verified before it. */
export async function mailProofLink(
  db: Transaction,
  actor: Pick<Actor, 'reseller' | 'queue'>,
  customer: Pick<CustomerAsRead, 'id'>,
  { by, proofEmail }: ResetMark,
  { of = 'account' }: { of?: 'password' | 'account' } = {},
) {
  if (proofEmail === null) throw new Error('There is no address to mail the link to.')
  await mailLink(db, actor.queue, {
    resellerId: actor.reseller.id,
    purpose: 'set_password',
    person: { customerId: customer.id },
    email: proofEmail,
    minutes: LINK_MINUTES.proof,
    template: passwordResetMail,
    values: { by, of },
  })
}

/**
 * Tells a customer that the address was changed, at the former one, so that somebody who has lost the account hears of it.
 * One that was never verified need not be the customer's: it gets no more than that it is no longer the account's. `customer`: the
 * row as it was; `email`: the new one.
 */
export async function tellOfNewAddress(
  db: Transaction,
  actor: Actor,
  customer: CustomerAsRead,
  email: string,
) {
  const by = actor.kind === 'staff' ? nameOf(actor) : ''
  for (const { to, isVerified } of addressesOf(customer)) {
    if (to === email) continue
    if (isVerified)
      await mailNotice(db, actor, customer, { to, template: emailChangedMail, values: { email, by } })
    else await mailNotice(db, actor, customer, { to, template: addressLeftMail, values: {} })
  }
}
