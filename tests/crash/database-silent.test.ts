import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPool } from '../../src/database/client.ts'
import { isDatabaseLost } from '../../src/database/failures.ts'
import { type Member, PASSWORD, makeMember } from '../support/cast.ts'
import { PurserProcess } from '../support/process.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { Visitor } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'
import { Way } from '../support/way.ts'

const SILENT_SECONDS = 15
// What is promised. A crowded machine takes its own time beside, which is measured: see crowding().
const ANSWER_MS_MAX = 6_000
const READY_MS_MAX = 2_000
/** So often one answer may have to wait for the machine: until it is begun, for what it asks, until it is read. */
const TURNS = 4
const PAGES = [
  '/customers',
  '/invites',
  '/tags',
  '/staff',
  '/customers/export.csv',
  '/ledger/verification',
] as const

let purser: RunningPurser
let way: Way
let child: PurserProcess
let url: string
let people: Visitor[]
beforeAll(async () => {
  purser = await startPurser()
  way = new Way(new URL(purser.database.appUrl))
  const port = String(await way.listen())
  const through = (to: string) => Object.assign(new URL(to), { port }).href
  child = new PurserProcess({
    env: {
      APP_KEY: Buffer.alloc(32, 7).toString('base64'),
      DATABASE_URL: through(purser.database.appUrl),
      DATABASE_OWNER_URL: through(purser.database.ownerUrl),
    },
  })
  url = await child.ready()
  people = []
  for (let each = 0; each < 6; each++) people.push(await logIn(await makeMember(purser.northwind, 'owner')))
})
afterAll(async () => {
  await child.end('SIGKILL')
  way.close()
  await purser.stop()
})

async function logIn({ email }: Member): Promise<Visitor> {
  const browser = new Visitor(url)
  const answer = await browser.submit(await browser.get('/login'), { email, password: PASSWORD })
  if (answer.status !== 303) throw new Error(`${email} could not log in: ${answer.status}`)
  return browser
}

interface Heard {
  path: string
  ms: number
  status: number
  retryAfter: string | null
}

/** Asks for a page and notes how long the answer took; no answer in 20 s is 0, a file that was cut off after it had begun is 206. */
async function ask(browser: Visitor, path: string): Promise<Heard> {
  const before = performance.now()
  const begun = browser.get(path).catch((error: Error) => error)
  const answer = await Promise.race([begun, wait(20_000, null, { ref: false })])
  if (answer instanceof Error) {
    if (answer.message !== 'aborted' || !path.endsWith('.csv')) throw answer
    return { path, ms: Math.round(performance.now() - before), status: 206, retryAfter: null }
  }
  return {
    path,
    ms: Math.round(performance.now() - before),
    status: answer?.status ?? 0,
    retryAfter: answer?.headers.get('Retry-After') ?? null,
  }
}

/** Everybody loads pages, four at once each, until `isOver`. */
async function load(isOver: () => boolean): Promise<Heard[]> {
  const heard: Heard[] = []
  const tab = async (browser: Visitor, at: number) => {
    for (let turn = at; !isOver(); turn++) {
      heard.push(await ask(browser, PAGES[turn % PAGES.length] as string))
      await wait(100)
    }
  }
  await Promise.all(people.flatMap((browser, each) => [0, 1, 2, 3].map((more) => tab(browser, each + more))))
  return heard
}

/** How long the machine itself lets an answer wait that needs no database: the longest seen until `isOver`, in milliseconds. */
async function crowding(isOver: () => boolean): Promise<number> {
  let slowest = 0
  const browser = new Visitor(url)
  while (!isOver()) {
    slowest = Math.max(slowest, (await ask(browser, '/healthz')).ms)
    await wait(50)
  }
  return slowest
}

async function balancer(isOver: () => boolean): Promise<Heard[]> {
  const heard: Heard[] = []
  const browser = new Visitor(url)
  while (!isOver()) {
    heard.push(await ask(browser, '/readyz'))
    await wait(200)
  }
  return heard
}

/** Leaves a job that mails, and resolves when its mail was written. */
async function jobIsDone() {
  const { email } = await makeMember(purser.northwind, 'owner')
  const visitor = new Visitor(url)
  const answer = await visitor.submit(await visitor.get('/forgotten-password'), { email })
  expect(answer.status).toBeLessThan(400)
  const { prisma } = purser.services.database
  await waitFor(async () => (await prisma.mail.count({ where: { toEmail: email } })) > 0, {
    what: 'the job',
    msMax: 25_000,
  })
}

