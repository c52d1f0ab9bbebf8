import { t } from '../web/words.ts'
import { event } from '../events/event.ts'

export const mailOpened = event<{ to: string; template: string; showsLink?: boolean }>(
  'mail.opened',
  t('Mail opened'),
  ({ to, showsLink }) =>
    showsLink ? t('opened a mail to {to} that shows its link', { to }) : t('opened a mail to {to}', { to }),
)

export const mailResent = event<{ to: string; template: string }>(
  'mail.resent',
  t('Mail sent again'),
  ({ to }) => t('sent a mail to {to} again', { to }),
)
