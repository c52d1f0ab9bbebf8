import { ask } from '../database/ask.ts'
import type { Transaction } from '../database/client.ts'
import { isId, newId } from '../database/id.ts'
import { Prisma, type Tag } from '../generated/prisma/client.ts'
import { COUNTED_MAX } from '../lists/statement.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { CHANGED_MEANWHILE, Refusal } from '../words/refusal.ts'
import { comparable } from '../words/text.ts'
import { t } from '../words/words.ts'
import { firstColour } from './colours.ts'

/** A customer has at most this many. */
export const TAGS_MAX = 20
/** And a tag's name has at most this many characters. */
export const TAG_LENGTH_MAX = 40

/** What makes two names one tag: "VIP" and "vip" are the same, and so is what reads the same. */
export const tagKey = comparable

/** A tag as pages show it. */
export type ShownTag = Pick<Tag, 'id' | 'name' | 'key' | 'colour'>

/** The reseller's tags by name. */
export async function listTags(actor: Actor): Promise<ShownTag[]> {
  mustBeAllowed(actor, 'customers.see')
  return ask(actor, () => 'select id, name, key, colour from tags where reseller_id = $1 order by key', {})
}

/** The tags that a customer has, by name. */
export async function tagsOf(actor: Actor, customer: { id: string }): Promise<ShownTag[]> {
  mustBeAllowed(actor, 'customers.see')
  return ask(
    actor,
    (bind) => `
      select t.id, t.name, t.key, t.colour from customer_tags w join tags t on t.reseller_id = $1 and t.id = w.tag_id
      where w.reseller_id = $1 and w.customer_id = ${bind(customer.id)} order by t.key`,
    {},
  )
}

/**
 * The tags with these names, created if missing, in the caller's transaction. Until it ends, nobody can remove them. A tag that exists
 * in other letters ("vip" for "VIP") keeps its spelling and color. Asks for no permission: that is up to the action.
 *
 * @throws 409 if one is removed at the same moment
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

/** A tag with how many customers have it. */
export interface CountedTag extends ShownTag {
  customers: number
}

/** The reseller's tags by name, each with how many customers have it, up to COUNTED_MAX and one more. One statement. */
export async function countTags(actor: Actor): Promise<CountedTag[]> {
  mustBeAllowed(actor, 'customers.see')
  const { id: resellerId } = actor.reseller
  const tags = await actor.database.prisma.$queryRaw<CountedTag[]>`
    select t.id, t.name, t.key, t.colour,
           (select count(*)::int from (
              select from customer_tags w where w.reseller_id = ${resellerId} and w.tag_id = t.id limit ${COUNTED_MAX + 1}) w) as customers
    from tags t where t.reseller_id = ${resellerId} order by t.key`
  return tags
}

/** The tag of this id, counted. @throws 404 for another reseller's as for one that never was */
export async function findTag(actor: Actor, id: unknown): Promise<CountedTag> {
  mustBeAllowed(actor, 'customers.see')
  const { prisma } = actor.database
  const resellerId = actor.reseller.id
  const tag = isId(id) ? await prisma.tag.findUnique({ where: { resellerId_id: { resellerId, id } } }) : null
  if (!tag) throw noSuchTag()
  return { ...tag, customers: await prisma.customerTag.count({ where: { resellerId, tagId: tag.id } }) }
}

/** Holds tags until the transaction ends, against being given to anybody or removed. Gives how many of them there are. */
export async function lockTags(db: Transaction, resellerId: string, ids: readonly string[]): Promise<number> {
  let found = 0
  for (const id of [...ids].sort()) {
    found += await db.$executeRaw`
      select from tags where reseller_id = ${resellerId} and id = ${id}::uuid for update`
  }
  return found
}

/** Removes a tag from all its customers and then itself. Gives how many customers had it. */
export async function deleteTag(
  db: Transaction,
  resellerId: string,
  { id }: { id: string },
): Promise<number> {
  const { count } = await db.customerTag.deleteMany({ where: { resellerId, tagId: id } })
  await db.tag.delete({ where: { resellerId_id: { resellerId, id } } })
  return count
}

/** The refusal for a tag that is not there. */
export const noSuchTag = () => new Refusal(404, t('Tag not found.'))
/** The refusal where somebody else changed the tags first. */
export const changedMeanwhile = () =>
  new Refusal(409, t('Changed by someone else. Check the tags, then try again.'), {
    title: CHANGED_MEANWHILE,
  })
