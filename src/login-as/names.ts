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
}
