import { tagChanged, tagMerged, tagRemoved } from './events.ts'
import { validate as isUuid } from 'uuid'
import { record } from '../events/record.ts'
import { savedMeanwhile } from '../events/saved-meanwhile.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { isUniqueViolation } from '../database/failures.ts'
import type { Tag } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { CHANGED_MEANWHILE, Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import type { TagColour } from './colours.ts'
import { followTagLater } from './search-rows.ts'
import { tagKey } from './tag.ts'

/** A tag with how many customers wear it. */
export interface CountedTag extends Pick<Tag, 'id' | 'name' | 'key' | 'colour'> {
  customers: number
}

interface WantedTag {
  name: string
  colour: TagColour
  /** What the page showed of the tag. */
  seenName?: string | undefined
  seenColour?: TagColour | undefined
}

/** The reseller's tags by name, each with how many customers wear it. One statement. */
export async function countTags(actor: Actor): Promise<CountedTag[]> {
  mustBeAllowed(actor, 'customers.see')
  const tags = await actor.database.prisma.$queryRaw<CountedTag[]>`
    select t.id, t.name, t.key, t.colour, count(w.customer_id)::int as customers
    from tags t left join customer_tags w on w.reseller_id = t.reseller_id and w.tag_id = t.id
    where t.reseller_id = ${actor.reseller.id} group by t.reseller_id, t.id order by t.key`
  return tags
}

/** The tag of this id, counted. Throws 404 for another reseller's as for one that never was. */
export async function findTag(actor: Actor, id: unknown): Promise<CountedTag> {
  mustBeAllowed(actor, 'customers.see')
  const { prisma } = actor.database
  const resellerId = actor.reseller.id
  const tag =
    typeof id === 'string' && isUuid(id)
      ? await prisma.tag.findUnique({ where: { resellerId_id: { resellerId, id } } })
      : null
  if (!tag) throw noSuchTag()
  return { ...tag, customers: await prisma.customerTag.count({ where: { resellerId, tagId: tag.id } }) }
}

/**
 * Gives a tag another name or colour, for every customer who wears it. What stands there already is no change and leaves no row.
 * Refuses, 422, the name of another tag: that is a merger; 409, where it is no longer what was seen, see savedMeanwhile().
 */
export async function changeTag(
  actor: Actor,
  tag: Pick<Tag, 'id' | 'name' | 'colour'>,
  { name, colour, seenName, seenColour }: WantedTag,
) {
  mustBeAllowed(actor, 'customers.edit')
  if (name === tag.name && colour === tag.colour) return
  try {
    await transaction(actor, async (db) => {
      const opened = { name: seenName ?? tag.name, colour: seenColour ?? tag.colour }
      if (opened.name !== tag.name || opened.colour !== tag.colour) {
        throw await savedMeanwhile(db, actor, {
          ...{ event: tagChanged, remembers: { to: tag.name } },
          ...{ now: { name: tag.name, colour: tag.colour }, wanted: { name, colour }, opened },
          seen: { seenName: tag.name, seenColour: tag.colour },
        })
      }
      if (name !== tag.name) await followTagLater(db, actor, tag)
      const { count } = await db.tag.updateMany({
        // The name and colour that the deed speaks of are the write's condition: of two at once, only one changes them from there.
        where: { resellerId: actor.reseller.id, id: tag.id, name: tag.name, colour: tag.colour },
        data: { name, key: tagKey(name), colour },
      })
      if (count === 0) throw changedMeanwhile()
      await record(db, actor, tagChanged, {
        from: tag.name,
        to: name,
        colour: colour === tag.colour ? '' : colour,
      })
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new Refusal(422, t('The tag {name} already exists. Merge this tag into it instead.', { name }), {
      field: 'name',
    })
  }
}

/**
 * Puts a tag into the place of another one, which is gone then; who wore both wears the one. `into`: a name or an id. Refuses, 422, a
 * tag that there is not and the tag itself. Says which tag took over and for how many customers. Locks both in the order of their ids.
 */
export function mergeTag(actor: Actor, tag: Pick<Tag, 'id' | 'name'>, { into }: { into: string }) {
  mustBeAllowed(actor, 'customers.edit')
  const resellerId = actor.reseller.id
  return transaction(actor, async (db) => {
    const target = await db.tag.findFirst({
      where: { resellerId, ...(isUuid(into) ? { id: into } : { key: tagKey(into) }) },
    })
    if (!target) throw new Refusal(422, t('Tag not found. Choose one from the list.'), { field: 'into' })
    if (target.id === tag.id) {
      throw new Refusal(422, t('Choose a different tag.'), { field: 'into' })
    }
    if ((await lockTags(db, resellerId, [tag.id, target.id])) < 2) throw changedMeanwhile()
    const customers = await db.customerTag.count({ where: { resellerId, tagId: tag.id } })
    await followTagLater(db, actor, tag)
    await db.$executeRaw`
      insert into customer_tags (reseller_id, customer_id, tag_id)
      select reseller_id, customer_id, ${target.id}::uuid from customer_tags
      where reseller_id = ${resellerId} and tag_id = ${tag.id}::uuid
      on conflict do nothing`
    await deleteTag(db, resellerId, tag)
    await record(db, actor, tagMerged, { from: tag.name, into: target.name, customers })
    return { into: target.name, customers }
  })
}

/** Takes a tag off every customer and away. Says how many wore it. Locks the tag, so that nobody is given it meanwhile. */
export function removeTag(actor: Actor, tag: Pick<Tag, 'id' | 'name'>): Promise<number> {
  mustBeAllowed(actor, 'customers.edit')
  const resellerId = actor.reseller.id
  return transaction(actor, async (db) => {
    if ((await lockTags(db, resellerId, [tag.id])) < 1) throw noSuchTag()
    await followTagLater(db, actor, tag)
    const customers = await deleteTag(db, resellerId, tag)
    await record(db, actor, tagRemoved, { name: tag.name, customers })
    return customers
  })
}

/** Holds tags until the transaction ends, against being given to anybody or removed. Says how many of them there are. */
async function lockTags(db: Transaction, resellerId: string, ids: readonly string[]): Promise<number> {
  let found = 0
  for (const id of [...ids].sort()) {
    found += await db.$executeRaw`
      select from tags where reseller_id = ${resellerId} and id = ${id}::uuid for update`
  }
  return found
}

async function deleteTag(db: Transaction, resellerId: string, { id }: { id: string }): Promise<number> {
  const { count } = await db.customerTag.deleteMany({ where: { resellerId, tagId: id } })
  await db.tag.delete({ where: { resellerId_id: { resellerId, id } } })
  return count
}

const noSuchTag = () => new Refusal(404, t('Tag not found.'))
const changedMeanwhile = () =>
  new Refusal(409, t('Changed by someone else. Check the tags, then try again.'), {
    title: CHANGED_MEANWHILE,
  })
