import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { enter } from '../support/login-as.ts'
import { wordsOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

let purser: RunningPurser
let owner: pg.Client
beforeAll(async () => {
  purser = await startPurser()
  owner = new pg.Client(purser.database.ownerUrl)
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await purser.stop()
})

const db = () => purser.services.database.prisma

/** A staff member inside a customer's console, and what is written down of it. */
async function inside(mode: 'readonly' | 'admin') {
  const customer = await makeCustomer(purser.northwind, { balance: 5_00n })
  const staff = await purser.as(purser.northwind.staff.admin)
  await enter(staff, customer, mode)
  const { id } = await db().loginAs.findFirstOrThrow({ where: { customerId: customer.id } })
  const rows = () => db().loginAsEvent.findMany({ where: { loginAsId: id }, orderBy: { seq: 'asc' } })
  const ended = async () => {
    const all = await rows()
    return all.every(({ endedAt }) => endedAt !== null) ? all : null
  }
  return { id, customer, staff, rows, ended: () => waitFor(ended, { what: 'all answers to end' }) }
}

describe('each request under login-as', () => {
  test.each(['readonly', 'admin'] as const)('is written down before its answer begins (%s)', async (mode) => {
    const here = await inside(mode)
    await owner.query('begin; lock table entries')
    let answer: Promise<{ status: number }>
    try {
      answer = here.staff.get('/console/billing?from=2026-01-01')
      const asked = async () => (await here.rows()).find(({ path }) => path === '/console/billing')
      expect(await waitFor(asked, { what: 'the row' })).toMatchObject({
        method: 'GET',
        seq: 2,
        status: null,
        endedAt: null,
      })
    } finally {
      await owner.query('commit')
    }
    expect((await answer).status).toBe(200)
    expect((await here.ended()).at(-1)).toMatchObject({ status: 200 })
  })

  test('is not answered where it cannot be written down', async () => {
    const here = await inside('readonly')
    await owner.query('revoke insert on login_as_events from purser')
    try {
      const page = await here.staff.get('/console/billing')
      expect([page.status, page.headers.get('Retry-After')]).toEqual([503, '5'])
      expect(wordsOf(page)).toContain('could not be recorded')
      expect(page.text).not.toContain(here.customer.email)
      const file = await here.staff.get('/console/billing/statement.csv')
      expect(file.status).toBe(503)
      expect(file.text).not.toContain('posted_at')
    } finally {
      await owner.query('grant insert on login_as_events to purser')
    }
    expect((await here.staff.get('/console/billing')).status).toBe(200)
    // What was not answered has no number either.
    expect((await here.ended()).map(({ seq }) => seq)).toEqual([1, 2])
  })

  test('whatever becomes of it: pages, files, refusals, what is not there and what cannot be read', async () => {
    const here = await inside('readonly')
    const headers = { Origin: purser.url, 'Content-Type': 'application/x-www-form-urlencoded' }
    await here.staff.get('/console/billing/statement.csv')
    await here.staff.get('/console/nothing-here')
    await here.staff.get('/CONSOLE/profile')
    await here.staff.post('/console/profile', { name: 'x' })
    await here.staff.send('POST', '/console/profile', { headers, body: `name=${'x'.repeat(100_000)}` })
    await here.staff.send('HEAD', '/console')
    const said = (await here.ended()).map(({ method, path, status }) => `${method} ${path} ${status}`)
    expect(said).toEqual([
      'GET /console 200',
      'GET /console/billing/statement.csv 200',
      'GET /console/nothing-here 404',
      'GET /CONSOLE/profile 200',
      'POST /console/profile 403',
      'POST /console/profile 413',
      'HEAD /console 200',
    ])
  })

  test('has its own number, also when twenty come at once', async () => {
    const here = await inside('admin')
    await Promise.all(Array.from({ length: 20 }, () => here.staff.get('/console')))
    const rows = await here.ended()
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 21 }, (_one, place) => place + 1))
    expect(await db().loginAs.findFirstOrThrow({ where: { id: here.id } })).toMatchObject({ requests: 21 })
    expect(new Set(rows.map(({ requestId }) => requestId)).size).toBe(21)
  })
})

