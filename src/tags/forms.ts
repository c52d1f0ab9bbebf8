import { z } from 'zod'
import { optionalText, shownText } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'
import { faultIn, tidied } from '../words/text.ts'
import { TAG_LENGTH_MAX, TAGS_MAX, tagKey } from './tag.ts'

/**
 * Tags as people send them: names separated by commas, or the field repeated, or both. Gives the names without doubles, which
 * differ in more than capitals, in the order they came. Refuses more than TAGS_MAX, names longer than TAG_LENGTH_MAX and what faultIn()
 * finds wrong; the name of a tag that is there (`known`) is nothing that was typed, and passes as it is.
 */
export function tagsField(known: readonly string[] = []) {
  return namesOf(line(), known)
    .superRefine((names, context) => {
      // Of the whole list there is more to see than of each.
      const typed = names.filter((name) => !known.includes(name))
      const fault = typed.map(faultIn).find((found) => found !== null)
      if (fault) context.addIssue({ code: 'custom', ...fault })
    })
    .refine((names) => names.every((name) => [...name].length <= TAG_LENGTH_MAX), {
      error: phrase('Use at most {max} characters for a tag.'),
      params: { max: TAG_LENGTH_MAX },
    })
    .refine((names) => names.length <= TAGS_MAX, {
      error: phrase('A customer can have up to {max} tags. Remove some.'),
      params: { max: TAGS_MAX },
    })
}

const line = () =>
  shownText({ max: 4000 }).refine((value) => !tidied(value).includes('\n'), {
    error: phrase('Enter this on one line.'),
  })

/** Names, without doubles; those of `known` letter by letter, the others as they may be kept. */
function namesOf(field: z.ZodType<string>, known: readonly string[]) {
  return z
    .preprocess((sent) => (Array.isArray(sent) ? sent : [sent ?? '']), z.array(field))
    .transform((sent) => {
      const typed = sent.flatMap((names) => names.split(',')).map((name) => name.trim())
      const isKnown = new Set(known)
      const names = typed.map((name) => (isKnown.has(name) ? name : tidy(tidied(name)))).filter(Boolean)
      return [...new Map(names.map((name) => [isKnown.has(name) ? name : tagKey(name), name])).values()]
    })
}

/**
 * Set Tag, where these tags are there already. `shown`: the tags that the page showed, to tell what was changed there from what others
 * changed meanwhile.
 */
export const TagsForm = (known: readonly string[]) =>
  z.object({ tags: tagsField(known), shown: namesOf(shownText({ max: 4000 }), known).optional() })

/** A tag's name as it is kept: composed letters, single spaces. */
export function tidy(name: string): string {
  return name.normalize('NFC').replace(/\s+/g, ' ').trim()
}

/** What the address of the list may say. */
export const TagsQuery = z.object({ q: optionalText({ max: 200 }) })
