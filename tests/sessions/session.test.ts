import { createHash, createHmac, randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
beforeEach(async () => {
  await prisma().session.deleteMany()
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)

/** A session as it was before ids began with the reseller: the cookie's id is random alone, and the row has its digest alone. */
async function formerSession(): Promise<{ cookie: string; digest: string }> {
  const id = randomBytes(32).toString('base64url')
  const digest = createHash('sha256').update(id).digest('hex')
  const { reseller, staff } = purser.northwind
  const expiresAt = new Date(Date.now() + 3_600_000)
  await prisma().session.create({
    data: { id: digest, resellerId: reseller.id, staffId: staff.owner.id, expiresAt },
  })
  const [secret = ''] = purser.services.keys.all('cookie')
  const signature = createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '')
  return { cookie: encodeURIComponent(`s:${id}.${signature}`), digest }
}

describe('a session that began before its id had the reseller', () => {
  test('goes on, is noted as used, and ends with a logout', async () => {
    const { cookie, digest } = await formerSession()
    await prisma().session.updateMany({ where: { id: digest }, data: { lastSeenAt: minutesAgo(5) } })
    const browser = purser.visitor()
    browser.cookies.set('purser-portal', cookie)
    const page = await browser.get('/customers')
    expect(page.status).toBe(200)
    const used = await prisma().session.findFirstOrThrow({ where: { id: digest } })
    expect(used.lastSeenAt.getTime()).toBeGreaterThan(minutesAgo(1).getTime())
    await browser.submit(page, {}, { action: '/logout' })
    expect(await prisma().session.count({ where: { id: digest } })).toBe(0)
    expect((await browser.get('/customers')).location).toMatch(/^\/login/)
  })

  test('can be ended from another browser', async () => {
    const { cookie, digest } = await formerSession()
    const other = await purser.as(purser.northwind.staff.owner)
    const list = await other.get('/account')
    const ended = await other.submit(list, {}, { action: `/account/sessions/${digest}/end` })
    expect(ended.status).toBe(303)
    const browser = purser.visitor()
    browser.cookies.set('purser-portal', cookie)
    expect((await browser.get('/customers')).location).toMatch(/^\/login/)
  })

  test('cannot be had by putting another reseller before the id', async () => {
    const { cookie } = await formerSession()
    const [, id = '', signature = ''] = /^s:([^.]+)\.(.+)$/.exec(decodeURIComponent(cookie)) ?? []
    const browser = purser.visitor()
    browser.cookies.set(
      'purser-portal',
      encodeURIComponent(`s:${purser.eastgate.reseller.id}.${id}.${signature}`),
    )
    expect((await browser.get('/customers')).location).toMatch(/^\/login/)
  })
})

describe('a session', () => {
  test('ends after 30 minutes without a request', async () => {
    const { owner } = purser.northwind.staff
    const browser = await purser.as(owner)
    await prisma().session.updateMany({ where: { staffId: owner.id }, data: { lastSeenAt: minutesAgo(29) } })
    expect((await browser.get('/customers')).status).toBe(200)
    // That request counted as a use.
    const { lastSeenAt } = await prisma().session.findFirstOrThrow({ where: { staffId: owner.id } })
    expect(lastSeenAt.getTime()).toBeGreaterThan(minutesAgo(1).getTime())
    await prisma().session.updateMany({ where: { staffId: owner.id }, data: { lastSeenAt: minutesAgo(31) } })
    const answer = await browser.get('/customers')
    expect(answer.status).toBe(303)
    expect(answer.location).toMatch(/^\/login/)
  })

  test('ends after 12 hours however busy it is', async () => {
    const { admin } = purser.northwind.staff
    const browser = await purser.as(admin)
    const { createdAt, expiresAt } = await prisma().session.findFirstOrThrow({ where: { staffId: admin.id } })
    expect((expiresAt.getTime() - createdAt.getTime()) / 3_600_000).toBeCloseTo(12, 2)
    await browser.get('/customers')
    const later = await prisma().session.findFirstOrThrow({ where: { staffId: admin.id } })
    expect(later.expiresAt).toEqual(expiresAt)
    await prisma().session.updateMany({ where: { staffId: admin.id }, data: { expiresAt: minutesAgo(0) } })
    expect((await browser.get('/customers')).location).toMatch(/^\/login/)
  })

  test('that the logout ended stays dead though a slow request was under way', async () => {
    const { owner } = purser.northwind.staff
    const customer = await makeCustomer(purser.northwind)
    const browser = await purser.as(owner)
    await prisma().session.updateMany({ where: { staffId: owner.id }, data: { lastSeenAt: minutesAgo(5) } })
    const form = await browser.get(`/customers/${customer.id}/balance`)
    await prisma().session.updateMany({ where: { staffId: owner.id }, data: { lastSeenAt: minutesAgo(5) } })
    const cookies = new Map(browser.cookies)

    // Somebody else holds the customer's row, so that the refill has to wait.
    const holder = new pg.Client(purser.database.appUrl)
    await holder.connect()
    await holder.query('begin')
    await holder.query('select from customers where id = $1 for update', [customer.id])
    const slow = browser.submit(
      form,
      { amount: '5', reason: 'courtesy', comment: 'slow' },
      { action: '/refills' },
    )
    await waitUntilBlocked(holder)
    await browser.submit(form, {}, { action: '/logout' })
    expect(await prisma().session.count({ where: { staffId: owner.id } })).toBe(0)
    await holder.query('commit')
    await holder.end()

    expect((await slow).status).toBe(303)
    expect(await prisma().session.count({ where: { staffId: owner.id } })).toBe(0)
    for (const [name, value] of cookies) browser.cookies.set(name, value)
    expect((await browser.get('/customers')).location).toMatch(/^\/login/)
  })

  test('of another role counts from the next request, and so does being turned OFF', async () => {
    const { auditor } = purser.northwind.staff
    const browser = await purser.as(auditor)
    const customer = await makeCustomer(purser.northwind)
    expect((await browser.get(`/customers/${customer.id}/balance`)).status).toBe(403)
    await prisma().staff.updateMany({ where: { id: auditor.id }, data: { roleId: 'finance' } })
    expect((await browser.get(`/customers/${customer.id}/balance`)).status).toBe(200)
    await prisma().staff.updateMany({ where: { id: auditor.id }, data: { state: 'OFF' } })
    expect((await browser.get('/customers')).location).toMatch(/^\/login/)
  })

  test('is not begun by a form that was sent to another Purser', async () => {
    const browser = purser.visitor()
    const form = await browser.get('/login')
    browser.cookies.clear()
    const answer = await browser.submit(form, { email: purser.northwind.staff.owner.email, password: 'x' })
    expect(answer.status).toBe(403)
    expect(wordsOf(answer)).toContain('sent no cookie')
  })
})

async function waitUntilBlocked(client: pg.Client) {
  for (let time = 0; time < 200; time++) {
    const { rows } = await client.query<{ waiting: number }>(
      `select count(*)::int as waiting from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    )
    if (rows[0]?.waiting) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('Nothing waits for the lock.')
}
