import { t } from '../web/words.ts'
import { event, type NoDetails } from '../events/event.ts'

/** A password that was set through a link; shownTo: the staff member who had been shown it, and could have used it. */
type ThroughLink = { email: string; shownTo?: string }

const throughLink = ({ email, shownTo }: ThroughLink) =>
  shownTo
    ? t('set the password of {email} with a link shown to {shownTo}', { email, shownTo })
    : t('set the password of {email} with a link', { email })

export const staffPasswordChanged = event<NoDetails>(
  'staff.password_changed',
  t('Staff password changed'),
  () => t('changed their own password'),
)

export const staffPasswordLinkRequested = event<{ email: string }>(
  'staff.password_link_requested',
  t('Password link requested'),
  ({ email }) => t('Password link requested for {email}', { email }),
)

export const staffPasswordSet = event<ThroughLink>(
  'staff.password_set',
  t('Password set with a link'),
  throughLink,
)

export const customerPasswordSet = event<ThroughLink>(
  'customer.password_set',
  t('Customer password set with a link'),
  throughLink,
)

export const passwordGenerated = event<NoDetails>('password.generated', t('Password generated'), () =>
  t('generated a password for the customer'),
)

export const passwordReset = event<NoDetails>('password.reset', t('Password reset'), () =>
  t('reset the customer’s password'),
)

export const passwordResetOver = event<{ email: string; by: string; since: string }>(
  'password.reset_over',
  t('Address confirmed after a password reset'),
  ({ email, by }) =>
    t('confirmed {email} with an e-mailed link after a password reset by {by}', { email, by }),
)

export const customerPasswordChanged = event<NoDetails>(
  'customer.password_changed',
  t('Customer’s own password changed'),
  () => t('changed their own password'),
)

export const customerPasswordLinkRequested = event<{ email: string }>(
  'customer.password_link_requested',
  t('Customer password link requested'),
  ({ email }) => t('Password link requested for {email}', { email }),
)
