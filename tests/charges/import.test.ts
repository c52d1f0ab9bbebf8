import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countRecords } from '../../src/charges/count.ts'
import type { RefusedRow, Tally } from '../../src/charges/import.ts'
import { linesOf } from '../../src/charges/lines.ts'
import { type FileFormat, type Row, rowsOf } from '../../src/charges/rows.ts'
import { type Actor, systemActor } from '../../src/people/actor.ts'
import { wordsFor } from '../../src/words/words.ts'
import { makeCustomer } from '../support/cast.ts'
import { atOnce, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { importCharges } from '../support/rounds.ts'
import { shareReference } from '../support/rows.ts'

let purser: RunningPurser
let actor: Actor
beforeAll(async () => {
  purser = await startPurser()
  actor = systemActor(purser.services, purser.northwind.reseller, 'charges:import')
})
afterAll(() => purser.stop())

const inWords = wordsFor('en')
type Customer = Awaited<ReturnType<typeof makeCustomer>>
const prove = (customer: Customer) => proveLedger(purser.services.database.pool, customer)

interface Ways {
  format?: FileFormat
  as?: Actor
  /** Bytes in a piece; a lot is the rows of one. */
  size?: number
  signal?: AbortSignal
  /** So many rows of each lot are lost between the file and the import. */
  loses?: number
  onRefused?: (rows: readonly RefusedRow[]) => void
}

/** Imports a file; gives what became of it: "applied/already/refused", and the report. */
async function run(
  file: string,
  { format = 'csv', as = actor, size = 400, signal, loses, onRefused }: Ways = {},
) {
  async function* pieces() {
    const bytes = Buffer.from(file)
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const tally: Tally = { line: 0, applied: 0, already: 0, refused: 0 }
  const report: string[] = []
  const { chunks, records } = countRecords(pieces(), format)
  const lots = rowsOf(linesOf(chunks), format)
  await importCharges(as, loses ? losing(loses, lots) : lots, {
    records,
    tally,
    signal: signal ?? new AbortController().signal,
    onRefused: async (rows) => {
      onRefused?.(rows)
      for (const { line, reference, why } of rows) report.push(`${line} ${reference}: ${inWords(why)}`)
    },
  })
  return { counts: `${tally.applied}/${tally.already}/${tally.refused}`, report, tally }
}

async function* losing(count: number, lots: AsyncIterable<Row[]>) {
  for await (const lot of lots) yield lot.slice(0, -count)
}

const HEAD = 'customer,amount,description,external_reference,effective_at'
const csv = (...rows: string[]) => [HEAD, ...rows, ''].join('\n')
let references = 0
const newReference = () => `usage-${++references}`

describe('a file of charges', () => {
  test('is applied row by row, to customers named by ID, address or external reference', async () => {
    const customer = await makeCustomer(purser.northwind, {
      balance: 1000n,
      credits: 150n,
      externalReference: 'CRM-77',
    })
    const names = [customer.id, customer.id.toLowerCase(), customer.email.toUpperCase(), 'CRM-77']
    const rows = names.map((name) => `${name},1.00,"VM, hour",${newReference()},2026-10-01T10:00:00+02:00`)
    expect(await run(csv(...rows))).toMatchObject({ counts: '4/0/0', report: [], tally: { line: 5 } })
    const { balance, credits } = await prove(customer)
    expect([balance, credits]).toEqual([750n, 0n])
    const { prisma } = purser.owner
    expect(
      await prisma.posting.findFirstOrThrow({ where: { key: `charge:usage-${references}` } }),
    ).toMatchObject({
      kind: 'charge',
      reference: `usage-${references}`,
      note: 'VM, hour',
      actorKind: 'system',
      actorName: 'charges:import',
      effectiveAt: new Date('2026-10-01T08:00:00Z'),
    })
    expect(
      await prisma.auditRow.count({ where: { customerId: customer.id, event: 'customer.charged' } }),
    ).toBe(4)
  })

  test('NDJSON too', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const lines = [
      { customer: customer.id, amount: '1.00', description: 'VM', external_reference: newReference() },
      {
        customer: customer.email,
        amount: 2.5,
        description: 'VM',
        external_reference: newReference(),
        effective_at: '2026-10-01',
      },
    ].map((row) => JSON.stringify(row))
    expect(await run(lines.join('\n'), { format: 'ndjson' })).toMatchObject({ counts: '2/0/0' })
    expect((await prove(customer)).balance).toBe(650n)
  })

  test('each row once, however often it is run, and however many run it', async () => {
    const customers = await atOnce(5, () => makeCustomer(purser.northwind, { balance: 10_000n }))
    const rows = Array.from(
      { length: 60 },
      (_, at) => `${customers[at % 5]?.id},1,VM ${at},${newReference()},`,
    )
    const runs = await atOnce(3, () => run(csv(...rows)))
    expect(runs.reduce((sum, { tally }) => sum + tally.applied, 0)).toBe(60)
    expect(runs.reduce((sum, { tally }) => sum + tally.already, 0)).toBe(120)
    expect(await run(csv(...rows))).toMatchObject({ counts: '0/60/0' })
    for (const customer of customers) expect((await prove(customer)).balance).toBe(8_800n)
  })

  test('a row that stands there twice is applied once; with another body it is refused, and says so', async () => {
    const [customer, other] = await atOnce(2, () => makeCustomer(purser.northwind, { balance: 1000n }))
    const reference = newReference()
    const row = `${customer?.id},1,VM,${reference},`
    const { counts, report } = await run(
      csv(row, row, `${customer?.id},2,VM,${reference},`, `${customer?.email},1.00,VM,${reference},`),
    )
    expect(counts).toBe('1/2/1')
    const said =
      'external_reference: This was already posted with another customer, amount, description or time. It was not changed.'
    expect(report).toEqual([`4 ${reference}: ${said}`])
    const others = [
      `${other?.id},1,VM,${reference},`,
      `${customer?.id},1,Disk,${reference},`,
      `${customer?.id},1,VM,${reference},2026-10-01`,
    ]
    expect((await run(csv(...others))).report).toEqual(
      [2, 3, 4].map((line) => `${line} ${reference}: ${said}`),
    )
    expect((await prove(customer as Customer)).balance).toBe(900n)
    expect((await prove(other as Customer)).balance).toBe(1000n)
  })

  test("one customer's rows are applied in their order, also where the money runs out between them", async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const amounts = ['4', '7', '3', '4', '3', '1']
    const first = references + 1
    const { report } = await run(
      csv(...amounts.map((amount) => `${customer.id},${amount},VM,${newReference()},`)),
    )
    expect(report.map((line) => line.split(' ')[0])).toEqual(['3', '5', '7'])
    expect(report[0]).toBe(
      `3 usage-${first + 1}: amount: Only 6.00\u00a0USD is available. Enter a smaller amount.`,
    )
    expect(report.at(-1)).toContain('0.00\u00a0USD is available, so nothing can be deducted.')
    const { moves } = await prove(customer)
    expect(moves.slice(1).map(({ amount }) => amount)).toEqual(['-400', '-300', '-300'])
    // Once there is money, the same file applies what was refused, and nothing else again.
    await purser.owner.prisma.customer.updateMany({
      where: { id: customer.id },
      data: { overdraft: 1200n },
    })
    const again = amounts.map((amount, at) => `${customer.id},${amount},VM,usage-${first + at},`)
    expect((await run(csv(...again))).counts).toBe('3/3/0')
    expect((await prove(customer)).balance).toBe(-1200n)
  })

  test('whatever is wrong with a row is said at its line, and the good ones are applied', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 100_000n })
    const good = () => `${customer.id},1,VM,${newReference()},`
    const amount = 'Enter an amount such as 1234.50, with a point before the decimals.'
    const bad: [row: string, why: string][] = [
      [`${customer.id},,VM,x,`, 'amount: This field is required.'],
      [`${customer.id},0,VM,x,`, 'amount: Enter an amount above zero.'],
      [`${customer.id},-1,VM,x,`, `amount: ${amount}`],
      [`${customer.id},+1,VM,x,`, `amount: ${amount}`],
      [`${customer.id},1e3,VM,x,`, `amount: ${amount}`],
      [`${customer.id},0x10,VM,x,`, `amount: ${amount}`],
      [`${customer.id},１２,VM,x,`, `amount: ${amount}`],
      [`${customer.id},"1,23",VM,x,`, `amount: ${amount}`],
      [`${customer.id},"12,34,567",VM,x,`, `amount: ${amount}`],
      [`${customer.id},1.234,VM,x,`, 'amount: USD has at most 2 decimals.'],
      [`${customer.id},${'9'.repeat(20)},VM,x,`, 'amount: This amount is too large to post.'],
      [`${customer.id},$5,VM,x,`, `amount: ${amount}`],
      [`${customer.id},5 USD,VM,x,`, `amount: ${amount}`],
      [`${customer.id},NaN,VM,x,`, `amount: ${amount}`],
      [',1,VM,x,', 'customer: This field is required.'],
      [`${customer.id},1,,x,`, 'description: This field is required.'],
      [`${customer.id},1,${'x'.repeat(301)},x,`, 'description: Use at most 300 characters.'],
      [`${customer.id},1,VM,,`, 'external_reference: This field is required.'],
      [
        `${customer.id},1,V\0M,x,`,
        'description: This contains characters that cannot be stored. Enter it again.',
      ],
      [`${customer.id},1,"V\nM",x,`, 'description: Enter this on one line.'],
      [`${customer.id},1,VM,x,yesterday`, 'effective_at: Enter a day such as 2026-11-23, or a time'],
      [`${customer.id},1,VM,x,2026-02-30`, 'effective_at: Enter a day such as 2026-11-23, or a time'],
      [`${customer.id},1,VM,x,2026-02-30T10:00:00Z`, 'effective_at: Enter a day'],
      [`${customer.id},1,VM,x,2026-10-01T10:00:00`, 'with Z or an offset'],
      [`${customer.id},1,VM,x,2026-10-01T25:00:00Z`, 'effective_at: Enter a day'],
      [`${customer.id},1,VM,x,1761300000`, 'effective_at: Enter a day'],
      [
        'nobody@customer.example,1,VM,x,',
        'customer: No customer has the ID, e-mail address or external reference nobody@customer.example.',
      ],
      ["'; drop table customers,1,VM,x,", 'customer: No customer has'],
      [
        ',,,,',
        'customer: This field is required. amount: This field is required. description: This field is required. external_reference:',
      ],
      [`${customer.id},1,VM`, 'This row has 3 fields, but the header has 5 columns.'],
    ]
    const file = csv(...bad.flatMap(([row]) => [row, good()]))
    const { counts, report } = await run(file)
    expect(counts).toBe(`${bad.length}/0/${bad.length}`)
    for (const [at, [row, why]] of bad.entries()) expect(report[at], row).toContain(why)
    expect((await prove(customer)).balance).toBe(100_000n - BigInt(bad.length) * 100n)
  })

  test('a name that fits two customers is refused rather than guessed', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const twins = await atOnce(2, () => makeCustomer(purser.northwind, { balance: 1000n }))
    await shareReference(purser, twins, 'twins')
    const disguised = await makeCustomer(purser.northwind, {
      balance: 1000n,
      externalReference: customer.id,
    })
    const { report } = await run(
      csv('twins,1,VM,t1,', `${customer.id},1,VM,t2,`, `${customer.email},1,VM,t3,`),
    )
    expect(report).toEqual([
      '2 t1: customer: twins matches more than one customer. Use the internal customer ID.',
      `3 t2: customer: ${customer.id} matches more than one customer. Use the internal customer ID.`,
    ])
    for (const one of [...twins, disguised]) expect((await prove(one)).balance).toBe(1000n)
    expect((await prove(customer)).balance).toBe(900n)
  })

  test("another reseller's customers are nobody", async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const eastgate = systemActor(purser.services, purser.eastgate.reseller, 'charges:import')
    const { report } = await run(csv(`${customer.id},1,VM,foreign,`), { as: eastgate })
    expect(report[0]).toContain('No customer has the ID')
    expect((await prove(customer)).balance).toBe(1000n)
  })

  test.each([
    ['a lone carriage return in a file of line feeds', '\n', '\r'],
    ['carriage returns alone', '\r', '\r'],
    ['Windows', '\r\n', '\r\n'],
    ['a line feed in a file of Windows', '\r\n', '\n'],
  ])('loses no charge to the ends of its lines: %s', async (_what, usual, other) => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const rows = ['1', '2', '3'].map((amount) => `${customer.id},${amount},VM,${newReference()},`)
    const file = [HEAD, usual, rows[0], other, rows[1], usual, rows[2], usual].join('')
    for (const size of [1, 400])
      expect((await run(file, { size })).counts).toBe(size === 1 ? '3/0/0' : '0/3/0')
    expect((await prove(customer)).balance).toBe(400n)
  })

  test('ends with an error where a record is neither applied nor refused', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const row = (amount: number) => `${customer.id},${amount},VM,${newReference()},`
    const file = csv(row(1), row(2), row(3))
    await expect(run(file, { loses: 1 })).rejects.toThrow('The file has 3 records, but 2 were processed.')
    expect((await prove(customer)).balance).toBe(700n)
    expect((await run(file)).counts).toBe('1/2/0')
  })

  test('wrong columns write nothing at all', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const file = `customer,amount,description,reference\n${customer.id},1,VM,r\n`
    await expect(run(file)).rejects.toThrow('The columns must be')
    expect((await prove(customer)).balance).toBe(1000n)
  })
})

