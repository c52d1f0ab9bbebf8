import { get, type IncomingMessage } from 'node:http'
import { finished } from 'node:stream/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { StatementPdf } from '../../src/billing/statement-layout.ts'
import { exportStatementPdf } from '../../src/billing/statement-pdf.ts'
import { newKey } from '../../src/ledger/facts.ts'
import { withRefills } from '../support/movements.ts'
import { bytesOf, readPdf } from '../support/pdf.ts'
import { refill } from '../support/postings.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { eventRows } from '../support/rows.ts'
import { type Visitor, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const addressOf = ({ id }: { id: string }) => `/customers/${id}/billing/statement.pdf`

/** Begins to download a statement and has its first bytes. */
async function beginDownload(customer: { id: string }) {
  const cookie = [...owner.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const request = get(`${purser.url}${addressOf(customer)}`, { headers: { cookie } })
  return new Promise<IncomingMessage>((resolve) => {
    request.on('response', (response) => resolve(response.pause()))
  })
}

test(
  'more than twenty thousand entries are refused with a sentence, and leave no event',
  { timeout: 120_000 },
  async () => {
    const customer = await withRefills(purser, 20_001)
    const answer = await owner.get(addressOf(customer))
    expect(answer.status).toBe(422)
    expect(wordsOf(answer)).toContain('can have up to 20,000 entries')
    expect(wordsOf(answer)).toContain('Choose a shorter period, or export as CSV.')
    expect(await eventRows(purser.northwind, customer, 'statement.exported')).toEqual([])
    // A shorter period is drawn, and opens with what was there before: 20,001 minutes are nearly two weeks.
    const { answer: shorter, bytes } = await bytesOf(owner, `${addressOf(customer)}?from=2026-01-14`)
    expect(shorter.status).toBe(200)
    expect(readPdf(bytes)[0]).toContain('Opening balance Balance 18,659.00')
  },
)

describe('some thousand entries', () => {
  const COUNT = 4_000
  let customer: Awaited<ReturnType<typeof withRefills>>
  beforeAll(async () => {
    customer = await withRefills(purser, COUNT)
  }, 120_000)

  test('six documents of them at once are drawn by turns, between which all else goes on', async () => {
    let turnsOfAllElse = 0
    let ticking = true
    const tick = () => {
      turnsOfAllElse += 1
      if (ticking) setImmediate(tick)
    }
    tick()
    const drawn = new Map<number, number>()
    const row = vi.spyOn(StatementPdf.prototype, 'row').mockImplementation(() => {
      drawn.set(turnsOfAllElse, (drawn.get(turnsOfAllElse) ?? 0) + 1)
    })
    try {
      const { system } = purser.northwind
      await Promise.all(
        Array.from({ length: 6 }, async () => {
          const file = await exportStatementPdf(system, customer, { from: '', to: '' })
          for await (const piece of file.pieces(purser.services.files))
            expect(piece.bytes.length).toBeGreaterThan(0)
        }),
      )
      expect(row).toHaveBeenCalledTimes(6 * COUNT)
      // One turn of twenty rows, or two where one came before all else and one after it.
      expect(Math.max(...drawn.values())).toBeLessThanOrEqual(40)
    } finally {
      ticking = false
      row.mockRestore()
    }
  })

  test('are all there, of one moment, whatever is booked meanwhile', async () => {
    const response = await beginDownload(customer)
    const facts = { reason: 'courtesy', comment: '', note: 'Too late', reference: '' } as const
    await refill(purser.northwind.system, customer, {
      ...facts,
      idempotencyKey: newKey(),
      amount: 500n,
      confirmDuplicate: false,
    })
    const parts: Buffer[] = []
    for await (const part of response) parts.push(part as Buffer)
    const pages = readPdf(Buffer.concat(parts))
    expect(pages.map((page) => page.at(-1)?.split(' Northwind')[0])).toEqual(
      pages.map((_, at) => `Page ${at + 1} of ${pages.length}`),
    )
    const lines = pages.flat()
    const afters = lines.flatMap((line) => / Balance \+1\.00 ([\d,]+)\.00$/.exec(line)?.[1] ?? [])
    expect(afters.map((after) => Number(after.replace(',', '')))).toEqual(
      Array.from({ length: COUNT }, (_, at) => at + 1),
    )
    expect(lines).toContain('Closing balance Balance 4,000.00')
    expect(lines.join('\n')).not.toContain('Too late')
  })

  test('leave piece by piece, and memory does not grow with the document', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const used = () => {
      collect()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return heapUsed + arrayBuffers
    }
    const period = { from: '', to: '' }
    const file = await exportStatementPdf(purser.northwind.system, await partyOf(customer), period)
    const sizes: number[] = []
    const memory: number[] = []
    for await (const { bytes } of file.pieces(purser.services.files)) {
      sizes.push(bytes.length)
      if (sizes.length % 10 === 0) memory.push(used())
    }
    const whole = sizes.reduce((sum, size) => sum + size, 0)
    // The largest is the last one, with the fonts in it.
    expect(Math.max(...sizes)).toBeLessThan(whole / 10)
    const half = Math.floor(memory.length / 2)
    const growth = Math.min(...memory.slice(half)) - Math.min(...memory.slice(0, half))
    expect(growth).toBeLessThan(whole / 2)
  })

  test('given up half way, nothing more is read, and the connection is free again', async () => {
    const pool = purser.services.files
    const busy = () => pool.totalCount - pool.idleCount
    const query = vi.spyOn(pg.Client.prototype, 'query')
    try {
      expect(busy()).toBe(0)
      const response = await beginDownload(customer)
      expect(busy()).toBe(1)
      response.destroy()
      await vi.waitFor(() => expect(busy()).toBe(0), { timeout: 20_000 })
      const fetches = query.mock.calls.filter(([text]) => String(text).startsWith('fetch '))
      expect(fetches.length).toBeLessThan(COUNT / 500)
    } finally {
      query.mockRestore()
    }
  })

  test('cut off by the database half way, the file ends as broken and not as whole', async () => {
    const response = await beginDownload(customer)
    const { rowCount } = await purser.services.database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and query like 'fetch %' and xact_start is not null`,
    )
    expect(rowCount).toBe(1)
    await expect(finished(response.resume())).rejects.toThrow()
    expect((await owner.get('/customers')).status).toBe(200)
  })
})

/** As the route finds them. */
async function partyOf({ id, resellerId }: { id: string; resellerId: string }) {
  return purser.services.database.prisma.customer.findUniqueOrThrow({
    where: { resellerId_id: { resellerId, id } },
  })
}
