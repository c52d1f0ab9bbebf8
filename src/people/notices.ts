import type { Transaction } from '../database/client.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { queueMail } from '../mail/outbox.ts'
import type { Template } from '../mail/template.ts'
import type { Actor, Person } from './actor.ts'
import type { CustomerAsRead } from './customer.ts'
import { passwordChangedMail, staffPasswordChangedMail } from './mails.ts'
import { resetMarkOf } from './reset-mark.ts'

/**
 * Tells a customer that the password was changed; not of a first one, which is no change. `afterResetBy`: whose reset made that
 * possible, or ''. `customer`: the row as it was.
 */
export async function tellOfNewPassword(
  db: Transaction,
  actor: Actor,
  customer: CustomerAsRead,
  { afterResetBy }: { afterResetBy: string },
) {
  for (const { to, isVerified } of addressesOf(customer)) {
    const values = { afterResetBy: isVerified ? afterResetBy : '' }
    await mailNotice(db, actor, customer, { to, template: passwordChangedMail, values })
  }
}

/** Tells a staff member that the password was changed; not of a first one. */
export const tellStaffOfNewPassword = (
  db: Transaction,
  person: Pick<Person, 'id' | 'name' | 'reseller' | 'queue'>,
) => tellStaff(db, person, staffPasswordChangedMail, {})

/** Tells a staff member by mail what became of their own account. This cannot be switched off. */
export async function tellStaff<Values extends Prisma.InputJsonObject>(
  db: Transaction,
  { id, name: to, reseller, queue }: Pick<Actor, 'id' | 'name' | 'reseller' | 'queue'>,
  template: Template<Values>,
  values: NoInfer<Values>,
) {
  const person = { staffId: id as string }
  await queueMail(db, queue, { resellerId: reseller.id, to, template, values, person })
}

/** Tells a person by mail what became of their own account: a customer wherever addressesOf() says. This cannot be switched off. */
export async function tellPerson<Values extends Prisma.InputJsonObject>(
  db: Transaction,
  person: Person,
  template: Template<Values>,
  values: NoInfer<Values>,
) {
  if (person.kind === 'staff') return tellStaff(db, person, template, values)
  const { id, reseller } = person
  const customer = await db.customer.findUniqueOrThrow({
    where: { resellerId_id: { resellerId: reseller.id, id } },
  })
  for (const { to } of addressesOf(customer)) await mailNotice(db, person, customer, { to, template, values })
}

/** Where a customer is told what becomes of the account: at its address and, after a reset, at the one that was verified before. */
export function addressesOf(customer: CustomerAsRead): { to: string; isVerified: boolean }[] {
  const { email, emailVerifiedAt } = customer
  const before = resetMarkOf(customer)?.proofEmail ?? null
  const present = { to: email, isVerified: emailVerifiedAt !== null || email === before }
  return before === null || before === email ? [present] : [present, { to: before, isVerified: true }]
}

/** Mails something to a customer about their account. */
export async function mailNotice<Values extends Prisma.InputJsonObject>(
  db: Transaction,
  { reseller, queue }: Pick<Actor, 'reseller' | 'queue'>,
  { id }: Pick<CustomerAsRead, 'id'>,
  mail: { to: string; template: Template<Values>; values: NoInfer<Values> },
) {
  await queueMail(db, queue, { resellerId: reseller.id, person: { customerId: id }, ...mail })
}
