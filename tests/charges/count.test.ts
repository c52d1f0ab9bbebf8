import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countRecords } from '../../src/charges/count.ts'
import { UnusableFile, linesOf } from '../../src/charges/lines.ts'
import { type FileFormat, rowsOf } from '../../src/charges/rows.ts'

const HEAD = 'customer,amount,description,external_reference'

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** What the counter counts, and what the reader makes of the same pieces: good rows and broken ones. */
async function look(file: string | Buffer, format: FileFormat = 'csv', size = 7) {
  const { chunks, records } = countRecords(pieces(Buffer.from(file as string), size), format)
  let good = 0
  let broken = 0
  for await (const lot of rowsOf(linesOf(chunks), format)) {
    for (const row of lot) {
      if ('problem' in row) broken += 1
      else good += 1
    }
  }
  return { counted: records(), good, broken }
}

const csv = (ends: string[]) =>
  `${HEAD}${ends[0]}${ends
    .slice(1)
    .map((end, at) => `ada,${at + 1},VM,r${at}${end}`)
    .join('')}`

describe('records are counted apart from what reads them, and are as many', () => {
  test.each([
    ['line feeds', csv(['\n', '\n', '\n', '\n'])],
    ['carriage returns alone', csv(['\r', '\r', '\r', '\r'])],
    ['both', csv(['\r\n', '\r\n', '\r\n', '\r\n'])],
    ['one lone carriage return', csv(['\n', '\r', '\n', '\n'])],
    ['all of them mixed', csv(['\r', '\r\n', '\n', '\r'])],
    ['no end of the last line', csv(['\r', '\r', '\r', ''])],
    ['blank lines between', csv(['\n\n', '\r\r', ' \n\t\n', '\r\n\r\n'])],
    ['a byte-order mark', `\uFEFF${csv(['\r', '\r', '\r', ''])}`],
    ['a byte-order mark and a blank line', `\uFEFF\n${csv(['\n', '\n', '\n', '\n'])}`],
    ['a line in quotes', csv(['\n', '\n', '\n', '\n']).replace('VM', '"V\r\n""M"""')],
    ['a quote within a field', csv(['\n', '\n', '\n', '\n']).replace('VM', '5" disk')],
    ['a NUL byte', csv(['\n', '\n', '\n', '\n']).replace('VM', 'V\0M')],
  ])('%s', async (_what, file) => {
    for (const size of [1, 2, 3, 100_000]) {
      const { counted, good, broken } = await look(file, 'csv', size)
      expect([counted, good + broken]).toEqual([3, 3])
    }
  })

  test('headings alone, and objects in lines', async () => {
    expect(await look(`${HEAD}\r`)).toMatchObject({ counted: 0, good: 0 })
    const object = JSON.stringify({ customer: 'a', amount: 1, description: 'VM', external_reference: '"x"' })
    expect(await look(`${object}\r${object}\n\n${object}`, 'ndjson')).toMatchObject({ counted: 3, good: 3 })
  })

  test('whatever stands in a file, no record is lost', async () => {
    const bits = ['ada', ',', ',', '"', '""', '\n', '\r', '\r\n', ' ', '\0', 'é', '\u00a0', 'ada,1,VM,r\n']
    const text = fc.array(fc.constantFrom(...bits), { maxLength: 60 }).map((some) => some.join(''))
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (rest, size) => {
        const { counted, good, broken } = await look(`${HEAD}\n${rest}`, 'csv', size)
        // Where quotes stand wrongly, both may draw the line between two records elsewhere; a row is refused then, so it ends non-zero.
        if (broken === 0) expect(good).toBe(counted)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['a file in UTF-16', Buffer.from(`\uFEFF${csv(['\n', '\n', '\n', '\n'])}`, 'utf16le')],
    ['one without its mark', Buffer.from(csv(['\n', '\n', '\n', '\n']), 'utf16le')],
    ['UTF-32', Buffer.from([...csv(['\n', '\n'])].flatMap((one) => [one.charCodeAt(0), 0, 0, 0]))],
  ])('%s is refused as a whole', async (_what, file) => {
    await expect(look(file)).rejects.toThrow(UnusableFile)
  })

  test('a file that was cut in the middle of a character breaks its last row', async () => {
    const cut = Buffer.from(csv(['\n', '\n', '']).replace(/VM(?=,r1)/, 'für')).subarray(0, -5)
    expect(await look(cut)).toEqual({ counted: 2, good: 1, broken: 1 })
  })
})
