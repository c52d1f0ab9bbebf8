import { event, type NoDetails } from '../events/event.ts'
import { type Sentence, t } from '../words/words.ts'

/** `permission`: what was lacking, where it was that; `count`: of the event that sums up those after the first. */
export type RequestRefused = { method: string; path: string; permission?: string; count?: number }

/** `until`: until when no further try comes through, where it was the last one allowed. */
type FailedLogin = { email: string; why: string; until?: string }

/** `factor`: by what the login was proved a second time, where it was; `passkey`: which one, as its owner calls it. */
type LoggedIn = { factor?: string; passkey?: string }

const loggedIn = ({ factor, passkey: name = '' }: LoggedIn): Sentence => {
  switch (factor) {
    case 'totp':
      return t('logged in with a code')
    case 'recovery_code':
      return t('logged in with a recovery code')
    case 'trusted_browser':
      return t('logged in from a trusted browser')
    case 'passkey':
      return t('logged in with a password and the passkey {name}', { name })
    case 'passkey_alone':
      return t('logged in with the passkey {name}', { name })
    default:
      return t('logged in')
  }
}

export const staffLoggedIn = event<LoggedIn>('staff.logged_in', t('Staff login'), loggedIn)

const passwordAccepted = ({ email }: { email: string }) =>
  t('Correct password for {email}, second factor requested', { email })

export const staffPasswordAccepted = event<{ email: string }>(
  'staff.password_accepted',
  t('Second factor requested'),
  passwordAccepted,
)

export const staffLoginFailed = event<FailedLogin>(
  'staff.login_failed',
  t('Failed staff login'),
  ({ email, why }, { count }) =>
    t('{count} failed logins as {email}, {why}', { count, email, why: whyFailed(why) }),
)

export const staffLoggedOut = event<NoDetails>('staff.logged_out', t('Staff logout'), () => t('logged out'))

export const staffSessionsEnded = event<{ count: number }>(
  'staff.sessions_ended',
  t('Own staff sessions ended'),
  ({ count }) => t('logged out of {count} other browsers', { count }),
)

export const staffProved = event<NoDetails>('staff.proved', t('Staff identity confirmed'), () =>
  t('confirmed who they are'),
)

export const staffProofFailed = event<NoDetails>(
  'staff.proof_failed',
  t('Staff identity not confirmed'),
  () => t('failed to confirm who they are'),
)

export const customerProved = event<NoDetails>('customer.proved', t('Customer identity confirmed'), () =>
  t('confirmed who they are'),
)

export const customerProofFailed = event<NoDetails>(
  'customer.proof_failed',
  t('Customer identity not confirmed'),
  () => t('failed to confirm who they are'),
)

export const customerLoggedIn = event<LoggedIn>('customer.logged_in', t('Customer login'), loggedIn)

export const customerPasswordAccepted = event<{ email: string }>(
  'customer.password_accepted',
  t('Customer’s second factor requested'),
  passwordAccepted,
)

export const customerLoginFailed = event<FailedLogin>(
  'customer.login_failed',
  t('Failed customer login'),
  ({ why }, { count }) => t('{count} failed logins, {why}', { count, why: whyFailed(why) }),
)

export const customerLoggedOut = event<NoDetails>('customer.logged_out', t('Customer logout'), () =>
  t('logged out'),
)

export const customerSessionsEnded = event<{ count: number }>(
  'customer.sessions_ended',
  t('Own sessions ended'),
  ({ count }) => t('logged out of {count} other browsers', { count }),
)

export const requestRefused = event<RequestRefused>(
  'request.refused',
  t('Request refused'),
  ({ method, path, count }) =>
    count === undefined
      ? t('tried {method} {path} and was refused', { method, path })
      : t('tried {method} {path} another {count} times within ten minutes and was refused', {
          method,
          path,
          count,
        }),
)

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

/** `kind`: missing for an authenticator app. */
type FactorAdded = { name: string; kind?: 'passkey' }

const factorAdded = ({ name, kind }: FactorAdded) =>
  kind === 'passkey'
    ? t('added the passkey {name}', { name })
    : t('added the authenticator app {name} as a second factor', { name })

const factorRemoved = ({ name }: { name: string }) => t('removed the second factor {name}', { name })

type FactorRenamed = { from: string; to: string }

const factorRenamed = ({ from, to }: FactorRenamed) =>
  t('renamed the second factor {from} to {to}', { from, to })

const recoveryCodesRenewed = () => t('created new recovery codes')

export const staffFactorAdded = event<FactorAdded>(
  'staff.factor_added',
  t('Second factor added'),
  factorAdded,
)

export const staffFactorRemoved = event<{ name: string }>(
  'staff.factor_removed',
  t('Second factor removed'),
  factorRemoved,
)

export const staffFactorRenamed = event<FactorRenamed>(
  'staff.factor_renamed',
  t('Second factor renamed'),
  factorRenamed,
)

export const staffRecoveryCodesRenewed = event<NoDetails>(
  'staff.recovery_codes_renewed',
  t('Recovery codes created'),
  recoveryCodesRenewed,
)

export const customerFactorAdded = event<FactorAdded>(
  'customer.factor_added',
  t('Customer’s second factor added'),
  factorAdded,
)

export const customerFactorRemoved = event<{ name: string }>(
  'customer.factor_removed',
  t('Customer’s second factor removed'),
  factorRemoved,
)

export const customerFactorRenamed = event<FactorRenamed>(
  'customer.factor_renamed',
  t('Customer’s second factor renamed'),
  factorRenamed,
)

export const customerRecoveryCodesRenewed = event<NoDetails>(
  'customer.recovery_codes_renewed',
  t('Customer’s recovery codes created'),
  recoveryCodesRenewed,
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

/** Why a login failed, as a failed-login event keeps it, to be read within a sentence. */
export const whyFailed = (why: string): Sentence =>
  Object.hasOwn(REASONS, why) ? (REASONS[why] as Sentence) : t('{why}', { why })

const REASONS: Readonly<Record<string, Sentence>> = {
  wrong_password: t('wrong password'),
  wrong_code: t('correct password but wrong code'),
  wrong_passkey: t('passkey not valid'),
  passkey_counter: t('passkey used out of order, so it may have been copied'),
  no_password: t('no password set'),
  off: t('account is OFF'),
  password_expired: t('temporary password expired'),
  throttled: t('too many attempts before'),
}
