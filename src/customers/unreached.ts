import type { Customer } from '../generated/prisma/client.ts'
import { type MailOutcome, hasNotArrived, isStillAwaited, newestMails } from '../mail/outcome.ts'
import { type Actor, may } from '../people/actor.ts'

/**
 * Of each of these customers the mail with a link that they need and that did not arrive: the one by which a password is set, until they log in
 * again, or else the one by which the address is verified. None for who may not see mails.
 */
export async function unreachedAmong(
  actor: Actor,
  customers: readonly Pick<Customer, 'id' | 'lastLoginAt' | 'emailVerifiedAt'>[],
): Promise<(customer: { id: string }) => MailOutcome | null> {
  if (!may(actor, 'mails.see')) return () => null
  const ids = customers.map(({ id }) => id)
  const mailOf = await newestMails(actor, {
    of: 'customer',
    ids,
    templates: ['set-password', 'verify-email'],
  })
  const found = new Map(
    customers.map(({ id, lastLoginAt, emailVerifiedAt }) => {
      const password = mailOf(id, 'set-password')
      const wanted = [
        isStillAwaited(password, lastLoginAt) ? password : null,
        emailVerifiedAt ? null : mailOf(id, 'verify-email'),
      ]
      return [id, wanted.find((mail) => mail !== null && hasNotArrived(mail)) ?? null]
    }),
  )
  return ({ id }) => found.get(id) ?? null
}
