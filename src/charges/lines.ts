import { type Sentence, t } from '../words/words.ts'

/** A file that is not what was said: nothing of it has been done. */
export class UnusableFile extends Error {
  override name = 'UnusableFile'
  readonly sentence: Sentence

  constructor(sentence: Sentence) {
    super(sentence.text)
    this.sentence = sentence
  }
}

/** One line of a file, without its end. */
export interface Line {
  /** The first one is 1. */
  number: number
  /** Where there is a problem, only its ASCII can be relied on. */
  text: string
  problem?: Sentence
}

/** How much of a file is held in memory while the end of a line, or of a field in quotes, is looked for; in bytes. */
export const HELD_MAX = 16 * 1024 * 1024

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/**
 * The lines of a file that is read as UTF-8, in batches as they come in: memory holds a piece of the file and never the whole. A line ends
 * at a line feed, a carriage return or both, also where one file has them mixed; the last one may have no end. A byte-order mark is left
 * out. A line that is not UTF-8 comes with what is wrong with it. Throws UnusableFile for UTF-16, in which no line could be read.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line[], void, undefined> {
  let number = 0
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk])
    const lines: Line[] = []
    let start = 0
    for (const { end, next } of endsIn(bytes, rest.length)) {
      lines.push(lineOf(bytes.subarray(start, end), ++number))
      start = next
    }
    // A copy, so that what has been read is let go of.
    rest = Buffer.from(bytes.subarray(start))
    if (lines.length > 0) yield lines
    if (rest.length > HELD_MAX) return yield [{ number: number + 1, text: '', problem: ENDLESS }]
  }
  const last = rest.at(-1) === CARRIAGE_RETURN ? rest.subarray(0, -1) : rest
  if (rest.length > 0) yield [lineOf(last, number + 1)]
}

/**
 * Where lines end in `bytes`, and where the next ones begin; before `known` there is no end but perhaps one at its last byte. A carriage
 * return that is the last byte of all waits, because a line feed may follow.
 */
function* endsIn(bytes: Buffer, known: number) {
  const from = Math.max(known - 1, 0)
  let feed = bytes.indexOf(LINE_FEED, from)
  let carriage = bytes.indexOf(CARRIAGE_RETURN, from)
  while (feed >= 0 || carriage >= 0) {
    const end = feed < 0 || (carriage >= 0 && carriage < feed) ? carriage : feed
    if (end === carriage && end === bytes.length - 1) return
    const next = end === carriage && feed === end + 1 ? end + 2 : end + 1
    yield { end, next }
    if (feed >= 0 && feed < next) feed = bytes.indexOf(LINE_FEED, next)
    if (carriage >= 0 && carriage < next) carriage = bytes.indexOf(CARRIAGE_RETURN, next)
  }
}

const ENDLESS = t('This line has no end, and nothing after it was read. Correct it and run this again.')

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function lineOf(bytes: Buffer, number: number): Line {
  if (number === 1 && /^(fffe|feff)/.test(bytes.toString('hex', 0, 2))) {
    throw new UnusableFile(t('The file is in UTF-16. Save it as UTF-8 and run this again.'))
  }
  try {
    const text = utf8.decode(bytes)
    return { number, text: number === 1 ? text.replace(/^\uFEFF/, '') : text }
  } catch {
    return { number, text: bytes.toString('latin1'), problem: NOT_UTF8 }
  }
}

const NOT_UTF8 = t('This row is not in UTF-8. Save the file as UTF-8 and run this again.')
