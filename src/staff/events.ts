import { roleName } from '../people/roles.ts'
import { type Sentence, t } from '../words/words.ts'
import type { Formats } from '../words/format.ts'
import { event } from '../events/event.ts'

/** The limits of a role that were changed, by their names; minor units, '' for none, in the same order. */
type LimitsChanged = {
  role: string
  changed: readonly string[]
  before: readonly string[]
  after: readonly string[]
}

/** "at most at once from none to 500.00 USD": a list for a sentence. */
function limitsInWords(
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

export const staffRoleChanged = event<{ email: string; from: string; to: string }>(
  'staff.role_changed',
  t('Role changed'),
  ({ email, from, to }) =>
    t('changed the role of {email} from {from} to {to}', {
      email,
      from: roleName(from),
      to: roleName(to),
    }),
)

export const staffSuspended = event<{ email: string; reason: string }>(
  'staff.suspended',
  t('Staff turned off'),
  ({ email, reason }) =>
    reason ? t('turned {email} off: {reason}', { email, reason }) : t('turned {email} off', { email }),
)

export const staffReinstated = event<{ email: string; reason: string }>(
  'staff.reinstated',
  t('Staff turned on'),
  ({ email, reason }) =>
    reason ? t('turned {email} on: {reason}', { email, reason }) : t('turned {email} on', { email }),
)

export const limitsSet = event<LimitsChanged>(
  'limits.set',
  t('Limits set'),
  ({ role, ...changes }, { money }) =>
    t('set the limits of {role}: {changes}', {
      role: roleName(role),
      changes: limitsInWords(changes, money),
    }),
)
