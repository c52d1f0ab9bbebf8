import { TEAM_TYPE_NAMES } from '../teams/names.ts'
import { t } from '../words/words.ts'
import { type FilterWords, askedInWords } from '../events/asked.ts'
import { type Changes, changesInWords } from '../events/changes.ts'
import { type NoDetails, event } from '../events/event.ts'

export const customerCreated = event<{ email: string; team: string; teamId: string }>(
  'customer.created',
  t('Customer created'),
  ({ email, team }) => t('created {email} in team {team}', { email, team }),
)

export const customerChanged = event<Changes>('customer.changed', t('Customer changed'), (changes) =>
  t('changed {changes}', { changes: changesInWords(changes) }),
)

export const customerSuspended = event<{ reason: string; message: string }>(
  'customer.suspended',
  t('Customer turned off'),
  ({ reason }) => t('turned the customer off: {reason}', { reason }),
)

export const customerReinstated = event<{ reason: string }>(
  'customer.reinstated',
  t('Customer turned on'),
  ({ reason }) => (reason ? t('turned the customer on: {reason}', { reason }) : t('turned the customer on')),
)

export const customerVerificationSent = event<{ email: string }>(
  'customer.verification_sent',
  t('Verification e-mail sent'),
  ({ email }) => t('sent a verification e-mail to {email}', { email }),
)

export const customerVerified = event<{ email: string }>(
  'customer.verified',
  t('E-mail address verified'),
  ({ email }) => t('verified the address {email}', { email }),
)

export const customerPasswordLinkMade = event<{ email: string; delivery: string }>(
  'customer.password_link_made',
  t('Customer password link created'),
  ({ email, delivery }) =>
    delivery === 'mailed'
      ? t('sent a set-password link to {email}', { email })
      : t('created a set-password link for {email} to copy', { email }),
)

export const customerPasswordLinkShown = event<{ email: string }>(
  'customer.password_link_shown',
  t('Customer password link shown'),
  ({ email }) => t('viewed the set-password link for {email}', { email }),
)

export const customersExported = event<{ query: string }>(
  'customers.exported',
  t('Customers exported'),
  ({ query }) => {
    const asked = askedInWords(query, FILTER_WORDS)
    return asked.length > 0
      ? t('exported the customers matching {asked}', { asked })
      : t('exported all customers')
  },
)

const FILTER_WORDS: FilterWords = {
  type: (type) =>
    t('team type {type}', { type: TEAM_TYPE_NAMES[type as keyof typeof TEAM_TYPE_NAMES] ?? type }),
  state: (state) => t('state {state}', { state }),
  tag: (tag) => t('tag {tag}', { tag }),
}

export const passwordGenerated = event<NoDetails>('password.generated', t('Password generated'), () =>
  t('generated a password for the customer'),
)

export const passwordReset = event<NoDetails>('password.reset', t('Password reset'), () =>
  t('reset the customer’s password'),
)
