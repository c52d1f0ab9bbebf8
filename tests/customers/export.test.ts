import { type IncomingMessage, get } from 'node:http'
import { finished } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type CrowdMember, makeCrowd, mixedCrowd, seededRandom } from '../support/crowd.ts'
import { readCsv } from '../support/csv.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Answer, type Visitor, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor

beforeAll(async () => {
  purser = await startPurser()
  await makeCrowd(purser.northwind, mixedCrowd(230), { from: 1 })
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const HEADINGS = [
  'Customer account',
  'Team name',
  'Team type',
  'Internal customer ID',
  'Balance',
  'Credits',
  'Company name',
  'State',
  'Tag',
  'Registration time',
]

/** The list's rows as the file has them, read off its pages. */
async function listed(address: string) {
  const rows: string[][] = []
  for (let at: string | null = address; at;) {
    const page: Answer = await owner.get(at)
    for (const row of page.html.querySelectorAll('table.customers tbody tr')) {
      const cells = row.querySelectorAll('td').slice(0, 10)
      const plain = cells.map((cell) => cell.textContent.replace(/\s+/g, ' ').trim())
      const tags = cells[8]?.querySelectorAll('.tag-chip').map((chip) => chip.textContent.trim()) ?? []
      const rest = cells[8]?.querySelector('.tag-rest .visually-hidden')?.textContent.split(', ') ?? []
      // The name stands under the account.
      plain[0] = cells[0]?.querySelector('a')?.textContent.trim() ?? ''
      plain[4] = plain[4]?.replace(',', '').replace('−', '-') ?? ''
      plain[5] = plain[5]?.replace(',', '') ?? ''
      if (plain[6] === '–') plain[6] = ''
      plain[8] = [...tags, ...rest].sort().join(', ')
      plain[9] = cells[9]?.querySelector('time')?.getAttribute('datetime') ?? ''
      rows.push(plain)
    }
    at = page.html.querySelector('.pager a[rel="next"]')?.getAttribute('href') ?? null
  }
  return rows
}

async function exported(query: string) {
  const answer = await owner.get(`/customers/export.csv${query}`)
  expect(answer.status).toBe(200)
  const [headings, ...rows] = readCsv(answer.text)
  expect(headings).toEqual(HEADINGS)
  return rows.map((row) => {
    const [time, tags] = [
      // The page says it to the second.
      new Date(row[9] as string).toISOString().replace(/\.\d+/, ''),
      (row[8] as string).split(', ').sort().join(', '),
    ]
    // What a spreadsheet would run has an apostrophe before it.
    return [...row.slice(0, 6), row[6]?.replace(/^'=/, '='), row[7], tags, time]
  })
}

const lastEvent = async () => {
  const { reseller } = purser.northwind
  const [row] = await purser.services.database.prisma.auditRow.findMany({
    where: { resellerId: reseller.id, event: 'customers.exported' },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: 1,
  })
  return row
}

describe('the customers as a file', () => {
  test('is a CSV file in UTF-8, by its name and in its head', async () => {
    const answer = await owner.get('/customers/export.csv?q=nobody-of-this-name')
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toMatch(
      /^attachment; filename=customers-northwind-\d{4}-\d\d-\d\d\.csv$/,
    )
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.text).toBe(`${HEADINGS.join(',')}\n`)
  })

  test('holds all that the list shows, cell by cell and in its order, for any query', async () => {
    const random = seededRandom(7)
    const pick = (of: readonly string[]) => of[Math.floor(random() * of.length)] as string
    const sorts = ['', 'email', '-email', 'balance', '-balance', 'credits', '-credits', 'registeredAt']
    const queries = Array.from({ length: 14 }, () =>
      new URLSearchParams({
        q: pick(['', '', 'north', '100%', 'ä', 'r_s', 'nobody']),
        state: pick(['', '', 'ON', 'OFF']),
        type: pick(['', '', 'default', 'individual', 'enterprise']),
        tag: pick(['', '', 'vip', 'Net 30']),
        sort: pick(sorts),
      }).toString(),
    )
    for (const query of ['', ...queries]) {
      expect(await exported(`?${query}`), query).toEqual(await listed(`/customers?${query}`))
    }
  })

  test('leaves the page that one happened to be on aside', async () => {
    const page = await owner.get('/customers?sort=email')
    const next = page.html.querySelector('.pager a[rel="next"]')?.getAttribute('href') as string
    const query = next.slice(next.indexOf('?'))
    expect(await exported(query)).toEqual(await exported('?sort=email'))
    const button = (await owner.get(next)).html.querySelector('a[href*="export.csv"]')
    expect(button?.getAttribute('href')).toBe('/customers/export.csv?sort=email')
  })

  test("amounts are plain decimals, times are ISO 8601 in the reseller's zone with its offset", async () => {
    const [facts] = mixedCrowd(1) as [CrowdMember]
    const summer = {
      ...facts,
      email: 'plain@north.example',
      externalReference: '',
      balance: -123_456,
      credits: 7,
    }
    await makeCrowd(purser.northwind, [{ ...summer, registeredAt: '2026-07-01T22:00:00.005Z' }], {
      from: 90_000,
    })
    const answer = await owner.get('/customers/export.csv?q=plain@north.example')
    const [, row] = readCsv(answer.text)
    expect(row?.slice(4, 6)).toEqual(['-1234.56', '0.07'])
    expect(row?.[9]).toBe('2026-07-02T00:00:00.005+02:00')
  })

  test('yen are whole, and Tokyo is nine hours ahead', async () => {
    const [facts] = mixedCrowd(1) as [CrowdMember]
    await makeCrowd(purser.eastgate, [{ ...facts, balance: 123_456, registeredAt: '2026-07-01T22:00:00Z' }], {
      from: 1,
    })
    const outsider = await purser.as(purser.eastgate.staff.owner)
    const [, ...rows] = readCsv((await outsider.get('/customers/export.csv')).text)
    expect(rows).toHaveLength(1)
    expect(rows[0]?.[4]).toBe('123456')
    expect(rows[0]?.[9]).toBe('2026-07-02T07:00:00.000+09:00')
  })

  test('a text is never a formula, and quotes and commas survive', async () => {
    const texts = ['=1+1', '+1', '-1', '@SUM(A1)', 'say "hi", twice']
    for (const [at, teamName] of texts.entries())
      await makeCustomer(purser.northwind, { teamName, externalReference: `CSV-TEXT-${at}` })
    const answer = await owner.get('/customers/export.csv?q=csv-text&sort=registeredAt')
    const [, ...rows] = readCsv(answer.text)
    expect(rows.map((row) => row[1])).toEqual(["'=1+1", "'+1", "'-1", "'@SUM(A1)", 'say "hi", twice'])
  })

  test('leaves a row in the audit log that says what was asked for', async () => {
    await owner.get('/customers/export.csv?q=cy&state=OFF&sort=-balance')
    expect(await lastEvent()).toMatchObject({
      actorName: purser.northwind.staff.owner.email,
      details: { query: 'q=cy&state=OFF&sort=-balance' },
    })
  })

  test('a query that means nothing is a sentence, and leaves no event', async () => {
    const before = await lastEvent()
    const answer = await owner.get('/customers/export.csv?state=maybe')
    expect(answer.status).toBe(422)
    expect(wordsOf(answer)).toContain('“state”')
    expect(await lastEvent()).toEqual(before)
  })
})

test('the list has a button for it', async () => {
  const auditor = await purser.as(purser.northwind.staff.auditor)
  expect((await auditor.get('/customers')).html.querySelector('a[href*="export.csv"]')).not.toBeNull()
})

describe('some thousand rows', () => {
  const COUNT = 2_500
  let crowded: RunningPurser
  let reader: Visitor
  beforeAll(async () => {
    crowded = await startPurser()
    reader = await crowded.as(crowded.northwind.staff.finance)
    const members = mixedCrowd(COUNT, { seed: 3 }).map((one, at) => ({
      ...one,
      email: `many.${at}@crowd.example`,
    }))
    await makeCrowd(crowded.northwind, members, { from: 1 })
    await makeNamesLong()
  })
  afterAll(() => crowded.stop())

  /** So that the file is larger than what sockets on the way can hold. Nobody searches here: the search rows keep the short names. List rows have them long. */
  async function makeNamesLong() {
    const { pathname } = new URL(crowded.database.ownerUrl)
    const client = new pg.Client(Object.assign(new URL(inject('superUrl')), { pathname }).href)
    await client.connect()
    await client.query(`set session_replication_role = replica`)
    await client.query(`update teams set name = name || ' ' || repeat('x', 4800)`)
    await client.query(`update customer_list_rows set team_name = team_name || ' ' || repeat('x', 4800)`)
    await client.end()
  }

  const fetches = (query: { mock: { calls: unknown[][] } }) =>
    query.mock.calls.filter(([text]) => typeof text === 'string' && text.startsWith('fetch ')).length

  /** Waits until nothing is read from the database any more, and says how many lots were. */
  async function standstill(query: Parameters<typeof fetches>[0]) {
    for (let before = -1, now = 0; ; before = now) {
      await pause(1000)
      now = fetches(query)
      if (now > 0 && now === before) return now
    }
  }

  /** Begins to download the file and takes nothing of it. */
  async function beginDownload() {
    const cookie = [...reader.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const request = get(`${crowded.url}/customers/export.csv?sort=email`, { headers: { cookie } })
    const response = await new Promise<IncomingMessage>((resolve) => {
      request.on('response', resolve)
    })
    return response.pause()
  }

  test('are read no faster than they are taken, in one snapshot', async () => {
    const query = vi.spyOn(pg.Client.prototype, 'query')
    try {
      const response = await beginDownload()
      const read = await standstill(query)
      expect(read).toBeLessThan(COUNT / 500)

      // This one comes too late to be in the file, though its place in the order is still to come.
      await makeCustomer(crowded.northwind, { email: 'zz.late@crowd.example' })
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += chunk
      const rows = readCsv(text).slice(1)
      expect(rows).toHaveLength(COUNT)
      expect(new Set(rows.map((row) => row[3])).size).toBe(COUNT)
      expect(text).not.toContain('zz.late')
      expect(fetches(query)).toBe(COUNT / 500 + 1)
    } finally {
      query.mockRestore()
    }
  })

  test('given up half way, the database connection is free again', async () => {
    const pool = crowded.services.files
    const busy = () => pool.totalCount - pool.idleCount
    expect(busy()).toBe(0)
    const response = await beginDownload()
    expect(busy()).toBe(1)
    response.destroy()
    await vi.waitFor(() => expect(busy()).toBe(0), { timeout: 20_000 })
  })

  test('cut off by the database half way, the file ends as broken and not as whole', async () => {
    const query = vi.spyOn(pg.Client.prototype, 'query')
    const response = await beginDownload()
    await standstill(query).finally(() => query.mockRestore())
    const { rowCount } = await crowded.services.database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and state = 'idle in transaction'`,
    )
    expect(rowCount).toBe(1)
    await expect(finished(response.resume())).rejects.toThrow()
    expect((await reader.get('/customers')).status).toBe(200)
  })
})
