import type { Transaction } from '../database/client.ts'
import type { Customer, Prisma } from '../generated/prisma/client.ts'
import { queueMail } from '../mail/outbox.ts'
import type { Template } from '../mail/template.ts'
import { LINK_MINUTES, makeLink } from '../people/one-time-link.ts'
import { type ResetMark, resetMarkOf } from '../people/reset-mark.ts'
import { type Actor, nameOf } from '../people/actor.ts'
import {
  addressLeftMail,
  emailChangedMail,
  passwordChangedMail,
  passwordResetMail,
  passwordResetNotice,
} from './mails.ts'

/**
 * Tells a customer that staff have reset their password, in the reset's transaction; `customer` is the row with the reset's mark. The
 * address that was verified before gets the name and the link that ends the mark, any other a mail with neither: it may be anybody's.
 */
export async function tellOfReset(db: Transaction, actor: Actor, customer: Customer) {
  const mark = resetMarkOf(customer)
  for (const { to } of addressesOf(customer)) {
    if (mark?.proofEmail === to) await mailProofLink(db, actor, customer, mark)
    else await tell(db, actor, customer, { to, template: passwordResetNotice, values: {} })
  }
}

/** Mails the link by which a customer proves who they are after a reset, to the address that was verified before it. */
export async function mailProofLink(
  db: Transaction,
  actor: Pick<Actor, 'reseller' | 'queue'>,
  customer: Pick<Customer, 'id'>,
  { by, proofEmail }: ResetMark,
) {
  if (proofEmail === null) throw new Error('There is no address to mail the link to.')
  const link = await makeLink(db, {
    resellerId: actor.reseller.id,
    purpose: 'set_password',
    delivery: 'mailed',
    person: { customerId: customer.id },
    email: proofEmail,
    minutes: LINK_MINUTES.proof,
  })
  const values = { linkId: link.id, by }
  await tell(db, actor, customer, { to: proofEmail, template: passwordResetMail, values })
}

/**
 * Tells a customer that the password was changed; not of a first one, which is no change. `afterResetBy`: whose reset made that
 * possible, or ''. `customer`: the row as it was.
 */
export async function tellOfNewPassword(
  db: Transaction,
  actor: Actor,
  customer: Customer,
  { afterResetBy }: { afterResetBy: string },
) {
  for (const { to, isVerified } of addressesOf(customer)) {
    const values = { afterResetBy: isVerified ? afterResetBy : '' }
    await tell(db, actor, customer, { to, template: passwordChangedMail, values })
  }
}

/**
 * Tells a customer that the address was changed, at the former one, so that whoever has lost the account to somebody else hears of it.
 * One that was never verified need not be the customer's: it is told no more than that it is no longer the account's. `customer`: the
 * row as it was; `email`: the new one.
 */
export async function tellOfNewAddress(db: Transaction, actor: Actor, customer: Customer, email: string) {
  const by = actor.kind === 'staff' ? nameOf(actor) : ''
  for (const { to, isVerified } of addressesOf(customer)) {
    if (to === email) continue
    if (isVerified) await tell(db, actor, customer, { to, template: emailChangedMail, values: { email, by } })
    else await tell(db, actor, customer, { to, template: addressLeftMail, values: {} })
  }
}

/** Where a customer is told what becomes of the account: at its address and, after a reset, at the one that was verified before. */
function addressesOf(customer: Customer): { to: string; isVerified: boolean }[] {
  const { email, emailVerifiedAt } = customer
  const before = resetMarkOf(customer)?.proofEmail ?? null
  const present = { to: email, isVerified: emailVerifiedAt !== null || email === before }
  return before === null || before === email ? [present] : [present, { to: before, isVerified: true }]
}

async function tell<Values extends Prisma.InputJsonObject>(
  db: Transaction,
  { reseller, queue }: Pick<Actor, 'reseller' | 'queue'>,
  { id }: Pick<Customer, 'id'>,
  mail: { to: string; template: Template<Values>; values: NoInfer<Values> },
) {
  await queueMail(db, queue, { resellerId: reseller.id, person: { customerId: id }, ...mail })
}
