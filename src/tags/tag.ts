import { v7 as uuidv7 } from 'uuid'
import { record } from '../audit/record.ts'
import { lockCustomer } from '../customers/customer.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { Prisma, type Tag } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../sessions/actor.ts'
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
  const wanted = new Map(names.map((name) => [tagKey(name), name]))
  // In one order for everybody, so that two who make the same tags wait for each other in line and not in a ring.
  const keys = [...wanted.keys()].sort()
  if (keys.length === 0) return []
  await db.tag.createMany({
    data: keys.map((key) => ({
      resellerId,
      id: uuidv7(),
      name: wanted.get(key) as string,
      key,
      colour: firstColour(key),
    })),
    skipDuplicates: true,
  })
  const held = await db.$queryRaw<{ id: string }[]>`
    select id from tags where reseller_id = ${resellerId} and key in (${Prisma.join(keys)}) order by key for key share`
  if (held.length < keys.length) {
    throw new Refusal(409, t('Somebody removed one of these tags in this moment. Send the form again.'))
  }
  return db.tag.findMany({ where: { resellerId, key: { in: keys } }, orderBy: { key: 'asc' } })
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
    const worn = await db.customerTag.findMany({ where: owned, include: { tag: true } })
    const typed = new Map(names.map((name) => [tagKey(name), name]))
    const wornKeys = new Set(worn.map(({ tag }) => tagKey(tag.name)))
    const base = shown ? new Set(shown.map(tagKey)) : wornKeys
    const removed = worn
      .map(({ tag }) => tag)
      .filter(({ name }) => base.has(tagKey(name)) && !typed.has(tagKey(name)))
    const isNew = (key: string) => !wornKeys.has(key) && !(shown && base.has(key))
    const newNames = [...typed].filter(([key]) => isNew(key)).map(([, name]) => name)
    if (worn.length - removed.length + newNames.length > TAGS_MAX) throw tooMany()

    const added = await resolveTags(db, actor.reseller.id, newNames)
    await db.customerTag.deleteMany({ where: { ...owned, tagId: { in: removed.map(({ id }) => id) } } })
    await db.customerTag.createMany({ data: added.map(({ id }) => ({ ...owned, tagId: id })) })
    const change = { added: added.map(({ name }) => name), removed: removed.map(({ name }) => name) }
    if (added.length + removed.length > 0) {
      await record(db, actor, 'customer.tagged', { customer, ...change })
    }
    return change
  })
}

const tooMany = () =>
  new Refusal(422, t('A customer can have {max} tags at most. Take some away.', { max: TAGS_MAX }), {
    field: 'tags',
  })
