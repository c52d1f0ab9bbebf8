import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { linkToken } from '../../src/people/one-time-link.ts'
import { formatsFor } from '../../src/words/format.ts'
import { type Member, PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { invited, join } from '../support/invites.ts'
import { PurserProcess } from '../support/process.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { verifyLedger } from '../support/rounds.ts'
import { makeWaiting } from '../support/scene.ts'
import { askToEnter } from '../support/login-as.ts'
import { Visitor, errorAt, wordsOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

// Two machines with one database, which each browser meets in turn, as behind a balancer that keeps nobody at one of them. The clock of
// one is more than a day ahead, so that its day, and at times its month, is another; that of the other is five minutes behind.

const MINUTE_MS = 60_000
const AHEAD_MS = 26 * 60 * MINUTE_MS
const BEHIND_MS = -5 * MINUTE_MS

let purser: RunningPurser
let ahead: PurserProcess
let behind: PurserProcess
/** Addresses of both. */
let one: string
let other: string
beforeAll(async () => {
  purser = await startPurser()
  ahead = onMachine(AHEAD_MS)
  // One after the other, because both look for the migrations.
  one = await ahead.ready()
  behind = onMachine(BEHIND_MS)
  other = await behind.ready()
})
afterAll(async () => {
  await Promise.all([ahead.end(), behind.end()])
  await purser.stop()
})

function onMachine(aheadMs: number) {
  const { appUrl, ownerUrl } = purser.database
  return new PurserProcess({
    env: {
      APP_KEY: Buffer.alloc(32, 7).toString('base64'),
      DATABASE_URL: appUrl,
      DATABASE_OWNER_URL: ownerUrl,
      NODE_OPTIONS: `--import ${path.resolve(import.meta.dirname, '../support/shifted-clock-child.ts')}`,
      CLOCK_AHEAD_MS: String(aheadMs),
    },
  })
}

const prisma = () => purser.owner.prisma

/** The same browser, sent on to another machine. */
function at(url: string, browser: Visitor): Visitor {
  const sent = new Visitor(url)
  for (const [name, value] of browser.cookies) sent.cookies.set(name, value)
  return sent
}

async function logIn(url: string, { email }: Member, password = PASSWORD) {
  const browser = new Visitor(url)
  const answer = await browser.submit(await browser.get('/login'), { email, password })
  return { browser, answer }
}

async function loggedIn(url: string, member: Member): Promise<Visitor> {
  const { browser, answer } = await logIn(url, member)
  expect(answer.status).toBe(303)
  return browser
}

/** How far a time is from now by the database's clock, in minutes. */
const minutesFromNow = (time: Date | null | undefined) => ((time?.getTime() ?? 0) - Date.now()) / MINUTE_MS

beforeEach(() => prisma().throttle.deleteMany())

test('each says at its start by how much the clocks differ, and so does /readyz', async () => {
  const saying = (by: string) =>
    `This machine's clock is ${by} the database's. Purser uses the database's clock; logs and certificates use this one. Synchronize both with NTP.`
  for (const [process, url, said] of [
    [ahead, one, saying('26 hours ahead of')],
    [behind, other, saying('5 minutes behind')],
  ] as const) {
    expect(process.err).toContain(said)
    const ready = await new Visitor(url).get('/readyz')
    expect(ready.status).toBe(200)
    expect((JSON.parse(ready.text) as { warnings: string[] }).warnings).toContain(said)
  }
})

const WAYS = [
  ['asked at the one ahead', () => [one, other]],
  ['asked at the one behind', () => [other, one]],
] as [string, () => [string, string]][]

describe.each(WAYS)('a login as a customer, %s', (_way, urls) => {
  test('is entered at the other, goes on at both, shows the same time left, and ends in time', async () => {
    const [here, there] = urls()
    const customer = await makeCustomer(purser.northwind)
    const staff = await loggedIn(here, await makeMember(purser.northwind, 'admin'))
    const asked = await askToEnter(staff, customer, 'readonly')
    const inside = at(there, staff)
    expect((await inside.follow(asked)).status).toBe(303)
    for (const url of [here, there]) {
      const page = await at(url, inside).get('/console')
      expect(page.status).toBe(200)
      const left = Number(page.html.querySelector('[data-login-as]')?.getAttribute('data-seconds'))
      expect(left).toBeGreaterThan(29 * 60)
      expect(left).toBeLessThanOrEqual(30 * 60)
    }
    const row = await prisma().loginAs.findFirstOrThrow({ where: { customerId: customer.id } })
    for (const time of [row.createdAt, row.enteredAt, row.lastSeenAt]) {
      expect(Math.abs(minutesFromNow(time))).toBeLessThan(1)
    }
    const browser = at(here, inside)
    const left = await browser.submit(await browser.get('/console'), {}, { action: '/login-as/end' })
    expect(left.status).toBe(303)
    const { endedAt, endedBy } = await prisma().loginAs.findFirstOrThrow({ where: { id: row.id } })
    expect(endedBy).toBe('exit')
    expect(Math.abs(minutesFromNow(endedAt))).toBeLessThan(1)
  })
})

test('a session goes on at the other, and is used when it is used', async () => {
  const member = await makeMember(purser.northwind, 'admin')
  const browser = await loggedIn(one, member)
  for (const url of [other, one]) expect((await at(url, browser).get('/customers')).status).toBe(200)
  expect(wordsOf(await at(other, browser).get('/account'))).toContain('This browser')
  const { lastSeenAt, expiresAt } = await prisma().session.findFirstOrThrow({ where: { staffId: member.id } })
  expect(Math.abs(minutesFromNow(lastSeenAt))).toBeLessThan(1)
  expect(Math.abs(minutesFromNow(expiresAt) - 12 * 60)).toBeLessThan(1)
})

test.each(WAYS)(
  'a link for a forgotten password, %s, is good at the other for as long as it says',
  async (_way, urls) => {
    const [here, there] = urls()
    const { id: staffId, email } = await makeMember(purser.northwind, 'admin')
    const browser = new Visitor(here)
    await browser.submit(await browser.get('/forgotten-password'), { email })
    const link = await waitFor(() => prisma().oneTimeLink.findFirst({ where: { staffId } }), {
      what: 'the link',
    })
    expect(Math.abs(minutesFromNow(link.expiresAt) - 30)).toBeLessThan(1)
    const form = await at(there, browser).get(`/set-password/${linkToken(purser.services.keys, link)}`)
    expect(form.status).toBe(200)
    expect((await at(there, browser).submit(form, { password: 'zebra lamp river moon' })).status).toBe(303)
  },
)

test.each(WAYS)('failed logins count for both and for as long as they say, %s', async (_way, urls) => {
  const [here, there] = urls()
  const member = await makeMember(purser.northwind, 'admin')
  for (let time = 0; time < 10; time++) {
    expect((await logIn(time % 2 ? here : there, member, 'wrong')).answer.status).toBe(422)
  }
  for (const url of [here, there]) {
    const { answer } = await logIn(url, member)
    expect(answer.status).toBe(429)
    const seconds = Number(answer.headers.get('Retry-After'))
    expect(seconds).toBeGreaterThan(14 * 60 - 5)
    expect(seconds).toBeLessThanOrEqual(15 * 60)
  }
})

test.each(WAYS)('an invite, %s, is good at the other for its days', async (_way, urls) => {
  const [here, there] = urls()
  const owner = await loggedIn(here, purser.northwind.staff.owner)
  const { row, path: link } = await invited(owner, purser.northwind, { expiresInDays: '1' })
  expect(Math.abs(minutesFromNow(row.expiresAt) - 24 * 60)).toBeLessThan(1)
  expect((await join(new Visitor(there), link)).status).toBe(303)
})

test('what waits for a second person is open at both, and can be decided', async () => {
  // Half an hour before its 72 are over: past that, by the clock that is ahead.
  const entered = new Date(Date.now() - (72 * 60 - 30) * MINUTE_MS)
  const { waitingId: id } = await makeWaiting(purser.northwind, { at: entered })
  const owner = await loggedIn(one, purser.northwind.staff.owner)
  for (const url of [one, other]) {
    const page = await at(url, owner).get(`/approvals/${id}`)
    expect(page.html.querySelectorAll('form[action$="/rejection"]')).toHaveLength(1)
  }
  const page = await owner.get(`/approvals/${id}`)
  expect((await owner.submit(page, { comment: 'no' }, { action: '/rejection' })).status).toBe(303)
  const row = await prisma().waitingPosting.findFirstOrThrow({ where: { id } })
  expect(row.state).toBe('rejected')
  expect(Math.abs(minutesFromNow(row.decidedAt))).toBeLessThan(1)
})

test('events and postings stand in the order in which they were done, whoever did them', async () => {
  const customer = await makeCustomer(purser.northwind)
  const owner = await loggedIn(one, purser.northwind.staff.owner)
  const since = new Date()
  for (let time = 0; time < 4; time++) {
    const browser = at(time % 2 ? one : other, owner)
    const state = await browser.get(`/customers/${customer.id}/state`)
    expect((await browser.submit(state, { reason: `Reason ${time}` })).status).toBe(303)
    const balance = await browser.get(`/customers/${customer.id}/balance`)
    const fields = { amount: `${time + 1}`, reason: 'courtesy', comment: 'because' }
    expect((await browser.submit(balance, fields, { action: '/refills' })).status).toBe(303)
  }
  const order = [{ at: 'asc' }, { id: 'asc' }] as const
  const events = await prisma().auditRow.findMany({ where: { customerId: customer.id }, orderBy: [...order] })
  const done = events.filter(({ at: time }) => time >= since).map(({ event }) => event)
  const [suspended, refilled, reinstated] = [done[0], done[1], done[2]]
  expect(done).toHaveLength(8)
  expect(suspended).toBe('customer.suspended')
  expect(reinstated).toBe('customer.reinstated')
  expect(done).toEqual([...Array<unknown>(2)].flatMap(() => [suspended, refilled, reinstated, refilled]))
  const postings = await prisma().posting.findMany({
    where: { customerId: customer.id },
    orderBy: [{ postedAt: 'asc' }, { id: 'asc' }],
    include: { entries: true },
  })
  expect(postings.map(({ entries }) => entries[0]?.amount)).toEqual([100n, 200n, 300n, 400n])
  for (const { postedAt } of postings) expect(Math.abs(minutesFromNow(postedAt))).toBeLessThan(1)
})

test('a day and a month begin when they do by the database’s clock', async () => {
  const customer = await makeCustomer(purser.northwind)
  const { isoDay } = formatsFor(purser.northwind.reseller)
  const dayIn = (days: number) => isoDay(new Date(Date.now() + days * 24 * 60 * MINUTE_MS))
  const owner = await loggedIn(one, purser.northwind.staff.owner)
  for (const url of [one, other]) {
    const browser = at(url, owner)
    const credits = () => browser.get(`/customers/${customer.id}/credits`)
    const fields = { operation: 'add', credits: '5', reason: 'courtesy', category: 'promotional' }
    const late = await browser.submit(await credits(), { ...fields, expiresOn: dayIn(0) })
    expect([late.status, errorAt(late, 'expiresOn')]).toEqual([422, expect.stringContaining('after today')])
    // By the clock that is ahead, tomorrow is over.
    expect((await browser.submit(await credits(), { ...fields, expiresOn: dayIn(1) })).status).toBe(303)
    const file = await browser.get(`/customers/${customer.id}/billing/statement.csv`)
    expect(file.headers.get('Content-Disposition')).toContain(`${dayIn(0)}.csv`)
  }
  const granted = await prisma().creditGrant.findMany({ where: { customerId: customer.id } })
  expect(granted.map(({ remaining }) => remaining)).toEqual([500n, 500n])
})

test('the ledger and the logins as customers are proved', async () => {
  expect((await verifyLedger(purser.services.database, {})).fault).toBeNull()
})
