import http from 'node:http'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { letPass } from '../support/clock.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { askToEnter, enter } from '../support/login-as.ts'
import { errorAt, wordsOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const db = () => purser.owner.prisma
const admin = () => purser.as(purser.northwind.staff.admin)

/** What the audit log says of logins as this customer, oldest first. */
async function eventsOf({ id }: { id: string }) {
  const rows = await db().auditRow.findMany({
    where: { customerId: id, event: { startsWith: 'login_as.' } },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
  })
  return rows.map(({ event, actorName, forCustomerId, details }) => ({
    event,
    actorName,
    forCustomerId,
    details,
  }))
}

describe('login as a customer', () => {
  test('leads into the console, shows who is there on every page, and Exit leads back to the customer', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 5_00n })
    const staff = await admin()
    const overview = await enter(staff, customer, 'readonly')
    expect(overview.status).toBe(200)
    expect(overview.text).toContain(`Admin Person is logged in as ${customer.email}`)
    expect(overview.text).toContain('30 minutes left')
    expect(wordsOf(overview)).toContain('5.00')
    expect((await db().customer.findFirstOrThrow({ where: { id: customer.id } })).lastLoginAt).toBeNull()
    // The portal in the other tab goes on.
    expect((await staff.get('/customers')).status).toBe(200)
    const left = await staff.submit(overview, {}, { action: '/login-as/end' })
    expect(left.location).toBe(`/customers/${customer.id}`)
    expect((await staff.get('/console')).location).toBe('/console/login')
    expect(await eventsOf(customer)).toEqual([
      {
        event: 'login_as.started',
        actorName: 'admin@northwind.example',
        forCustomerId: null,
        details: expect.objectContaining({ mode: 'readonly', reason: 'Ticket 4711' }),
      },
      {
        event: 'login_as.ended',
        actorName: 'admin@northwind.example',
        forCustomerId: customer.id,
        details: expect.objectContaining({ by: 'exit' }),
      },
    ])
  })

  test('writes down what was looked at, also where the reader cut it off before it came', async () => {
    const customer = await makeCustomer(purser.northwind)
    const staff = await admin()
    await enter(staff, customer, 'readonly')
    const { id: loginAsId } = await db().loginAs.findFirstOrThrow({ where: { customerId: customer.id } })
    const [owner, watcher] = [new pg.Client(purser.database.ownerUrl), new pg.Client(purser.database.appUrl)]
    await Promise.all([owner.connect(), watcher.connect()])
    await owner.query('begin; lock table entries')
    try {
      const cookie = [...staff.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const request = http.get(`${purser.url}/console/billing/statement.csv`, { headers: { cookie } })
      request.on('error', () => {})
      const isHeld = async () => {
        const { rows } = await watcher.query(
          `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        )
        return rows.length > 0
      }
      await waitFor(isHeld, { what: 'the file to be asked for' })
      request.destroy()
      const looked = () =>
        db().loginAsEvent.findFirst({
          where: { loginAsId, path: { endsWith: '.csv' }, endedAt: { not: null } },
        })
      expect(await waitFor(looked, { what: 'its event' })).toMatchObject({
        path: '/console/billing/statement.csv',
        status: 499,
      })
    } finally {
      await owner.end()
      await watcher.end()
    }
  })

  test('needs a reason, and the permission of its mode', async () => {
    const customer = await makeCustomer(purser.northwind)
    const staff = await admin()
    const form = await staff.get(`/customers/${customer.id}/login-as`)
    const answer = await staff.submit(form, { mode: 'admin', reason: ' ' }, { action: '/login-as' })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'reason')).not.toBe('')

    const support = await purser.as(purser.northwind.staff.support)
    const page = await support.get(`/customers/${customer.id}/login-as?mode=admin`)
    expect(page.html.querySelectorAll('[name="mode"]').map((mode) => mode.getAttribute('value'))).toEqual([
      'readonly',
    ])
    expect(
      (await support.submit(page, { mode: 'admin', reason: 'Ticket' }, { action: '/login-as' })).status,
    ).toBe(403)
    expect(await db().loginAs.count({ where: { customerId: customer.id } })).toBe(0)
  })

  test('a customer who is OFF or has not completed the registration: ReadOnly Login only', async () => {
    const off = await makeCustomer(purser.northwind, { state: 'OFF' })
    const fresh = await makeCustomer(purser.northwind, { teamType: 'default' })
    const staff = await admin()
    for (const customer of [off, fresh]) {
      const refused = await askToEnter(staff, customer, 'admin')
      expect(refused.status).toBe(422)
      expect(wordsOf(refused)).toContain('Only ReadOnly Login is possible')
      expect((await enter(staff, customer, 'readonly')).status).toBe(200)
    }
  })

  test('a second one in the same browser ends the first', async () => {
    const [one, two] = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    const staff = await admin()
    expect(wordsOf(await staff.get(`/customers/${two.id}/login-as`))).not.toContain('In another tab')
    await enter(staff, one, 'admin')
    const asking = await staff.get(`/customers/${two.id}/login-as`)
    expect(wordsOf(asking)).toContain(`In another tab, you are logged in as ${one.email} (Admin Login)`)
    const overview = await enter(staff, two, 'readonly')
    expect(overview.text).toContain(two.email)
    expect((await eventsOf(one)).at(-1)?.details).toMatchObject({ by: 'replaced' })
  })
})

describe('the hand-over code', () => {
  test('is good for a minute', async () => {
    const customer = await makeCustomer(purser.northwind)
    const staff = await admin()
    const started = await askToEnter(staff, customer, 'readonly')
    await letPass(purser.database, 1)
    expect((await staff.follow(started)).status).toBe(410)
  })

  test('is good in the browser that asked for it only, even for another session of the same person', async () => {
    const customer = await makeCustomer(purser.northwind)
    const started = await askToEnter(await admin(), customer, 'readonly')
    expect((await purser.visitor().follow(started)).status).toBe(410)
    expect((await (await admin()).follow(started)).status).toBe(410)
  })

  test('a made-up code, or one of another reseller, is refused in the same words', async () => {
    const staff = await admin()
    const { id } = purser.northwind.reseller
    for (const code of ['x', `${id}.${'a'.repeat(43)}`, `${purser.eastgate.reseller.id}.${'a'.repeat(43)}`]) {
      const answer = await staff.get(`/console/enter/${code}`)
      expect(answer.status).toBe(410)
      expect(wordsOf(answer)).toContain('start again')
    }
  })

  test('is good for its own customer: another one asked for beside it stays out, and no reseller in front changes that', async () => {
    const [one, two] = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    const staff = await admin()
    const [startedOne] = [await askToEnter(staff, one, 'readonly'), await askToEnter(staff, two, 'admin')]
    const code = startedOne.location?.split('/').at(-1) ?? ''
    const elsewhere = code.replace(/^[^.]+/, purser.eastgate.reseller.id)
    expect((await staff.get(`/console/enter/${elsewhere}`)).status).toBe(410)
    expect((await staff.follow(startedOne)).status).toBe(303)
    const overview = await staff.get('/console')
    expect(overview.text).toContain(one.email)
    expect(overview.text).not.toContain(two.email)
    const other = await db().loginAs.findFirstOrThrow({ where: { customerId: two.id } })
    expect([other.enteredAt, other.endedAt]).toEqual([null, null])
    expect(await db().session.count({ where: { customerId: two.id } })).toBe(0)
  })

  test('stands in the database as its digest only', async () => {
    const customer = await makeCustomer(purser.northwind)
    const started = await askToEnter(await admin(), customer, 'readonly')
    const code = started.location?.split('/').at(-1) ?? ''
    const row = await db().loginAs.findFirstOrThrow({ where: { customerId: customer.id } })
    expect(JSON.stringify(row)).not.toContain(code)
  })
})
