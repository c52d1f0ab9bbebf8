import { colourName } from './colours.ts'
import { t } from '../words/words.ts'
import { event } from '../events/event.ts'

export const customerTagged = event<{ added: readonly string[]; removed: readonly string[] }>(
  'customer.tagged',
  t('Tags set'),
  ({ added, removed }) => {
    if (removed.length === 0) return t('added the tags {added}', { added })
    if (added.length === 0) return t('removed the tags {removed}', { removed })
    return t('added the tags {added} and removed {removed}', { added, removed })
  },
)

export const tagChanged = event<{ from: string; to: string; colour: string }>(
  'tag.changed',
  t('Tag changed'),
  ({ from, to, colour }) => {
    if (!colour) return t('renamed tag {from} to {to}', { from, to })
    const said = { from, to, colour: colourName(colour) }
    return from === to
      ? t('changed the color of tag {from} to {colour}', said)
      : t('renamed tag {from} to {to} and changed its color to {colour}', said)
  },
)

export const tagMerged = event<{ from: string; into: string; customers: number }>(
  'tag.merged',
  t('Tags merged'),
  ({ from, into, customers: count }) =>
    t('merged tag {from} into {into} ({count} customers)', { from, into, count }),
)

export const tagRemoved = event<{ name: string; customers: number }>(
  'tag.removed',
  t('Tag removed'),
  ({ name, customers: count }) => t('removed tag {name} ({count} customers)', { name, count }),
)
