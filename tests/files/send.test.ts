import { finished } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { readCsv } from '../support/csv.ts'
import { withRefills } from '../support/movements.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { beginDownload } from '../support/reader.ts'
import { type Visitor, wordsOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

/** Enough that no buffer on the way holds it. */
const ROWS = 60_000

let purser: RunningPurser
let owner: Visitor
let customer: { id: string; email: string }
let statement: string

beforeAll(async () => {
  purser = await startPurser()
  customer = await withRefills(purser, ROWS)
  statement = `/customers/${customer.id}/billing/statement.csv`
  owner = await purser.as(purser.northwind.staff.owner)
}, 120_000)
afterAll(() => purser.stop())

const connections = () => purser.services.files.totalCount
const busy = () => connections() - purser.services.files.idleCount

async function sentEvents(event = 'file.sent') {
  const rows = await purser.services.database.prisma.auditRow.findMany({
    where: { event },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
  })
  return rows.map(({ details, actorName, customerId }) => ({
    ...(details as { rows: number; isWhole: boolean }),
    actorName,
    customerId,
  }))
}

/** Reads what is left of a file that was cut, and gives its whole lines. */
async function readRest(response: Awaited<ReturnType<typeof beginDownload>>) {
  let text = ''
  response
    .setEncoding('utf8')
    .on('data', (part: string) => (text += part))
    .resume()
  const end = await finished(response).then(
    () => 'whole',
    () => 'broken',
  )
  return { rows: text.split('\n').length - 2, end }
}

describe('a file that is read to its end', () => {
  test('leaves two events: what was asked for, and how many rows left', async () => {
    const answer = await owner.get(`${statement}?from=2026-01-05&to=2026-01-05`)
    expect(readCsv(answer.text)).toHaveLength(24 * 60 + 1)
    const [event] = await sentEvents()
    expect(event).toMatchObject({
      rows: 24 * 60,
      isWhole: true,
      actorName: purser.northwind.staff.owner.email,
      customerId: customer.id,
    })
    expect(wordsOf(await owner.get('/audit?event=file.sent'))).toMatch(
      /downloaded the file statement-\S+\.csv \(1,440 rows\)/,
    )
  })

  test('asked for its head only, it is not read and leaves none', async () => {
    const before = [await sentEvents('statement.exported'), await sentEvents()]
    const { status, headers } = await owner.send('HEAD', statement)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toContain('text/csv')
    expect([await sentEvents('statement.exported'), await sentEvents()]).toEqual(before)
  })

  test('comes from connections on which nothing can be written', async () => {
    await expect(purser.services.files.query('delete from sessions')).rejects.toMatchObject({ code: '25006' })
  })
})

describe('files that nobody reads', () => {
  test(
    'ten of them keep no page waiting, and lose their connection after ten seconds',
    { timeout: 60_000 },
    async () => {
      const began = performance.now()
      const begun = await Promise.all(Array.from({ length: 10 }, () => beginDownload(owner, statement)))
      const held = begun.filter(({ statusCode }) => statusCode === 200)
      const refused = begun.filter(({ statusCode }) => statusCode === 429)
      expect([held.length, refused.length]).toEqual([2, 8])
      expect(refused.map(({ headers }) => headers['retry-after'])).toEqual(Array(8).fill('10'))
      for (const response of refused) response.resume()
      expect(busy()).toBe(2)
      expect(connections()).toBe(2)

      const finance = await purser.as(purser.northwind.staff.finance)
      const pages = await Promise.all(
        Array.from({ length: 4 }, () => finance.get(`/customers/${customer.id}`)),
      )
      expect(pages.map(({ status }) => status)).toEqual(Array(4).fill(200))

      await vi.waitFor(() => expect(busy()).toBe(0), { timeout: 20_000, interval: 200 })
      expect(performance.now() - began).toBeGreaterThan(9_500)
      const ends = await Promise.all(held.map(readRest))
      expect(ends.map(({ end }) => end)).toEqual(['broken', 'broken'])
      const events = (await sentEvents()).slice(0, 2)
      expect(events).toMatchObject(Array(2).fill({ isWhole: false, customerId: customer.id }))
      // Which event is whose cannot be told; the reader who took more is named with more.
      const [read, noted] = [ends, events].map((all) => all.map(({ rows }) => rows).sort((a, b) => a - b))
      for (const [at, rows] of (noted ?? []).entries()) {
        expect(read?.[at]).toBeGreaterThan(100)
        expect(rows).toBeGreaterThan((read?.[at] ?? 0) - 200)
        expect(rows).toBeLessThan(ROWS)
      }
      expect(wordsOf(await owner.get('/audit?event=file.sent'))).toMatch(
        /downloaded part of the file statement-\S+\.csv, which was interrupted after [\d,]+ rows/,
      )
    },
  )

  test('one whose reader goes away is given back at once, and its event says how far it came', async () => {
    const response = await beginDownload(owner, statement)
    await vi.waitFor(() => expect(busy()).toBe(1))
    const before = (await sentEvents()).length
    response.destroy()
    await vi.waitFor(() => expect(busy()).toBe(0), { timeout: 5_000 })
    await waitFor(async () => (await sentEvents()).length === before + 1)
    expect((await sentEvents())[0]).toMatchObject({ isWhole: false })
  })
})

describe('a reader who is slow but steady', () => {
  test('gets the whole file, though it takes longer than a stall may', { timeout: 60_000 }, async () => {
    const response = await beginDownload(owner, statement)
    let taken = 0
    const began = performance.now()
    for await (const part of response) {
      taken += (part as Buffer).length
      if (performance.now() - began < 14_000) await pause(Math.min(400, (part as Buffer).length / 100))
    }
    expect(performance.now() - began).toBeGreaterThan(12_000)
    expect(taken).toBeGreaterThan(ROWS * 100)
    expect((await sentEvents())[0]).toMatchObject({ isWhole: true, rows: ROWS })
  })

  test('has an end in sight all the same', { timeout: 30_000 }, async () => {
    const { setTimeout: really } = globalThis
    const hurried = vi
      .spyOn(globalThis, 'setTimeout')
      .mockImplementation(((work: () => void, ms: number, ...rest: []) =>
        really(work, ms === 10 * 60_000 ? 1_000 : ms, ...rest)) as typeof setTimeout)
    try {
      const response = await beginDownload(owner, statement)
      const readSlowly = async () => {
        while (!response.readableEnded && !response.destroyed) {
          response.read(20_000)
          await pause(50)
        }
      }
      await Promise.all([readSlowly(), expect(finished(response)).rejects.toThrow()])
      expect((await sentEvents())[0]).toMatchObject({ isWhole: false })
    } finally {
      hurried.mockRestore()
    }
  })
})

describe('how many at once', () => {
  test('three for all staff of a reseller, three for all its customers, and none of it hinders another reseller', async () => {
    const staff = [owner, await purser.as(await makeMember(purser.northwind, 'finance'))] as const
    const held = await Promise.all([0, 0, 1].map((at) => beginDownload(staff[at] as Visitor, statement)))
    expect(held.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200])
    const full = await (await purser.as(purser.northwind.staff.auditor)).get('/customers/export.csv')
    expect(full.status).toBe(429)
    expect(full.headers.get('retry-after')).toBe('10')
    expect(wordsOf(full)).toContain('Other people are already downloading 3 files.')

    const own = await purser.asCustomer(await makeCustomer(purser.northwind, { password: PASSWORD }))
    expect((await own.get('/console/billing/statement.csv')).status).toBe(200)
    const elsewhere = await purser.as(purser.eastgate.staff.owner)
    expect((await elsewhere.get('/customers/export.csv')).status).toBe(200)

    for (const response of held) response.destroy()
    await vi.waitFor(() => expect(busy()).toBe(0), { timeout: 5_000 })
    expect((await owner.get('/customers/export.csv')).status).toBe(200)
  })

  test('PDFs count as well, and a refusal is a page in words', async () => {
    const held = await Promise.all([statement, statement].map((address) => beginDownload(owner, address)))
    const refused = await owner.get(statement.replace('.csv', '.pdf?from=2026-01-05&to=2026-01-05'))
    expect(refused.status).toBe(429)
    expect(wordsOf(refused)).toContain('You are already downloading 2 files.')
    for (const response of held) response.destroy()
    await vi.waitFor(() => expect(busy()).toBe(0), { timeout: 5_000 })
  })
})
