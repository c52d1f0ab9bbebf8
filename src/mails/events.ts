import { event } from '../events/event.ts'
import { t } from '../words/words.ts'

export const mailOpened = event<{ to: string; template: string; showsLink?: boolean }>(
  'mail.opened',
  t('E-mail opened'),
  ({ to, showsLink }) =>
    showsLink
      ? t('opened an e-mail to {to} that shows its link', { to })
      : t('opened an e-mail to {to}', { to }),
)
