import { event } from '../events/event.ts'
import { t } from '../words/words.ts'

export const customerTagged = event<{ added: readonly string[]; removed: readonly string[] }>(
  'customer.tagged',
  t('Tags set'),
  ({ added, removed }) => {
    if (removed.length === 0) return t('added the tags {added}', { added })
    if (added.length === 0) return t('removed the tags {removed}', { removed })
    return t('added the tags {added} and removed {removed}', { added, removed })
  },
)
