import { brotliCompressSync } from 'node:zlib'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadDemo } from '../../prisma/demo/load.ts'
import { DEMO_PASSWORD } from '../../prisma/demo/house.ts'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { disconnect } from '../../src/database/client.ts'
import type { Services } from '../../src/services.ts'
import { listen, type Listening, tryPort } from '../../src/startup/listen.ts'
import { openServices } from '../../src/startup/services.ts'
import { type ClonedDatabase, cloneDatabase } from '../setup/worker.ts'
import { startPurser } from '../support/purser.ts'
import { verifyLedger } from '../support/rounds.ts'
import { Visitor, wordsOf } from '../support/visit.ts'

let database: ClonedDatabase
let services: Services
const said: string[] = []

const open = (clone: ClonedDatabase) => {
  const env = {
    NODE_ENV: 'test',
    APP_KEY: Buffer.alloc(32, 9).toString('base64'),
    DATABASE_URL: clone.appUrl,
  }
  return { ...openServices(readConfig(env), clone.appUrl), log: pino({ level: 'silent' }) }
}
let begunAt: Date
const load = (into = services) => loadDemo(into, { onProgress: (sentence) => said.push(sentence) })

beforeAll(async () => {
  database = await cloneDatabase()
  services = open(database)
  begunAt = new Date()
  await load()
}, 300_000)
afterAll(async () => {
  await disconnect(services.database)
  await database.drop()
})

const ask = async <Row>(sql: string): Promise<Row[]> =>
  (await services.database.pool.query(sql)).rows as Row[]

