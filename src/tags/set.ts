import { action } from '../actions/action.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { record } from '../events/record.ts'
import { findCustomer, lockCustomer } from '../people/customer.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { customerTagged } from './events.ts'
import { TagsForm } from './forms.ts'
import { listTags, resolveTags, tagKey, TAGS_MAX } from './tag.ts'

/**
 * Sets a customer's tags and gives what changed; if nothing did, nothing is recorded. With `shown`, the tags that the form showed, only
 * what was added or removed there counts, so that two people do not undo each other's changes. Without it, `tags` are the new tags.
 * Locks the customer, then the tags.
 *
 * @throws 422 for more than TAGS_MAX
 */
export const SetTags = action({
  may: ['customers.tag'],
  leaves: [customerTagged],
  on: async ({ actor }, { id }) => ({
    customer: await findCustomer(actor, id),
    known: (await listTags(actor)).map(({ name }) => name),
  }),
  input: (_by, { known }) => TagsForm(known),
  run: ({ actor }, { customer }, { tags, shown }) => {
    const owned = { resellerId: actor.reseller.id, customerId: customer.id }
    return transaction(actor, async (db) => {
      await lockCustomer(db, actor, customer.id)
      const rows = await db.customerTag.findMany({ where: owned, include: { tag: true } })
      const current = rows.map(({ tag }) => tag)
      const idOf = await tagsByName(db, owned.resellerId, [...tags, ...(shown ?? [])])
      const wanted = new Map(tags.map((name) => [idOf(name), name]))
      const currentIds = new Set(current.map(({ id }) => id))
      const base = shown ? new Set(shown.map(idOf)) : currentIds
      const removed = current.filter(({ id }) => base.has(id) && !wanted.has(id))
      const isNew = (id: string) => !currentIds.has(id) && !(shown && base.has(id))
      const newNames = [...wanted].filter(([id]) => isNew(id)).map(([, name]) => name)
      if (current.length - removed.length + newNames.length > TAGS_MAX) throw tooMany()

      const added = await resolveTags(db, actor.reseller.id, newNames)
      await db.customerTag.deleteMany({ where: { ...owned, tagId: { in: removed.map(({ id }) => id) } } })
      await db.customerTag.createMany({ data: added.map(({ id }) => ({ ...owned, tagId: id })) })
      const change = { added: added.map(({ name }) => name), removed: removed.map(({ name }) => name) }
      if (added.length + removed.length > 0) {
        await record(db, actor, customerTagged, { customer, ...change })
      }
      return change
    })
  },
})

/** Which tag each of these names is: its id, or its key where there is none yet. As resolveTags() finds them. */
async function tagsByName(db: Transaction, resellerId: string, names: readonly string[]) {
  const found = await db.tag.findMany({
    where: { resellerId, OR: [{ name: { in: [...names] } }, { key: { in: names.map(tagKey) } }] },
  })
  const byName = new Map(found.map(({ name, id }) => [name, id]))
  const byKey = new Map(found.map(({ key, id }) => [key, id]))
  return (name: string) => byName.get(name) ?? byKey.get(tagKey(name)) ?? tagKey(name)
}

const tooMany = () =>
  new Refusal(422, t('A customer can have up to {max} tags. Remove some.', { max: TAGS_MAX }), {
    field: 'tags',
  })
