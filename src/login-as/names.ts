import type { LoginAsEnd, LoginAsMode } from '../generated/prisma/client.ts'
import { type Sentence, t } from '../web/words.ts'

/** The specification's names of the two modes. */
export const LOGIN_AS_NAMES: Readonly<Record<LoginAsMode, Sentence>> = {
  readonly: t('ReadOnly Login'),
  admin: t('Admin Login'),
}

/** Why a stay ended, to be read after a colon. */
export const LOGIN_AS_ENDS: Readonly<Record<LoginAsEnd, Sentence>> = {
  exit: t('left by Exit'),
  staff_logout: t('the staff member logged out'),
  staff_off: t('the staff member was turned off'),
  permission_lost: t('the staff member lost the permission'),
  customer_off: t('the customer was turned off'),
  time_up: t('its time was up'),
  idle: t('nothing was done for ten minutes'),
  replaced: t('another one began in the same browser'),
  never_entered: t('it was never entered'),
  password_changed: t('the staff member’s password was changed'),
  session_idle: t('the portal session it hung on had not been used for 30 minutes'),
  session_expired: t('the portal session it hung on was over after 12 hours'),
  session_gone: t('the portal session it hung on is over'),
  portal_login: t('somebody logged in to the portal in the same browser'),
  stopped: t('it was ended from the portal'),
}

/** Why a stay ended, as LOGIN_AS_ENDS, with the name of whoever ended it from the portal. */
export const whyEnded = (by: LoginAsEnd, stoppedBy?: string | null): Sentence =>
  by === 'stopped' && stoppedBy ? t('{stoppedBy} ended it', { stoppedBy }) : LOGIN_AS_ENDS[by]
