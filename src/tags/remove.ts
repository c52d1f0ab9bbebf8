import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { t } from '../words/words.ts'
import { followTagLater } from './search-rows.ts'
import { deleteTag, findTag, lockTags, noSuchTag } from './tag.ts'

const tagRemoved = event<{ name: string; customers: number }>(
  'tag.removed',
  t('Tag removed'),
  ({ name, customers: count }) => t('removed tag {name} ({count} customers)', { name, count }),
)

/** Removes a tag from every customer and deletes it. Gives how many customers had it. Locks the tag, so that nobody is given it meanwhile. */
export const RemoveTag = action({
  may: ['customers.edit'],
  leaves: [tagRemoved],
  on: ({ actor }, { id }) => findTag(actor, id),
  input: z.object({}),
  run: ({ actor }, tag) => {
    const resellerId = actor.reseller.id
    return transaction(actor, async (db) => {
      if ((await lockTags(db, resellerId, [tag.id])) < 1) throw noSuchTag()
      await followTagLater(db, actor, tag)
      const customers = await deleteTag(db, resellerId, tag)
      await record(db, actor, tagRemoved, { name: tag.name, customers })
      return customers
    })
  },
})