test.each(['vanish', 'hang'] as const)(
  'a database that is to %s for a while: each request is answered within 6 s, and all goes on without a restart',
  async (how) => {
    await jobIsDone()
    let isOver = false
    const asked = Promise.all([load(() => isOver), balancer(() => isOver), crowding(() => isOver)])
    await wait(1_000)
    way[how]()
    const silentAt = performance.now()
    await wait(SILENT_SECONDS * 1000)
    isOver = true
    const [pages, ready, crowdedMs] = await asked
    const spareMs = TURNS * crowdedMs
    way.mend()
    const backAt = performance.now()
    // Connections that were begun during the silence may still fail for a moment, whatever the first page has got.
    const everyPage = () =>
      Promise.all(people.flatMap((browser) => PAGES.slice(0, 3).map((path) => ask(browser, path))))
    await waitFor(async () => (await everyPage()).every(({ status }) => status === 200), {
      what: 'every page of everybody',
      msMax: 8_000 + spareMs,
    })
    await waitFor(async () => (await ask(people[0] as Visitor, '/readyz')).status === 200, {
      msMax: 3_000 + spareMs,
    })
    console.info(
      `${how}: silent for ${Math.round(backAt - silentAt)} ms, ${pages.length} pages, slowest ${Math.max(...pages.map(({ ms }) => ms))} ms; ` +
        `/healthz ${crowdedMs} ms, /readyz ${Math.max(...ready.map(({ ms }) => ms))} ms; back after ${Math.round(performance.now() - backAt)} ms`,
    )
    expect(pages.filter(({ ms }) => ms > ANSWER_MS_MAX + spareMs)).toEqual([])
    expect(pages.filter(({ status }) => ![200, 206, 429, 503].includes(status))).toEqual([])
    expect(pages.filter(({ status, retryAfter }) => status === 503 && !retryAfter)).toEqual([])
    expect(pages.some(({ status }) => status === 503)).toBe(true)
    expect(ready.filter(({ ms }) => ms > READY_MS_MAX + spareMs)).toEqual([])
    expect(ready.at(-1)?.status).toBe(503)

    await jobIsDone()
    expect(child.running).toBe(true)
  },
)

test('a connection that was idle for longer than a silence lasts is watched as well', async () => {
  const own = new Way(new URL(purser.database.appUrl))
  const url = Object.assign(new URL(purser.database.appUrl), { port: String(await own.listen()) }).href
  const pool = openPool(url, { use: 'page', max: 1, onError: () => {} })
  try {
    await pool.query('select 1')
    await wait(4_500)
    own.vanish()
    const given = pool.query('select 1').catch((error: unknown) => isDatabaseLost(error))
    expect(await Promise.race([given, wait(ANSWER_MS_MAX, 'no answer')])).toBe(true)
  } finally {
    own.close()
    await pool.end()
  }
})

test('a file of which nothing more is heard is answered within 6 s, though its end cannot be noted either', async () => {
  const browser = await logIn(await makeMember(purser.northwind, 'owner'))
  const holder = new pg.Client(purser.database.ownerUrl)
  await holder.connect()
  try {
    await holder.query('begin; lock table customers')
    const asked = ask(browser, '/customers/export.csv')
    await waitFor(() => isWaitingForLock(holder), { what: 'the first row' })
    way.vanish()
    const { status, ms } = await asked
    expect(status).toBe(503)
    expect(ms).toBeLessThan(ANSWER_MS_MAX)
  } finally {
    way.mend()
    await holder.query('rollback')
    await holder.end()
  }
  await waitFor(async () => (await ask(browser, '/customers')).status === 200, { msMax: 8_000 })
})

async function isWaitingForLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query('select 1 from pg_locks where not granted')
  return rows.length > 0
}

test('a lock on one table leaves the pages that do not need it alone', async () => {
  const holder = new pg.Client(purser.database.ownerUrl)
  await holder.connect()
  let isOver = false
  try {
    await holder.query('begin; lock table tags')
    // More of them than there are connections.
    const waiting = Promise.all(
      people
        .flatMap((browser) => [0, 1].map(() => ask(browser, '/tags')))
        .map(async (asked) => (await asked).status),
    )
    const others: Heard[] = []
    const other = await logIn(await makeMember(purser.eastgate, 'owner'))
    void waiting.finally(() => (isOver = true))
    while (!isOver) others.push(await ask(other, '/staff'))
    expect(new Set(await waiting)).toEqual(new Set([503]))
    expect(others.filter(({ status }) => status !== 200)).toEqual([])
    expect(others.length).toBeGreaterThan(0)
  } finally {
    await holder.query('rollback')
    await holder.end()
  }
})
