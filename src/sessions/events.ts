import { t } from '../web/words.ts'
import { whyFailed } from './why-failed.ts'
import { event, type NoDetails } from '../events/event.ts'

/** `permission`: what was lacking, where it was that; `count`: of the event that sums up those after the first. */
export type RequestRefused = { method: string; path: string; permission?: string; count?: number }

/** `until`: until when no further try comes through, where it was the last one allowed. */
type FailedLogin = { email: string; why: string; until?: string }

export const staffLoggedIn = event<NoDetails>('staff.logged_in', t('Staff login'), () => t('logged in'))

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

export const customerLoggedIn = event<NoDetails>('customer.logged_in', t('Customer login'), () =>
  t('logged in'),
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
