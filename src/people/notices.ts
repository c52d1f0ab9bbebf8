import type { Transaction } from '../database/client.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import type { Queue } from '../jobs/queue.ts'
import { queueMail } from '../mail/outbox.ts'
import type { Template } from '../mail/template.ts'
import { type Actor, type Person, ownerOf } from './actor.ts'
import type { CustomerAsRead } from './customer.ts'
import { passwordChangedMail, staffPasswordChangedMail } from './mails.ts'
import { type Owner, ownedBy } from './owner.ts'
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

/** Tells a person by mail what became of their own account: see tellOwner(). */
export async function tellPerson<Values extends Prisma.InputJsonObject>(
  db: Transaction,
  person: Person,
  template: Template<Values>,
  values: NoInfer<Values>,
) {
  if (person.kind === 'staff') return tellStaff(db, person, template, values)
  await tellOwner(db, person.queue, ownerOf(person), template, values)
}

/**
 * Tells whose account this is by mail what became of it: a staff member at their address, a customer wherever addressesOf() says. This
 * cannot be switched off.
 */
export async function tellOwner<Values extends Prisma.InputJsonObject>(
  db: Transaction,
  queue: Queue,
  owner: Owner,
  template: Template<Values>,
  values: NoInfer<Values>,
) {
  const { resellerId } = owner
  for (const to of await addressesOfOwner(db, owner)) {
    await queueMail(db, queue, { resellerId, to, template, values, person: ownedBy(owner) })
  }
}

async function addressesOfOwner(db: Transaction, { resellerId, kind, id }: Owner): Promise<string[]> {
  const where = { resellerId_id: { resellerId, id } }
  if (kind === 'customer') {
    return addressesOf(await db.customer.findUniqueOrThrow({ where })).map(({ to }) => to)
  }
  const { email } = await db.staff.findUniqueOrThrow({ where, select: { email: true } })
  return [email]
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
