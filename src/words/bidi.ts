import bidiFactory, { type EmbeddingLevels } from 'bidi-js'

// Node.js gives what the package is, a function; its types describe another kind of module, which has it as `default`.
const bidi = (bidiFactory as unknown as typeof bidiFactory.default)()

export type Direction = 'ltr' | 'rtl'

/** A piece of a line that is read in one direction; its text is in the order in which it is read. */
export interface Run {
  text: string
  direction: Direction
}

/** A paragraph whose characters know their direction. Null where all of it is read from left to right. */
export interface Paragraph {
  text: string
  levels: EmbeddingLevels | null
}

/** Letters and digits of scripts that are read from right to left, and the marks that say so. */
const TURNS = /[\u0590-\u08ff\u200e\u200f\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff]/
/** Marks that are there for the algorithm and are not drawn. */
const MARKS = /[\u061c\u200e\u200f\u2066-\u2069]/
/** Turns all that comes after it, whatever it is: no text of anybody's needs it. */
const FORCES = /[\u202a-\u202e]/g

/**
 * A text inside another one, kept from turning what stands around it (the marks FSI and PDI): a name or a reference in a sentence.
 * What it brings of such marks itself is left out, so that it cannot end its own isolation.
 */
export const isolate = (text: string) =>
  text ? `\u2068${text.replaceAll(/[\u2066-\u2069]/g, '')}\u2069` : ''

/**
 * The Unicode Bidirectional Algorithm (UAX #9) for one paragraph: which way each character is read. `base` is the direction of the
 * paragraph, `auto` that of its first letter. The marks of the algorithm are gone from the text that it gives.
 */
export function paragraphOf(text: string, base: Direction | 'auto'): Paragraph {
  const marked = text.replaceAll(FORCES, '')
  if (!TURNS.test(marked)) return { text: marked, levels: null }
  const { levels, paragraphs } = bidi.getEmbeddingLevels(marked, base === 'auto' ? undefined : base)
  const kept = Array.from(marked.split('').keys()).filter((at) => !MARKS.test(marked.charAt(at)))
  return {
    text: kept.map((at) => marked.charAt(at)).join(''),
    levels: {
      levels: Uint8Array.from(kept, (at) => levels[at] ?? 0),
      paragraphs: [{ start: 0, end: kept.length - 1, level: paragraphs[0]?.level ?? 0 }],
    },
  }
}

/**
 * One line of a paragraph, from character `start` to before `end`, as it is drawn: its runs from left to right, with parentheses and
 * the like turned where they are read from right to left. A paragraph is broken into lines first, and each of them is then put into order.
 */
export function runsOf({ text, levels }: Paragraph, start: number, end: number): Run[] {
  const last = start + text.slice(start, end).trimEnd().length
  if (last === start) return []
  if (!levels) return [{ text: text.slice(start, last), direction: 'ltr' }]
  const order = Array.from({ length: last - start }, (_, at) => start + at)
  for (const [from = 0, to = 0] of bidi.getReorderSegments(text, levels, start, last - 1)) {
    const turned = order.slice(from - start, to - start + 1).toReversed()
    order.splice(from - start, turned.length, ...turned)
  }
  const mirrored = bidi.getMirroredCharactersMap(text, levels.levels, start, last - 1)
  return together(order, text, levels.levels).map(({ places, direction }) => ({
    direction,
    text: places.map((at) => mirrored.get(at) ?? text.charAt(at)).join(''),
  }))
}

/** Puts together what is read in one direction and can be shaped at once: a type shapes Arabic by other rules than Hebrew. */
function together(order: readonly number[], text: string, levels: Uint8Array) {
  const runs: { places: number[]; direction: Direction; script: string | null }[] = []
  for (const at of order) {
    const direction: Direction = (levels[at] ?? 0) % 2 === 1 ? 'rtl' : 'ltr'
    const script = scriptOf(text.charAt(at))
    const run = runs.at(-1)
    const goesOn =
      run?.direction === direction &&
      Math.abs(at - (run.places.at(-1) ?? at)) === 1 &&
      (run.script === script || run.script === null || script === null)
    if (goesOn) {
      run.places.push(at)
      run.script ??= script
    } else runs.push({ places: [at], direction, script })
  }
  for (const { places, direction } of runs) if (direction === 'rtl') places.reverse()
  return runs
}

/** Of a letter, whether it is an Arabic one; null for what takes the script of what stands beside it. */
function scriptOf(character: string): string | null {
  if (!/\p{Letter}/u.test(character)) return null
  return /\p{Script=Arabic}/u.test(character) ? 'arabic' : 'other'
}
