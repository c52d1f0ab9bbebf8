import { t } from '../words/words.ts'
import { type Changes, changesInWords } from '../events/changes.ts'
import { event } from '../events/event.ts'

export const resellerCreated = event<{ name: string; slug: string; currency: string }>(
  'reseller.created',
  t('Reseller created'),
  ({ name }) => t('set up {name}', { name }),
)

export const resellerChanged = event<Changes>('reseller.changed', t('Settings changed'), (changes) =>
  t('changed the settings: {changes}', { changes: changesInWords(changes) }),
)

export const resellerTestMailSent = event<{ to: string }>(
  'reseller.test_mail_sent',
  t('Test e-mail sent'),
  ({ to }) => t('sent a test e-mail to {to}', { to }),
)
