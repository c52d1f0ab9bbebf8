import { type Sentence, t } from '../words/words.ts'

/** The colours a tag can have: each is a tone of purser.css, legible in both colour schemes. */
export const TAG_COLOURS = [
  'gray',
  'red',
  'orange',
  'yellow',
  'green',
  'teal',
  'cyan',
  'blue',
  'purple',
  'pink',
] as const
export type TagColour = (typeof TAG_COLOURS)[number]

export const COLOUR_NAMES: Readonly<Record<TagColour, Sentence>> = {
  gray: t('Gray'),
  red: t('Red'),
  orange: t('Orange'),
  yellow: t('Yellow'),
  green: t('Green'),
  teal: t('Teal'),
  cyan: t('Cyan'),
  blue: t('Blue'),
  purple: t('Purple'),
  pink: t('Pink'),
}

/** A colour in words, also one that this version does not have. */
export const colourName = (colour: string): Sentence | string =>
  Object.hasOwn(COLOUR_NAMES, colour) ? COLOUR_NAMES[colour as TagColour] : colour

/** A colour for a new tag. It follows from the tag's key, so that one word looks the same wherever it is made; never gray, the quietest. */
export function firstColour(key: string): TagColour {
  let sum = 0
  for (const letter of key) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_003
  return TAG_COLOURS[1 + (sum % (TAG_COLOURS.length - 1))] as TagColour
}