describe('interrupted', () => {
  test('ended from outside, it finishes what is under way and begins nothing else', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 100_000n })
    const rows = Array.from({ length: 200 }, () => `${customer.id},1,VM,${newReference()},`)
    const controller = new AbortController()
    let lots = 0
    const onRefused = () => {
      lots += 1
      if (lots === 3) controller.abort()
    }
    const { tally } = await run(csv(...rows), { signal: controller.signal, onRefused })
    expect(tally.applied).toBeGreaterThan(0)
    expect(tally.applied).toBeLessThan(200)
    const rest = await run(csv(...rows))
    expect(rest.tally).toMatchObject({ applied: 200 - tally.applied, already: tally.applied, refused: 0 })
    expect((await prove(customer)).balance).toBe(80_000n)
  })

  test('a customer whose row is held is waited for', { timeout: 60_000 }, async () => {
    const [held, free] = await atOnce(2, () => makeCustomer(purser.northwind, { balance: 1000n }))
    const holder = await purser.services.database.pool.connect()
    await holder.query('begin')
    await holder.query('select from customers where id = $1 for update', [held?.id])
    const running = run(csv(`${held?.id},1,VM,${newReference()},`, `${free?.id},1,VM,${newReference()},`))
    // Longer than a lock is waited for by one statement.
    await new Promise((resolve) => setTimeout(resolve, 6_500))
    expect((await prove(free as Customer)).balance).toBe(900n)
    await holder.query('rollback')
    holder.release()
    expect((await running).counts).toBe('2/0/0')
    expect((await prove(held as Customer)).balance).toBe(900n)
  })
})
