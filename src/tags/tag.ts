import { customerTagged } from './events.ts'
import { record } from '../events/record.ts'
import { lockCustomer } from '../customers/customer.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { newId } from '../database/id.ts'
import { Prisma, type Tag } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { Refusal } from '../web/refusal.ts'
import { comparable } from '../web/text.ts'
import { t } from '../web/words.ts'
import { firstColour } from './colours.ts'

/** A customer wears at most this many. */
export const TAGS_MAX = 20
/** And a tag's name has at most this many characters. */
export const TAG_LENGTH_MAX = 40

/** What makes two names one tag: "VIP" and "vip" are the same, and so is what reads the same. */
export const tagKey = comparable

/** The reseller's tags by name. */
export async function listTags(actor: Actor): Promise<Tag[]> {
  mustBeAllowed(actor, 'customers.see')
  return actor.database.prisma.tag.findMany({
    where: { resellerId: actor.reseller.id },
    orderBy: { key: 'asc' },
  })
}

/** The tags that a customer wears, by name. */
export async function tagsOf(actor: Actor, customer: { id: string }): Promise<Tag[]> {
  mustBeAllowed(actor, 'customers.see')
  const worn = await actor.database.prisma.customerTag.findMany({
    where: { resellerId: actor.reseller.id, customerId: customer.id },
    include: { tag: true },
    orderBy: { tag: { key: 'asc' } },
  })
  return worn.map(({ tag }) => tag)
}

/**
 * The tags of these names, made where they are missing, in the caller's transaction. Until it ends, nobody removes them: whoever
 * would has to wait. A name that is there in other letters ("vip" for "VIP") keeps how it is written and its colour. Says nothing
 * about who may: the deed that needs tags has checked that. Refuses, 409, when one was removed in the very moment.
 */
export async function resolveTags(
  db: Transaction,
  resellerId: string,
  names: readonly string[],
): Promise<Tag[]> {
  // Of several that read the same, from before they were one, the one that is called so letter by letter.
  const called = await db.tag.findMany({ where: { resellerId, name: { in: [...names] } } })
  const others = names.filter((name) => !called.some((tag) => tag.name === name))
  const wanted = new Map(others.map((name) => [tagKey(name), name]))
  // In one order for everybody, so that two who make the same tags wait for each other in line and not in a ring.
  const keys = [...new Set([...wanted.keys(), ...called.map(({ key }) => key)])].sort()
  if (keys.length === 0) return []
  await db.tag.createMany({
    data: keys.flatMap((key) => {
      const name = wanted.get(key)
      return name === undefined ? [] : [{ resellerId, id: newId(), name, key, colour: firstColour(key) }]
    }),
    skipDuplicates: true,
  })
  const held = await db.$queryRaw<{ id: string }[]>`
    select id from tags where reseller_id = ${resellerId} and key in (${Prisma.join(keys)}) order by key for key share`
  if (held.length < keys.length) {
    throw new Refusal(409, t('One of these tags has just been removed. Submit the form again.'))
  }
  return db.tag.findMany({ where: { resellerId, key: { in: keys } }, orderBy: { key: 'asc' } })
}

/** Tells which tag each of these names is: by its id, or by its key where there is none yet. As resolveTags() finds them. */
async function tagsByName(db: Transaction, resellerId: string, names: readonly string[]) {
  const found = await db.tag.findMany({
    where: { resellerId, OR: [{ name: { in: [...names] } }, { key: { in: names.map(tagKey) } }] },
  })
  const byName = new Map(found.map(({ name, id }) => [name, id]))
  const byKey = new Map(found.map(({ key, id }) => [key, id]))
  return (name: string) => byName.get(name) ?? byKey.get(tagKey(name)) ?? tagKey(name)
}

interface WantedTags {
  names: readonly string[]
  /** The customer's tags as the form showed them; without it, `names` is what the customer shall have. */
  shown?: readonly string[] | undefined
}

/**
 * Sets a customer's tags. With `shown`, only what was added and taken away there counts, so that two people at once do not undo
 * each other's tags. Says what changed; where nothing did, nothing is recorded. Refuses, 422, more than TAGS_MAX.
 * Locks the customer, then the tags.
 */
export async function setTags(actor: Actor, customer: { id: string }, { names, shown }: WantedTags) {
  mustBeAllowed(actor, 'customers.tag')
  const owned = { resellerId: actor.reseller.id, customerId: customer.id }
  return transaction(actor, async (db) => {
    await lockCustomer(db, actor, customer.id)
    const rows = await db.customerTag.findMany({ where: owned, include: { tag: true } })
    const worn = rows.map(({ tag }) => tag)
    const idOf = await tagsByName(db, owned.resellerId, [...names, ...(shown ?? [])])
    const wanted = new Map(names.map((name) => [idOf(name), name]))
    const wornIds = new Set(worn.map(({ id }) => id))
    const base = shown ? new Set(shown.map(idOf)) : wornIds
    const removed = worn.filter(({ id }) => base.has(id) && !wanted.has(id))
    const isNew = (id: string) => !wornIds.has(id) && !(shown && base.has(id))
    const newNames = [...wanted].filter(([id]) => isNew(id)).map(([, name]) => name)
    if (worn.length - removed.length + newNames.length > TAGS_MAX) throw tooMany()

    const added = await resolveTags(db, actor.reseller.id, newNames)
    await db.customerTag.deleteMany({ where: { ...owned, tagId: { in: removed.map(({ id }) => id) } } })
    await db.customerTag.createMany({ data: added.map(({ id }) => ({ ...owned, tagId: id })) })
    const change = { added: added.map(({ name }) => name), removed: removed.map(({ name }) => name) }
    if (added.length + removed.length > 0) {
      await record(db, actor, customerTagged, { customer, ...change })
    }
    return change
  })
}

const tooMany = () =>
  new Refusal(422, t('A customer can have up to {max} tags. Remove some.', { max: TAGS_MAX }), {
    field: 'tags',
  })
