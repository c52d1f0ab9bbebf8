import { event } from '../events/event.ts'
import { roleName } from '../people/roles.ts'
import type { Formats } from '../words/format.ts'
import { type Sentence, t } from '../words/words.ts'

/** The limits of a role that were changed, by their names; minor units, '' for none, in the same order. */
export type LimitsChanged = {
  role: string
  changed: readonly string[]
  before: readonly string[]
  after: readonly string[]
}

/** "at most at once from none to 500.00 USD": a list for a sentence. */
export function limitsInWords(
  { changed, before, after }: Omit<LimitsChanged, 'role'>,
  money: Formats['money'],
): Sentence[] {
  const sum = (minor: string | undefined) =>
    minor ? t('{amount}', { amount: money(BigInt(minor)) }) : t('none')
  return changed.map((name, place) => {
    const said = { before: sum(before[place]), after: sum(after[place]) }
    if (name === 'entryMax') return t('maximum per posting from {before} to {after}', said)
    if (name === 'dayMax') return t('maximum within 24 hours from {before} to {after}', said)
    return t('approval required above from {before} to {after}', said)
  })
}

export const staffPasswordLinkMade = event<{ email: string; delivery: string }>(
  'staff.password_link_made',
  t('Password link created'),
  ({ email, delivery }) =>
    delivery === 'mailed'
      ? t('sent a password link to {email}', { email })
      : t('created a password link for {email}', { email }),
)

export const staffAdded = event<{ email: string; role: string }>(
  'staff.added',
  t('Staff added'),
  ({ email, role }) => t('added {email} as {role}', { email, role: roleName(role) }),
)

/** `reason` '': it was done on the host. */
export const staffFactorsReset = event<{ email: string; reason: string }>(
  'staff.factors_reset',
  t('Second factors reset'),
  ({ email, reason }) =>
    reason
      ? t('removed all second factors of {email}: {reason}', { email, reason })
      : t('removed all second factors of {email}', { email }),
)
