import type { Transaction } from '../database/client.ts'
import { record } from '../events/record.ts'
import type { Customer, OneTimeLink } from '../generated/prisma/client.ts'
import { type Actor, nameOf } from './actor.ts'
import { passwordResetOver } from './events.ts'

/**
 * That staff have had a password of a customer. A password that staff have seen proves nobody, and neither does one that was set with
 * its help: until the customer has used a link that reached them alone, each session and event of theirs says "after a reset by NAME".
 */
export interface ResetMark {
  /** The name of the staff member who did the latest reset, whose password has been the valid one since. */
  by: string
  /** The first of the resets since the customer last proved who they are. */
  since: Date
  /** The address that was verified before the first of them; null: none was, and the mark stays. */
  proofEmail: string | null
}

/** The columns of a customer's row that hold the mark. */
export const RESET_MARK = { resetAt: true, resetBy: true, resetProofEmail: true } as const
type Marked = Pick<Customer, keyof typeof RESET_MARK>

/** The mark of a customer, or null. */
export function resetMarkOf({ resetAt, resetBy, resetProofEmail }: Marked): ResetMark | null {
  return resetAt && resetBy !== null ? { by: resetBy, since: resetAt, proofEmail: resetProofEmail } : null
}

/**
 * What a reset by `actor` at this time writes into the customer's row, which the caller holds. Where an earlier mark still lasts, the
 * address that was verified before that one goes on to count: staff may have changed the present one since.
 */
export function markByReset(
  actor: Pick<Actor, 'displayName' | 'name'>,
  customer: Marked & Pick<Customer, 'email' | 'emailVerifiedAt'>,
  now: Date,
): Marked {
  const earlier = resetMarkOf(customer)
  const verified = customer.emailVerifiedAt ? customer.email : null
  return {
    resetBy: nameOf(actor),
    resetAt: earlier?.since ?? now,
    resetProofEmail: earlier ? earlier.proofEmail : verified,
  }
}

/**
 * Whether using a link proves that it is the customer: it sets a password that nobody else knows, was mailed to the address that was
 * verified before the reset, and staff were never shown it. Staff can read the links of mails that are kept, so those prove nothing.
 */
export function provesAfterReset(
  { purpose, delivery, email, shownAt }: Pick<OneTimeLink, 'purpose' | 'delivery' | 'email' | 'shownAt'>,
  { proofEmail }: ResetMark,
): boolean {
  return purpose === 'set_password' && delivery === 'mailed' && email === proofEmail && shownAt === null
}

/**
 * The links by which a customer can still prove who they are. A password set with the help of the reset, or an address that staff have
 * changed, must not take them away.
 */
export function proofLinks(customer: Marked) {
  const email = customer.resetProofEmail
  return email === null
    ? null
    : ({ purpose: 'set_password', delivery: 'mailed', email, shownAt: null } as const)
}

/** Ends the mark, because the customer has used such a link, and notes it. In the caller's transaction, which holds the customer. */
export async function endResetMark(
  db: Transaction,
  actor: Actor & { id: string },
  { by, since, proofEmail }: ResetMark,
) {
  const { id, reseller } = actor
  await db.customer.updateMany({
    where: { resellerId: reseller.id, id },
    data: { resetAt: null, resetBy: null, resetProofEmail: null },
  })
  const facts = { email: proofEmail ?? '', by, since: since.toISOString() }
  await record(db, actor, passwordResetOver, { customer: { id }, ...facts })
}
