import { describe, expect, test } from 'vitest'
import { UnusableFile, linesOf } from '../../src/charges/lines.ts'
import { type FileFormat, type Row, rowsOf } from '../../src/charges/rows.ts'
import { wordsFor } from '../../src/words/words.ts'

const inWords = wordsFor('en')

/** A file as a disk or a pipe hands it over: in pieces of so many bytes. */
async function* pieces(file: string | Buffer, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(file as string)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(file: string | Buffer, format: FileFormat = 'csv', size = 7): Promise<Row[]> {
  const rows: Row[] = []
  for await (const lot of rowsOf(linesOf(pieces(file, size)), format)) for (const row of lot) rows.push(row)
  return rows
}

const HEAD = 'customer,amount,description,external_reference'
const csv = (...rows: string[]) => [HEAD, ...rows, ''].join('\n')
/** "3: ada 5 VM r1", or "3! what is wrong with it". */
const told = (rows: readonly Row[]) =>
  rows.map((row) =>
    'problem' in row
      ? `${row.line}! ${inWords(row.problem)}`
      : `${row.line}: ${Object.values(row.fields).join(' ')}`,
  )
const UNCLOSED = 'A quotation mark in this row is not closed.'
const STRAY =
  'A quotation mark is out of place. Quote the whole field, and double any quotation marks inside it.'

describe('a CSV file', () => {
  test.each([
    ['in pieces of any size', csv('ada,5,VM,r1', 'bo,6,Disk,r2')],
    ['without a line feed at its end', csv('ada,5,VM,r1', 'bo,6,Disk,r2').trimEnd()],
    ['with a byte-order mark', `\uFEFF${csv('ada,5,VM,r1', 'bo,6,Disk,r2')}`],
    ['as Windows writes it', csv('ada,5,VM,r1', 'bo,6,Disk,r2').replaceAll('\n', '\r\n')],
    ['with quotes around everything', csv('"ada","5","VM","r1"', '"bo","6","Disk","r2"')],
    [
      'with quotes around its headings',
      csv('ada,5,VM,r1', 'bo,6,Disk,r2').replace(HEAD, HEAD.replaceAll(/\w+/g, '"$&"')),
    ],
  ])('%s', async (_what, file) => {
    for (const size of [1, 2, 3, 64, 100_000]) {
      expect(told(await read(file, 'csv', size))).toEqual(['2: ada 5 VM r1', '3: bo 6 Disk r2'])
    }
  })

  test('its columns may stand in any order, and may be fewer or more by the time', async () => {
    const file = 'effective_at,amount,external_reference,customer,description\n2026-10-01,5,r1,ada,VM\n'
    expect(await read(file)).toEqual([
      {
        line: 2,
        fields: {
          effective_at: '2026-10-01',
          amount: '5',
          external_reference: 'r1',
          customer: 'ada',
          description: 'VM',
        },
      },
    ])
  })

  test('commas, quotes and letters of all kinds in a field', async () => {
    expect(told(await read(csv('ada,5,"VM, ""large"" für Zoë ‮",r1'), 'csv', 1))).toEqual([
      '2: ada 5 VM, "large" für Zoë ‮ r1',
    ])
  })

  test('empty lines are no rows, and lines are counted all the same', async () => {
    expect(told(await read(csv('', 'ada,5,VM,r1', '   ', '', 'bo,6,Disk,r2')))).toEqual([
      '3: ada 5 VM r1',
      '6: bo 6 Disk r2',
    ])
  })

  test('headings alone are a file without rows', async () => {
    expect(await read(csv())).toEqual([])
  })

  test.each([
    ['too few fields', 'bo,6', 'This row has 2 fields, but the header has 4 columns.'],
    ['too many', 'bo,6,Disk,r2,x', 'This row has 5 fields, but the header has 4 columns.'],
    ['a quote in the middle of a field', 'bo,6,5" Disk,r2', STRAY],
    ['text after a closing quote', 'bo,6,"Disk" large,r2', STRAY],
    ['a quote that opens and never closes', 'bo,6,"Disk,r2', UNCLOSED],
  ])('%s breaks its own row only', async (_what, row, why) => {
    const rows = told(await read(csv('ada,5,VM,r1', row, 'cy,7,VM,r3', 'di,8,VM,r4')))
    expect(rows).toEqual(['2: ada 5 VM r1', `3! ${why}`, '4: cy 7 VM r3', '5: di 8 VM r4'])
  })

  test('an open quote that the next row in quotes cannot close', async () => {
    const rows = told(await read(csv('ada,5,"VM,r1', 'bo,6,Disk,r2', 'cy,7,"VM",r3', 'di,8,"VM,r4')))
    expect(rows).toEqual([`2! ${UNCLOSED}`, '3: bo 6 Disk r2', '4: cy 7 VM r3', `5! ${UNCLOSED}`])
  })

  test('also where a very great many rows are between the two', async () => {
    const many = Array.from({ length: 150_000 }, (_, at) => `bo,6,Disk,r${at}`).join('\n')
    const rows = await read(csv('ada,5,"VM,r', many, 'cy,7,"VM",s'), 'csv', 65_536)
    expect(rows).toHaveLength(150_002)
    expect(told(rows.slice(0, 2))).toEqual([`2! ${UNCLOSED}`, '3: bo 6 Disk r0'])
    expect(told(rows.slice(-2))).toEqual(['150002: bo 6 Disk r149999', '150003: cy 7 VM s'])
  })

  test('what stands in quotes over several lines is one row, whatever it looks like', async () => {
    const inside = 'VM\nvictim,1000,Never booked,r9\n""quoted"" text'
    const rows = await read(csv(`ada,5,"${inside}",r1`, 'bo,6,Disk,r2'))
    expect(rows).toEqual([
      {
        line: 2,
        fields: {
          customer: 'ada',
          amount: '5',
          description: 'VM\nvictim,1000,Never booked,r9\n"quoted" text',
          external_reference: 'r1',
        },
      },
      expect.objectContaining({ line: 5 }),
    ])
  })

  test('also where it is not UTF-8', async () => {
    const file = Buffer.from(csv('ada,5,"für\nvictim,1000,Never booked,r9\n",r1', 'bo,6,Disk,r2'), 'latin1')
    expect(told(await read(file))).toEqual([
      '2! This row is not in UTF-8. Save the file as UTF-8 and run this again.',
      '5: bo 6 Disk r2',
    ])
  })

  test('a row that is not UTF-8 breaks itself only', async () => {
    const file = Buffer.from(csv('ada,5,für,r1', 'bo,6,Disk,r2'), 'latin1')
    expect(told(await read(file))).toEqual([
      '2! This row is not in UTF-8. Save the file as UTF-8 and run this again.',
      '3: bo 6 Disk r2',
    ])
  })

  test('a quote that never closes in a file too long to look for it ends the reading, and says so', async () => {
    const long = 'bo,6,Disk,r2\n'.repeat(1_400_000)
    const rows = told(await read(`${csv('ada,5,VM,r1', 'cy,7,"VM,r3')}${long}`, 'csv', 65_536))
    expect(rows).toEqual([
      '2: ada 5 VM r1',
      '3! A quotation mark in this row is not closed, and nothing after it was read. Correct it and run this again.',
    ])
  })

  test('a line without an end does the same', async () => {
    const rows = told(await read(csv('ada,5,VM,r1', 'x'.repeat(17 * 1024 * 1024)), 'csv', 65_536))
    expect(rows).toEqual([
      '2: ada 5 VM r1',
      '3! This line has no end, and nothing after it was read. Correct it and run this again.',
    ])
  })

  test.each([
    ['', 'The file is empty.'],
    ['\uFEFF', 'The file is empty.'],
    ['\n\n', 'The file is empty.'],
    ['customer,amount\nada,5\n', 'Missing: description and external_reference.'],
    [`${HEAD},colour\n`, 'Unknown: "colour".'],
    [`${HEAD},amount\n`, 'Duplicate: amount.'],
    ['ada,5,VM,r1\n', 'Missing: customer, amount, description, and external_reference. Unknown: "ada",'],
    [csv('ada,5,VM,r1').replaceAll(',', ';'), 'separated by commas. Missing:'],
    [csv('ada,5,VM,r1').replace('amount', 'Amount'), 'Missing: amount. Unknown: "Amount".'],
    ['"customer,amount\n', 'A quotation mark in this row is not closed.'],
    [Buffer.from(`\uFEFF${csv('ada,5,VM,r1')}`, 'utf16le'), 'The file is in UTF-16.'],
  ])('%o cannot be used at all', async (file, sentence) => {
    const refused = (await read(file).catch((error: unknown) => error)) as UnusableFile
    expect(refused).toBeInstanceOf(UnusableFile)
    expect(inWords(refused.sentence)).toContain(sentence)
  })
})

describe('an NDJSON file', () => {
  const object = (facts: object) =>
    JSON.stringify({ customer: 'ada', amount: '5', description: 'VM', external_reference: 'r1', ...facts })

  test('an object in each line, numbers as they are written', async () => {
    const file = [
      object({}),
      '',
      '{"customer":12345,"amount":12.10,"description":"VM","external_reference":1e3,"effective_at":null}',
      object({ amount: '７' }),
    ].join('\r\n')
    for (const size of [1, 50, 10_000]) {
      const rows = await read(`\uFEFF${file}`, 'ndjson', size)
      expect(told(rows)).toEqual(['1: ada 5 VM r1', '3: 12345 12.10 VM 1e3', '4: ada ７ VM r1'])
    }
  })

  test('a line that is none breaks itself only', async () => {
    const file = [object({}), '{"customer":', '[1]', 'null', '7', object({ colour: 'red' }), object({})]
    expect(told(await read(file.join('\n'), 'ndjson'))).toEqual([
      '1: ada 5 VM r1',
      '2! This line is not a JSON object.',
      '3! This line is not a JSON object.',
      '4! This line is not a JSON object.',
      '5! This line is not a JSON object.',
      '6! Unknown: "colour".',
      '7: ada 5 VM r1',
    ])
  })

  test('a name that stands there twice breaks its row, also where it is written otherwise', async () => {
    const file = [
      object({}),
      object({}).replace('{', '{"amount":"1",'),
      object({}).replace('{', '{"\\u0061mount" : 1, "amount":2,'),
      object({ description: '"amount": twice, "amount":1' }),
    ]
    expect(told(await read(file.join('\n'), 'ndjson'))).toEqual([
      '1: ada 5 VM r1',
      '2! Duplicate: amount.',
      '3! Duplicate: amount.',
      '4: ada 5 "amount": twice, "amount":1 r1',
    ])
  })

  test('line ends that only text has do not divide a row', async () => {
    const rows = await read(object({ description: 'VM\u2028large' }), 'ndjson')
    expect(rows).toHaveLength(1)
  })

  test('names of the prototype are names like others', async () => {
    const file = `${object({})}\n{"__proto__":{"amount":"9"},"customer":"ada"}\n`
    expect(told(await read(file, 'ndjson'))[1]).toBe('2! Unknown: "__proto__".')
  })

  test.each([
    ['', 'The file is empty.'],
    ['\n \n', 'The file is empty.'],
    ['{"customer":"ada"}\n', 'Missing: amount, description, and external_reference.'],
    [object({ colour: 'red' }), 'Unknown: "colour".'],
  ])('%o cannot be used at all', async (file, sentence) => {
    const refused = (await read(file, 'ndjson').catch((error: unknown) => error)) as UnusableFile
    expect(refused).toBeInstanceOf(UnusableFile)
    expect(inWords(refused.sentence)).toContain(sentence)
  })
})

test('no more of a file is read than its rows are asked for', async () => {
  let given = 0
  async function* endless(): AsyncGenerator<Buffer> {
    yield Buffer.from(`${HEAD}\n`)
    for (;;) {
      given += 1
      yield Buffer.from(`ada,5,VM,r${given}\n`)
    }
  }
  const lots = rowsOf(linesOf(endless()), 'csv')
  for (let taken = 1; taken <= 100; taken++) {
    await lots.next()
    expect(given).toBe(taken)
  }
  await lots.return()
})
