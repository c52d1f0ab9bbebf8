import { type IncomingMessage, get } from 'node:http'
import { finished } from 'node:stream/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { exportStatementPdf } from '../../src/billing/statement-pdf.ts'
import { newKey } from '../../src/ledger/forms.ts'
import { refill } from '../../src/ledger/ledger.ts'
import { makeCustomer } from '../support/cast.ts'
import { bytesOf, readPdf } from '../support/pdf.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { deedRows } from '../support/rows.ts'
import { type Visitor, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

/** A customer with so many refills of 1.00, a minute apart, by one statement; its hashes prove nothing: for documents, never for money. */
async function withRefills(count: number) {
  const customer = await makeCustomer(purser.northwind)
  // As the owner, whose statements may take their time.
  const owning = new pg.Client(purser.database.ownerUrl)
  await owning.connect()
  await owning.query(
    `with posted as (
       insert into postings (reseller_id, id, customer_id, kind, key, fingerprint, reason, note, text_salt, text_digest,
                             actor_kind, actor_name, posted_at, effective_at)
       select $1, gen_random_uuid(), $2::text, 'refill', $2::text || '-' || n, 'test', 'courtesy', md5(n::text) || ' ' || md5((-n)::text),
              substring(sha256('test') for 16), sha256('test'), 'system', 'test', at, at
       from (select n, timestamptz '2026-01-01' + n * interval '1 minute' as at from generate_series(1, $3::int) n) one
       returning id, posted_at)
     insert into entries (reseller_id, id, posting_id, customer_id, account, seq, amount, before, after, floor, posted_at, hash)
     select $1, gen_random_uuid(), id, $2::text, 'BALANCE', n, 100, (n - 1) * 100, n * 100, 0, posted_at, sha256('test')
     from (select *, row_number() over (order by posted_at) as n from posted) numbered`,
    [customer.resellerId, customer.id, count],
  )
  await owning.query(
    `update customers set balance = $3::int * 100, balance_seq = $3::int, balance_hash = sha256('test') where reseller_id = $1 and id = $2`,
    [customer.resellerId, customer.id, count],
  )
  await owning.end()
  return customer
}

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
  'more than twenty thousand entries are refused with a sentence, and are no deed',
  { timeout: 120_000 },
  async () => {
    const customer = await withRefills(20_001)
    const answer = await owner.get(addressOf(customer))
    expect(answer.status).toBe(422)
    expect(wordsOf(answer)).toContain('has 20,000 entries at most')
    expect(wordsOf(answer)).toContain('Choose a shorter one, or export it as CSV.')
    expect(await deedRows(purser.northwind, customer, 'statement.exported')).toEqual([])
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
    customer = await withRefills(COUNT)
  }, 120_000)

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
    const { bytes } = await exportStatementPdf(purser.northwind.system, await partyOf(customer), {
      from: '',
      to: '',
    })
    const sizes: number[] = []
    const memory: number[] = []
    for await (const piece of bytes) {
      sizes.push(piece.length)
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
    const { pool } = purser.services.database
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
