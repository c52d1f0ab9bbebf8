import { type Sentence, t } from '../web/words.ts'

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

/**
 * The lines of a file that is read as UTF-8, in lots as they come in: memory holds a piece of the file and never the whole. A byte-order
 * mark and the carriage returns of Windows are left out. A line that is not UTF-8 comes with what is wrong with it. Throws UnusableFile
 * for UTF-16, in which no line could be read; a line without an end is the last.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line[], void, undefined> {
  let number = 0
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk])
    const lines: Line[] = []
    let start = 0
    for (let end = bytes.indexOf(LINE_FEED, rest.length); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      lines.push(lineOf(bytes.subarray(start, end), ++number))
      start = end + 1
    }
    // A copy, so that what has been read is let go of.
    rest = Buffer.from(bytes.subarray(start))
    if (lines.length > 0) yield lines
    if (rest.length > HELD_MAX) return yield [{ number: number + 1, text: '', problem: ENDLESS }]
  }
  if (rest.length > 0) yield [lineOf(rest, number + 1)]
}

const ENDLESS = t('This line has no end, and nothing after it was read. Mend it and run this again.')

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function lineOf(bytes: Buffer, number: number): Line {
  if (number === 1 && /^(fffe|feff)/.test(bytes.toString('hex', 0, 2))) {
    throw new UnusableFile(t('The file is in UTF-16. Save it as UTF-8 and run this again.'))
  }
  try {
    const text = utf8.decode(bytes)
    return { number, text: (number === 1 ? text.replace(/^\uFEFF/, '') : text).replace(/\r$/, '') }
  } catch {
    return { number, text: bytes.toString('latin1').replace(/\r$/, ''), problem: NOT_UTF8 }
  }
}

const NOT_UTF8 = t('This row is not in UTF-8. Save the file as UTF-8 and run this again.')
