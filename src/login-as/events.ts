import { event } from '../events/event.ts'
import type { LoginAsEnd, LoginAsMode } from '../generated/prisma/client.ts'
import type { RequestRefused } from '../people/events.ts'
import { t } from '../words/words.ts'
import { LOGIN_AS_NAMES, whyEnded } from './login-as.ts'

export const loginAsStarted = event<{ mode: LoginAsMode; reason: string; loginAs: string }>(
  'login_as.started',
  t('Login-as session started'),
  ({ mode, reason }) => t('started {mode}: {reason}', { mode: LOGIN_AS_NAMES[mode], reason }),
)

export const loginAsEnded = event<{ mode: LoginAsMode; by: LoginAsEnd; loginAs: string; stoppedBy?: string }>(
  'login_as.ended',
  t('Login-as session ended'),
  ({ mode, by, stoppedBy }) =>
    t('ended {mode}: {why}', { mode: LOGIN_AS_NAMES[mode], why: whyEnded(by, stoppedBy) }),
)

export const loginAsStopped = event<{ mode: LoginAsMode; staff: string; loginAs: string }>(
  'login_as.stopped',
  t('Login-as session ended from the portal'),
  ({ mode, staff }) => t('ended the {mode} of {staff}', { mode: LOGIN_AS_NAMES[mode], staff }),
)

export const loginAsExported = event<{ mode: LoginAsMode; staff: string; loginAs: string }>(
  'login_as.exported',
  t('Login-as session record exported'),
  ({ mode, staff }) =>
    t('exported the record of the {mode} of {staff}', { mode: LOGIN_AS_NAMES[mode], staff }),
)

export const loginAsRefused = event<RequestRefused & { mode: LoginAsMode; loginAs: string }>(
  'login_as.refused',
  t('Request refused in a login-as session'),
  ({ mode, method, path, count }) => {
    const tried = { method, path, mode: LOGIN_AS_NAMES[mode] }
    return count === undefined
      ? t('tried {method} {path} in {mode} and was refused', tried)
      : t('tried {method} {path} in {mode} another {count} times within ten minutes and was refused', {
          ...tried,
          count,
        })
  },
)
