import type { Customer } from '../generated/prisma/client.ts'
import { type MailJson, type MailOutcome, isStillAwaited, mailsIn, undeliveredSql } from '../mail/outcome.ts'

/** SQL for the mails with a link that did not arrive, by customer, of which unreached() is one. */
export const UNREACHED = undeliveredSql('hit', ['set-password', 'verify-email'])

/**
 * Of these the mail with a link that a customer needs: the one by which a password is set, until they log in again, or else the one by
 * which the address is verified.
 */
export function unreached(
  mails: readonly MailJson[],
  { lastLoginAt, emailVerifiedAt }: Pick<Customer, 'lastLoginAt' | 'emailVerifiedAt'>,
): MailOutcome | null {
  const found = mailsIn(mails)
  const made = (template: string) => found.find((mail) => mail.template === template) ?? null
  const password = made('set-password')
  if (isStillAwaited(password, lastLoginAt)) return password
  return emailVerifiedAt ? null : made('verify-email')
}
