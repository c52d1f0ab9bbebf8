import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { isUniqueViolation } from '../database/failures.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { savedMeanwhile } from '../events/saved-meanwhile.ts'
import { choice, shownText, text } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { TAG_COLOURS, colourName } from './colours.ts'
import { tidy } from './forms.ts'
import { followTagLater } from './search-rows.ts'
import { TAG_LENGTH_MAX, changedMeanwhile, findTag, tagKey } from './tag.ts'

const tagChanged = event<{ from: string; to: string; colour: string }>(
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

/**
 * Gives a tag another name or colour, for every customer who has it. The name and colour that it has already are no change and leave no
 * event.
 *
 * @throws 422 for the name of another tag: that is a merger; 409 where it is no longer what was seen, see savedMeanwhile()
 */
export const ChangeTag = action({
  may: ['customers.edit'],
  leaves: [tagChanged],
  on: ({ actor }, { id }) => findTag(actor, id),
  // What the page showed of the tag is sent along; a script that sends none of it accepts any.
  input: z.object({
    name: text({ max: TAG_LENGTH_MAX, min: 1 })
      .transform(tidy)
      .refine((name) => !name.includes(','), {
        error: phrase('A tag cannot contain a comma. Commas separate tags.'),
      }),
    colour: choice(TAG_COLOURS),
    seenName: shownText({ max: 1000 }).optional(),
    seenColour: choice(TAG_COLOURS).optional(),
  }),
  run: async ({ actor }, tag, { name, colour, seenName, seenColour }) => {
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
          // The name and colour that were read are the write's condition: of two at once, only one changes them from there.
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
  },
})