describe('the demo', () => {
  test('two resellers, about 250 customers of every kind in the first, and progress on the way', async () => {
    expect(
      await ask('select slug, currency::text, currency_scale as scale from resellers order by slug'),
    ).toEqual([
      { slug: 'eastgate', currency: 'JPY', scale: 0 },
      { slug: 'northwind', currency: 'USD', scale: 2 },
    ])
    const kinds = await ask<{ type: string; state: string; count: number }>(`
      select t.type, c.state, count(*)::int from customers c
      join teams t on t.reseller_id = c.reseller_id and t.id = c.team_id join resellers r on r.id = c.reseller_id
      where r.slug = 'northwind' group by 1, 2`)
    expect(kinds.reduce((sum, { count }) => sum + count, 0)).toBe(250)
    for (const type of ['default', 'individual', 'enterprise']) {
      const ofType = kinds.filter((kind) => kind.type === type)
      expect(ofType.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(30)
      expect(ofType.map(({ state }) => state).sort()).toEqual(['OFF', 'ON'])
    }
    expect(said[0]).toBe('Loading the demo; this happens once.')
    expect(said.at(-1)).toBe('Loading the demo: 75 %.')
  })

  test('nobody is required to have a second factor', async () => {
    expect(await ask('select from resellers where factors_required_at is not null')).toEqual([])
    expect(await ask('select from roles where requires_factor')).toEqual([])
  })

  test('the four customers who can log in', async () => {
    const known = await ask(`
      select c.email, c.state, t.type, c.password_mark is not null as password from customers c
      join teams t on t.reseller_id = c.reseller_id and t.id = c.team_id
      where c.email like '__@customer.example' or c.email = 'ada@customer.example' order by 1`)
    expect(known).toEqual([
      { email: 'ada@customer.example', state: 'ON', type: 'enterprise', password: true },
      { email: 'bo@customer.example', state: 'ON', type: 'individual', password: true },
      { email: 'cy@customer.example', state: 'OFF', type: 'individual', password: true },
      { email: 'di@customer.example', state: 'ON', type: 'default', password: true },
    ])
  })

  test('team types are what they would be if they were worked out', async () => {
    const wrong = await ask(`
      select t.name from teams t
      join customers o on o.reseller_id = t.reseller_id and o.id = t.owner_customer_id
      left join billing_profiles b on b.reseller_id = t.reseller_id and b.id = t.id
      where t.type::text <> case when o.email_verified_at is null then 'default' else coalesce(b.kind::text, 'default') end`)
    expect(wrong).toEqual([])
    expect(await ask('select from teams where owner_customer_id is null')).toEqual([])
  })

  test('a year of money: every kind of posting and reason, at its time in the past', async () => {
    const [span] = await ask<{ first: number; last: number; count: number; months: number }>(`
      select extract(day from now() - min(posted_at))::int as first, extract(day from now() - max(posted_at))::int as last,
             count(*)::int, count(distinct date_trunc('month', posted_at))::int as months from postings`)
    expect(span?.first).toBeGreaterThan(300)
    expect(span?.last).toBeLessThan(7)
    expect(span?.months).toBeGreaterThanOrEqual(12)
    expect(span?.count).toBeGreaterThan(1_000)
    expect(
      await ask(
        "select from postings p join audit_rows a on a.details->>'posting' = p.id::text where a.at <> p.posted_at",
      ),
    ).toEqual([])
    expect(
      await ask(
        'select from postings p join customers c on c.reseller_id = p.reseller_id and c.id = p.customer_id where p.posted_at < c.registered_at',
      ),
    ).toEqual([])
    expect(await ask('select from audit_rows where at > now()')).toEqual([])
    const kinds = await ask<{ kind: string }>('select distinct kind::text from postings order by 1')
    expect(kinds.map(({ kind }) => kind)).toEqual([
      'charge',
      'credits_set',
      'deduction',
      'expiry',
      'refill',
      'reversal',
    ])
    const reasons = await ask<{ reason: string }>('select distinct reason::text from postings')
    expect(reasons.length).toBeGreaterThanOrEqual(5)
  })

  test('balances add up, and the chain of every account holds', async () => {
    expect(await verifyLedger(services.database, {})).toMatchObject({ fault: null })
    const adrift = await ask(`
      select c.id from customers c
      left join lateral (select sum(amount) filter (where account = 'BALANCE') as balance, sum(amount) filter (where account = 'CREDITS') as credits
                         from entries e where e.reseller_id = c.reseller_id and e.customer_id = c.id) s on true
      where c.balance <> coalesce(s.balance, 0) or c.credits <> coalesce(s.credits, 0)`)
    expect(adrift).toEqual([])
  })

  test('grants add up; ada has one that expired, one that ends soon and a charge that was reversed', async () => {
    const adrift = await ask(`
      select c.id from customers c
      left join lateral (select sum(g.remaining) as remaining from credit_grants g
                         where g.reseller_id = c.reseller_id and g.customer_id = c.id) s on true
      where c.credits <> coalesce(s.remaining, 0)`)
    expect(adrift).toEqual([])
    // As of its beginning: a day that ends meanwhile is for the rounds.
    const { rows: overdue } = await services.database.pool.query(
      'select from credit_grants where remaining > 0 and expires_at <= $1',
      [begunAt],
    )
    expect(overdue).toEqual([])
    const [ada] = await ask(`
      select (select count(*)::int from postings p where p.customer_id = c.id and p.kind = 'expiry') > 0 as expired,
             (select count(*)::int from credit_grants g where g.customer_id = c.id and g.expires_at > now() and g.remaining > 0) > 0 as ends,
             (select count(*)::int from postings p join postings o on o.id = p.reverses_id
              where p.customer_id = c.id and o.kind = 'charge') > 0 as reversed
      from customers c where c.email = 'ada@customer.example'`)
    expect(ada).toEqual({ expired: true, ends: true, reversed: true })
  })

  test('limits of Finance, three postings that wait for a second person, one that was approved, and an overdraft', async () => {
    const waiting = await ask<{ state: string; kind: string }>(
      'select state::text, kind::text from waiting_postings order by created_at desc',
    )
    expect(waiting).toEqual([
      { state: 'waiting', kind: 'refill' },
      { state: 'approved', kind: 'refill' },
      { state: 'waiting', kind: 'credits_set' },
      { state: 'waiting', kind: 'deduction' },
    ])
    expect(await ask('select from roles where approval_above is not null')).toHaveLength(1)
    const overdrawing = await ask<{ email: string }>('select email from customers where overdraft > 0')
    expect(overdrawing).toHaveLength(1)
    // Those who can log in are as they would be without.
    expect(overdrawing[0]?.email).not.toMatch(/^(ada|bo|cy|di)@/)
  })

  test("in time order, each customer's entries are in the order of their numbers", async () => {
    const wrong = await ask(`
      select from entries a join entries b on b.reseller_id = a.reseller_id and b.customer_id = a.customer_id and b.account = a.account
      where a.seq < b.seq and a.posted_at > b.posted_at`)
    expect(wrong).toEqual([])
  })

  test('mails of every state but waiting, tags, and a log full of different events', async () => {
    const states = await ask<{ state: string }>('select distinct state::text from mails order by 1')
    expect(states.map(({ state }) => state)).toEqual(['failed', 'kept', 'sent'])
    const [{ events } = { events: 0 }] = await ask<{ events: number }>(
      'select count(distinct event)::int as events from audit_rows',
    )
    expect(events).toBeGreaterThan(10)
    const [{ tagged } = { tagged: 0 }] = await ask<{ tagged: number }>(
      'select count(distinct customer_id)::int as tagged from customer_tags',
    )
    expect(tagged).toBeGreaterThan(80)
  })

  test(
    'loaded again it stays as it is; loaded by two at once it is there once',
    { timeout: 120_000 },
    async () => {
      await services.database.pool.query(
        `update customers set name = 'Ada the Second' where email = 'ada@customer.example'`,
      )
      const before = said.length
      await load()
      expect(said.length).toBe(before)
      expect(await ask(`select name from customers where email = 'ada@customer.example'`)).toEqual([
        { name: 'Ada the Second' },
      ])

      const clone = await cloneDatabase()
      const [one, other] = [open(clone), open(clone)]
      const quick = { onProgress: () => {}, counts: [30, 5] } as const
      await Promise.all([loadDemo(one, quick), loadDemo(other, quick)])
      const { rows } = await one.database.pool.query('select count(*)::int as count from customers')
      expect(rows).toEqual([{ count: 35 }])
      await Promise.all([one, other].map(({ database: opened }) => disconnect(opened)))
      await clone.drop()
    },
  )

  test('a load that breaks off leaves nothing', { timeout: 120_000 }, async () => {
    const clone = await cloneDatabase()
    const into = open(clone)
    const broken = loadDemo(into, {
      counts: [60, 5],
      onProgress: (sentence) => {
        if (sentence.includes('50 %')) throw new Error('the plug was pulled')
      },
    })
    await expect(broken).rejects.toThrow('the plug was pulled')
    const { rows } = await into.database.pool.query(
      'select (select count(*) from resellers)::int + (select count(*) from postings)::int as count',
    )
    expect(rows).toEqual([{ count: 0 }])
    await disconnect(into.database)
    await clone.drop()
  })

  test('a database that holds anything else is refused in one sentence', async () => {
    const other = await startPurser()
    await expect(load(other.services)).rejects.toThrow(
      /^This database contains .+, which is not the demo, so the demo is not loaded\. Use npm start for it, or set DATA_DIR/,
    )
    await other.stop()
  })
})

describe('people in the demo', () => {
  let serving: Listening
  let url: string
  beforeAll(async () => {
    const door = { host: '127.0.0.1', port: await tryPort({ host: '127.0.0.1', port: 0 }) }
    serving = await listen(createApp(services), { config: door, log: services.log })
    url = `http://127.0.0.1:${door.port}`
  })
  afterAll(() => serving.stop({ drainMs: 0, graceMs: 1_000 }))

  test.each(['owner', 'admin', 'finance', 'support', 'auditor'])(
    '%s@northwind.example logs in and sees the list',
    async (role) => {
      const browser = new Visitor(url)
      const fields = { email: `${role}@northwind.example`, password: DEMO_PASSWORD }
      const answer = await browser.submit(await browser.get('/login'), fields)
      expect(answer.status).toBe(303)
      const list = wordsOf(await browser.get('/customers?q=ada%40customer'))
      expect(list).toContain('ada@customer.example')
      expect(list).toContain('Lighthouse Analytics')
    },
  )

  test('owner@eastgate.example sees yen and nobody of northwind', async () => {
    const browser = new Visitor(url)
    const fields = { email: 'owner@eastgate.example', password: DEMO_PASSWORD }
    await browser.submit(await browser.get('/login'), fields)
    expect(wordsOf(await browser.get('/customers?q=ada%40customer'))).toContain('No customers match')
    expect((await browser.get('/customers')).text).toContain('@')
  })

  test('gets a list of fifty customers and the page of one in few bytes', async () => {
    const browser = new Visitor(url)
    const fields = { email: 'owner@northwind.example', password: DEMO_PASSWORD }
    await browser.submit(await browser.get('/login'), fields)
    const list = await browser.get('/customers')
    expect(list.html.querySelectorAll('tbody tr')).toHaveLength(50)
    expect(Buffer.byteLength(list.text)).toBeLessThan(130_000)
    expect(brotliCompressSync(list.text).length).toBeLessThan(12_000)
    const ada = (await browser.get('/customers?q=ada%40customer')).html.querySelector('td:first-child a')
    const details = await browser.get(ada?.getAttribute('href') ?? '')
    expect(wordsOf(details)).toContain('Last 12 months')
    expect(Buffer.byteLength(details.text)).toBeLessThan(30_500)
  })
})