describe('a statement that is taken along', () => {
  test.each(['readonly', 'admin'] as const)('leaves an event that names both (%s)', async (mode) => {
    const here = await inside(mode)
    for (const format of ['csv', 'pdf'])
      expect((await here.staff.get(`/console/billing/statement.${format}?from=2026-01-01`)).status).toBe(200)
    const rows = await db().auditRow.findMany({
      where: { customerId: here.customer.id, event: 'statement.exported' },
      orderBy: { at: 'asc' },
    })
    expect(rows).toMatchObject(
      ['csv', 'pdf'].map((format) => ({
        actorKind: 'staff',
        actorName: 'admin@northwind.example',
        forCustomerId: here.customer.id,
        details: { from: '2026-01-01', to: '', format },
        ip: '127.0.0.1',
      })),
    )
    const requests = (await here.rows()).map(({ requestId }) => requestId)
    for (const { requestId } of rows) expect(requests).toContain(requestId)
  })

  test('by the customer leaves none', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const theirs = await purser.asCustomer(customer)
    for (const format of ['csv', 'pdf']) await theirs.get(`/console/billing/statement.${format}`)
    expect(
      await db().auditRow.count({ where: { customerId: customer.id, event: 'statement.exported' } }),
    ).toBe(0)
  })
})

describe('the database refuses to change, even for the owner of the tables,', () => {
  test('what was written down of a request, but for its status and end, once', async () => {
    const here = await inside('admin')
    const [row] = await here.ended()
    const where = `where id = '${row?.id}'`
    for (const change of [
      `update login_as_events set path = '/console' ${where}`,
      `update login_as_events set status = 200 ${where}`,
      `update login_as_events set ended_at = now() ${where}`,
      `delete from login_as_events ${where}`,
      'truncate login_as_events',
    ]) {
      await expect(owner.query(change), change).rejects.toMatchObject({ code: '42501' })
    }
  })

  test('a login as a customer, but for its use and its end, once', async () => {
    const here = await inside('admin')
    const where = `where id = '${here.id}'`
    const refused = async (...changes: string[]) => {
      for (const change of changes)
        await expect(owner.query(change), change).rejects.toMatchObject({ code: '42501' })
    }
    await refused(
      `update login_as set reason = 'another' ${where}`,
      `update login_as set expires_at = expires_at + interval '1 ms' ${where}`,
      `update login_as set entered_at = now() - interval '1 hour' ${where}`,
      `update login_as set entered_at = null ${where}`,
      `update login_as set last_seen_at = last_seen_at - interval '1 ms' ${where}`,
      `update login_as set requests = 0 ${where}`,
      `update login_as set requests = requests + 2 ${where}`,
      `delete from login_as ${where}`,
      'truncate login_as cascade',
    )
    await here.staff.submit(await here.staff.get('/console'), {}, { action: '/login-as/end' })
    await refused(
      `update login_as set ended_by = 'idle' ${where}`,
      `update login_as set ended_at = null, ended_by = null ${where}`,
      `update login_as set last_seen_at = now() + interval '1 hour' ${where}`,
      `update login_as set requests = requests + 1 ${where}`,
    )
  })

  test('and the application’s role has no right to', async () => {
    const app = new pg.Client(purser.database.appUrl)
    await app.connect()
    try {
      for (const change of [
        'update login_as set reason = reason',
        'update login_as set expires_at = expires_at',
        'delete from login_as',
        'update login_as_events set path = path',
        'delete from login_as_events',
      ]) {
        await expect(app.query(change), change).rejects.toThrow(/permission denied/)
      }
    } finally {
      await app.end()
    }
  })
})
