import { isId } from '../database/id.ts'
import { z } from 'zod'
import { action } from '../actions/action.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { text } from '../forms/form.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { followTagLater } from './search-rows.ts'
import { changedMeanwhile, deleteTag, findTag, lockTags, tagKey } from './tag.ts'

const tagMerged = event<{ from: string; into: string; customers: number }>(
  'tag.merged',
  t('Tags merged'),
  ({ from, into, customers: count }) =>
    t('merged tag {from} into {into} ({count} customers)', { from, into, count }),
)

/**
 * Replaces a tag by another one and deletes it; a customer who had both has the other one. Gives the name of the other one, and how many
 * customers had the deleted one. Locks both in the order of their ids.
 *
 * @throws 422 where the other one does not exist or is the tag itself
 */
export const MergeTags = action({
  may: ['customers.edit'],
  leaves: [tagMerged],
  on: ({ actor }, { id }) => findTag(actor, id),
  // The other tag: its name, or its id.
  input: z.object({ into: text({ max: 100, min: 1 }) }),
  run: ({ actor }, tag, { into }) => {
    const resellerId = actor.reseller.id
    return transaction(actor, async (db) => {
      const target = await db.tag.findFirst({
        where: { resellerId, ...(isId(into) ? { id: into } : { key: tagKey(into) }) },
      })
      if (!target) throw new Refusal(422, t('Tag not found. Choose one from the list.'), { field: 'into' })
      if (target.id === tag.id) {
        throw new Refusal(422, t('Choose a different tag.'), { field: 'into' })
      }
      if ((await lockTags(db, resellerId, [tag.id, target.id])) < 2) throw changedMeanwhile()
      const customers = await db.customerTag.count({ where: { resellerId, tagId: tag.id } })
      await followTagLater(db, actor, tag)
      await moveCustomers(db, resellerId, { from: tag.id, into: target.id })
      await deleteTag(db, resellerId, tag)
      await record(db, actor, tagMerged, { from: tag.name, into: target.name, customers })
      return { into: target.name, customers }
    })
  },
})

/** So many at once take a third of the time that a page's statement has. */
const MOVED_AT_ONCE = 10_000

/** Gives the customers of one tag another one in its place. The caller holds both tags, so that nobody is given either meanwhile. */
async function moveCustomers(
  db: Transaction,
  resellerId: string,
  { from, into }: Record<'from' | 'into', string>,
) {
  await db.$executeRaw`
    delete from customer_tags had using customer_tags has
    where had.reseller_id = ${resellerId} and had.tag_id = ${from}::uuid
      and has.reseller_id = ${resellerId} and has.tag_id = ${into}::uuid and has.customer_id = had.customer_id`
  for (let moved = MOVED_AT_ONCE; moved === MOVED_AT_ONCE;)
    moved = await db.$executeRaw`
      update customer_tags set tag_id = ${into}::uuid
      where reseller_id = ${resellerId} and tag_id = ${from}::uuid and customer_id in (
        select customer_id from customer_tags where reseller_id = ${resellerId} and tag_id = ${from}::uuid limit ${MOVED_AT_ONCE})`
}
