import type { LoginAsEnd, LoginAsMode } from '../generated/prisma/client.ts'
import { type Sentence, t } from '../words/words.ts'

/** The specification's names of the two modes. */
export const LOGIN_AS_NAMES: Readonly<Record<LoginAsMode, Sentence>> = {
  readonly: t('ReadOnly Login'),
  admin: t('Admin Login'),
}

/** Why a login-as session ended, to be read after a colon. */
export const LOGIN_AS_ENDS: Readonly<Record<LoginAsEnd, Sentence>> = {
  exit: t('exited'),
  staff_logout: t('the staff member logged out'),
  staff_off: t('the staff member was turned off'),
  permission_lost: t('the staff member lost the permission'),
  customer_off: t('the customer was turned off'),
  time_up: t('it reached the time limit'),
  idle: t('inactive for 10 minutes'),
  replaced: t('another login-as session started in the same browser'),
  never_entered: t('it was never started'),
  password_changed: t('the staff member’s password was changed'),
  session_idle: t('the staff session was inactive for 30 minutes'),
  session_expired: t('the staff session reached its 12-hour limit'),
  session_gone: t('the staff session ended'),
  portal_login: t('someone logged in to the portal in the same browser'),
  stopped: t('it was ended from the portal'),
}

/** Why a login-as session ended, as LOGIN_AS_ENDS, with the name of the person who ended it from the portal. */
export const whyEnded = (by: LoginAsEnd, stoppedBy?: string | null): Sentence =>
  by === 'stopped' && stoppedBy ? t('ended by {stoppedBy}', { stoppedBy }) : LOGIN_AS_ENDS[by]
