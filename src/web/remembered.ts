import { hiddenField } from '../hidden-field.ts'
import { LatelyUsed } from '../lately-used.ts'
import { formatsFor } from '../words/format.ts'
import { NOBODY } from './locals.ts'

/**
 * The parts of pages whose HTML is remembered, by all that it is made of: what the include is given, and the reader's settings and
 * permissions. A page of fifty customers spent a third of its time on writing rows that it had written before. The table is
 * remembered as a whole for a page that is as it was, and its rows for one in which few have changed. Nothing can be out of date,
 * because something else is another part: such a view sees nothing of its page but STEADY, and what it is given.
 */
export const REMEMBERED: ReadonlySet<string> = new Set(['customers/_table', 'customers/_row'])

/** What a page's locals have that is the same for all whose `reader` is the same, see pageLocals(). */
const STEADY = [
  't',
  'language',
  'formats',
  'formatSettings',
  ...Object.keys(formatsFor(NOBODY)),
  'paths',
  'isolated',
  'asset',
  'icon',
  'described',
  'mailLabel',
  'may',
  'can',
  'customersLink',
] as const

type Locals = Record<string, unknown>

/**
 * Characters of HTML and keys, of which a page of fifty customers has 180,000. Twice as many are kept at most: in a byte
 * each, or two where a row has a name that is not in Latin-1, so at most 16 MB.
 */
const CHARACTERS_MAX = 4_000_000

const KEPT = new LatelyUsed<string>({ charactersMax: CHARACTERS_MAX })

/** The HTML of a view that is remembered. `write` makes it, of steadyOf() the page and what is given. */
export function remembered(name: string, page: Locals, given: object, write: () => string): string {
  const { reader } = page
  if (typeof reader !== 'string') return write()
  const key = `${name}\n${numberOf(reader)}\n${keyOf(given)}`
  // As one piece: a text that was put together of pieces keeps all of them.
  const make = () => Buffer.from(write()).toString()
  return KEPT.get(key, make, ({ length }) => length)
}

/** A short text for a reader, who is in the key of each row. There are as many as resellers have roles. */
function numberOf(reader: string): number {
  let number = NUMBERS.get(reader)
  if (number === undefined) NUMBERS.set(reader, (number = NUMBERS.size))
  return number
}

const NUMBERS = new Map<string, number>()

/** What of a page's locals a view that is remembered may see. */
export function steadyOf(page: Locals): Locals {
  const steady = Object.create(null) as Locals
  for (const name of STEADY) if (name in page) steady[name] = page[name]
  return steady
}

/**
 * Says what an object was made of and of nothing else, such as a row: that is a shorter way to know it than all that it has now, which
 * took a sixth of a page of fifty customers. It must not change afterwards.
 */
export function madeOf<Made>(made: Made, text: string | undefined): Made {
  if (text !== undefined && typeof made === 'object' && made !== null) TEXTS.set(made, text)
  return made
}

const TEXTS = hiddenField<string>()

/** A value as a text that no other value has. */
function keyOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `${value.length}:${value}`
    case 'number':
    case 'boolean':
    case 'undefined':
      return `${value};`
    case 'bigint':
      return `${value}n;`
    case 'object':
      return value === null ? '-;' : keyOfObject(value)
    default:
      throw new TypeError(`What is remembered cannot be given a ${typeof value}.`)
  }
}

function keyOfObject(value: object): string {
  const text = TEXTS.get(value)
  if (text !== undefined) return `<${text.length}:${text}>`
  if (value instanceof Date) return `@${value.getTime()};`
  let key = Array.isArray(value) ? '[' : '{'
  for (const name in value) key += `${name}=${keyOf(value[name as keyof typeof value])}`
  return `${key}}`
}
