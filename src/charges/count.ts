import type { FileFormat } from './rows.ts'

const LINE_ENDS: readonly number[] = [0x0a, 0x0d]
/** Tab, vertical tab, form feed, space. */
const BLANKS: readonly number[] = [0x09, 0x0b, 0x0c, 0x20]
const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf]
const QUOTE = 0x22
const COMMA = 0x2c

/**
 * Counts the records of a file of charges while its pieces go by unchanged. It shares nothing with the code that reads them, and knows no
 * more than where a record ends: at a line feed or a carriage return outside of quotes. Whatever that code might lose is missed by this
 * count: see importCharges(). `records()` says how many went by, without headings and blank lines.
 */
export function countRecords(chunks: AsyncIterable<Buffer>, format: FileFormat) {
  let offset = 0
  let ended = 0
  let isBlank = true
  let isInside = false
  let mayOpen = true
  function take(byte: number) {
    if (offset < BYTE_ORDER_MARK.length && byte === BYTE_ORDER_MARK[offset]) return
    if (isInside) {
      // The second of two quotes opens again what the first one closed.
      if (byte === QUOTE) [isInside, mayOpen] = [false, true]
    } else if (LINE_ENDS.includes(byte)) {
      if (!isBlank) ended += 1
      isBlank = mayOpen = true
    } else {
      isInside = format === 'csv' && mayOpen && byte === QUOTE
      mayOpen = byte === COMMA
      isBlank &&= BLANKS.includes(byte)
    }
  }
  async function* passing(): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of chunks) {
      for (const byte of chunk) {
        take(byte)
        offset += 1
      }
      yield chunk
    }
  }
  const headings = format === 'csv' ? 1 : 0
  return { chunks: passing(), records: () => Math.max(ended + (isBlank ? 0 : 1) - headings, 0) }
}
