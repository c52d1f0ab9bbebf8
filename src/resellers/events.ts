import { event } from '../events/event.ts'
import { t } from '../words/words.ts'

export const resellerCreated = event<{ name: string; slug: string; currency: string }>(
  'reseller.created',
  t('Reseller created'),
  ({ name }) => t('set up {name}', { name }),
)
