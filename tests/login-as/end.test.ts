import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { letPass } from '../support/clock.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { enter } from '../support/login-as.ts'
import { verifyLedger } from '../support/rounds.ts'
import { valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const db = () => purser.owner.prisma
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)

const OTHER = 'zebra lamp river moon'

/** What the page of a stay that is over says. */
const WHY = {
  staff_logout: /the staff member logged out/,
  portal_login: /someone logged in to the portal in the same browser/,
  session_gone: /the staff session ended/,
  password_changed: /the staff member’s password was changed/,
  staff_off: /the staff member was turned off/,
  permission_lost: /the staff member lost the permission/,
  customer_off: /the customer was turned off/,
  time_up: /it reached the time limit/,
  idle: /inactive for 10 minutes/,
}
type By = keyof typeof WHY

/** A staff member inside a customer's console. */
async function start(mode: 'readonly' | 'admin', role: 'admin' | 'support' = 'admin') {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  const member = await makeMember(purser.northwind, role)
  const staff = await purser.as(member)
  await enter(staff, customer, mode)
  const { id } = await db().loginAs.findFirstOrThrow({ where: { customerId: customer.id } })
  return { customer, staff, id, member }
}
type LoginAsSession = Awaited<ReturnType<typeof start>>

/** The row, the log and the customer's own page say that it is over, before anybody asks; the sessions in it are dead. */
async function expectOver({ id, customer }: LoginAsSession, by: By) {
  expect(await db().loginAs.findFirstOrThrow({ where: { id } })).toMatchObject({ endedBy: by })
  expect(await db().session.count({ where: { loginAsId: id, endedAt: null } })).toBe(0)
  const rows = await db().auditRow.findMany({
    where: { event: 'login_as.ended', details: { path: ['loginAs'], equals: id } },
  })
  expect(rows.map(({ details }) => details)).toEqual([expect.objectContaining({ by })])
  if (by === 'customer_off') return
  const security = wordsOf(await (await purser.asCustomer(customer)).get('/console/security'))
  expect(security).toContain('One More')
  expect(security).not.toContain('active now')
}

const endOf = ({ id }: Pick<LoginAsSession, 'id'>) =>
  db().auditRow.findFirstOrThrow({
    where: { event: 'login_as.ended', details: { path: ['loginAs'], equals: id } },
  })

/** The next page says that it is over and why, and so does the one after it. */
async function expectTold({ staff }: LoginAsSession, by: By) {
  for (const page of ['/console', '/console/billing']) {
    const told = await staff.get(page)
    expect(told.status).toBe(403)
    expect(wordsOf(told)).toMatch(WHY[by])
  }
}

const byId = (id: string) => ({ resellerId_id: { resellerId: purser.northwind.reseller.id, id } })

/** Uses a login as a customer until its half hour is over. */
async function keepBusy({ id }: Pick<LoginAsSession, 'id'>) {
  await letPass(purser.database, 30)
  const lastSeenAt = new Date()
  const { portalSession } = await db().loginAs.update({ where: byId(id), data: { lastSeenAt } })
  await db().session.updateMany({ where: { id: portalSession }, data: { lastSeenAt } })
}

/** An action of the owner's, in the portal. */
async function ownerDoes(page: string, fields: Record<string, string>, action: string) {
  const owner = await purser.as(purser.northwind.staff.owner)
  const answer = await owner.submit(await owner.get(page), fields, { action })
  expect(answer.status).toBe(303)
}

describe('a login as a customer ends at once', () => {
  test.each<[string, By, (here: LoginAsSession) => Promise<unknown>]>([
    [
      'the staff member logs out of the portal',
      'staff_logout',
      async ({ staff }) => staff.submit(await staff.get('/customers'), {}, { action: '/logout' }),
    ],
    [
      'somebody logs in to the portal in the same browser',
      'portal_login',
      async ({ staff }) => {
        const { email } = purser.northwind.staff.finance
        const csrf = valueOf(await staff.get('/customers'), 'csrf') ?? ''
        expect((await staff.post('/login', { csrf, email, password: PASSWORD })).status).toBe(303)
      },
    ],
    [
      'the staff member changes the password, which ends every portal session',
      'password_changed',
      async ({ member }) => {
        const elsewhere = await purser.as(member)
        const page = await elsewhere.get('/account/password')
        expect((await elsewhere.submit(page, { current: PASSWORD, password: OTHER })).status).toBe(303)
      },
    ],
    [
      'the staff member is turned off',
      'staff_off',
      ({ member }) => ownerDoes('/staff', { reason: 'x' }, `/staff/${member.id}/suspension`),
    ],
    [
      'the staff member gets a role that does not allow its mode',
      'permission_lost',
      ({ member }) => ownerDoes('/staff', { role: 'support' }, `/staff/${member.id}/role`),
    ],
    [
      'the customer is turned off',
      'customer_off',
      ({ customer }) => ownerDoes(`/customers/${customer.id}/state`, { reason: 'test' }, '/suspension'),
    ],
  ])('when %s', async (_when, by, action) => {
    const here = await start('admin')
    await action(here)
    await expectOver(here, by)
    await expectTold(here, by)
  })

  test('but goes on with a role that allows its mode, and in another browser of the same person', async () => {
    const here = await start('readonly')
    await ownerDoes('/staff', { role: 'support' }, `/staff/${here.member.id}/role`)
    const elsewhere = await purser.as(here.member)
    await elsewhere.submit(await elsewhere.get('/customers'), {}, { action: '/logout' })
    expect((await here.staff.get('/console')).status).toBe(200)
  })

  test('also where the ground was taken away behind our back: every request asks anew', async () => {
    const { reseller } = purser.northwind
    const [off, lost, gone] = [await start('readonly'), await start('admin'), await start('readonly')]
    await db().staff.updateMany({ where: { id: off.member.id }, data: { state: 'OFF' } })
    await db().staff.updateMany({ where: { id: lost.member.id }, data: { roleId: 'support' } })
    await db().session.deleteMany({ where: { resellerId: reseller.id, staffId: gone.member.id } })
    for (const [here, by] of [
      [off, 'staff_off'],
      [lost, 'permission_lost'],
      [gone, 'session_gone'],
    ] as const) {
      await expectTold(here, by)
      await expectOver(here, by)
    }
  })

  test('after 30 minutes, however busy', async () => {
    const here = await start('readonly')
    await keepBusy(here)
    await expectTold(here, 'time_up')
    await expectOver(here, 'time_up')
  })

  test('after ten minutes without a page', async () => {
    const here = await start('readonly')
    await letPass(purser.database, 10)
    await expectTold(here, 'idle')
    await expectOver(here, 'idle')
  })
})

test('Exit of one that is over leads out at once, and needs no second press', async () => {
  const here = await start('readonly')
  const page = await here.staff.get('/console')
  await keepBusy(here)
  const out = await here.staff.submit(page, {}, { action: '/login-as/end' })
  expect([out.status, out.location]).toEqual([303, `/customers/${here.customer.id}`])
  await expectTold(here, 'time_up')
  await expectOver(here, 'time_up')
})

describe('the event of an end', () => {
  test.each<[By | 'exit', (here: LoginAsSession) => Promise<unknown>]>([
    ['exit', async ({ staff }) => staff.submit(await staff.get('/console'), {}, { action: '/login-as/end' })],
    [
      'exit',
      async ({ staff }) =>
        staff.post('/console/logout', { csrf: valueOf(await staff.get('/console'), 'csrf') ?? '' }),
    ],
    [
      'staff_logout',
      async ({ staff }) => staff.submit(await staff.get('/customers'), {}, { action: '/logout' }),
    ],
  ])('that the staff member pressed (%s) keeps address, request and browser', async (by, leave) => {
    const here = await start('readonly')
    await leave(here)
    const row = await endOf(here)
    expect(row).toMatchObject({ details: { by }, ip: '127.0.0.1', actorName: here.member.email })
    expect(row.forCustomerId).toBe(here.customer.id)
    expect(row.requestId).toMatch(/^[0-9a-f-]{36}$/)
    if (by !== 'exit') return
    const requests = await db().loginAsEvent.findMany({ where: { loginAsId: here.id } })
    expect(requests.map(({ requestId }) => requestId)).toContain(row.requestId)
  })

  test('that somebody else brought about names that request, and not their address as the staff member’s', async () => {
    const here = await start('admin')
    await ownerDoes('/staff', { role: 'support' }, `/staff/${here.member.id}/role`)
    const row = await endOf(here)
    const cause = await db().auditRow.findFirstOrThrow({
      where: { requestId: row.requestId, event: 'staff.role_changed' },
    })
    expect([row.ip, cause.ip]).toEqual([null, '127.0.0.1'])
  })
})

describe('a page under login-as', () => {
  test('counts as being there, for the login-as session and for the portal session behind it, but prolongs the half hour by nothing', async () => {
    const here = await start('readonly')
    await letPass(purser.database, 9)
    const before = await db().loginAs.findFirstOrThrow({ where: { id: here.id } })
    const longAgo = minutesAgo(20)
    await db().session.updateMany({
      where: { id: before.portalSession },
      data: { lastSeenAt: longAgo },
    })
    expect((await here.staff.get('/console')).status).toBe(200)
    const after = await db().loginAs.findFirstOrThrow({ where: { id: here.id } })
    expect(after.lastSeenAt.getTime()).toBeGreaterThan(minutesAgo(1).getTime())
    expect(after.expiresAt).toEqual(before.expiresAt)
    const portal = await db().session.findFirstOrThrow({ where: { id: before.portalSession } })
    expect(portal.lastSeenAt.getTime()).toBeGreaterThan(longAgo.getTime() + 19 * 60_000)
  })
})

test('all of these can be proved', async () => {
  const ends = await db().loginAs.groupBy({ by: ['endedBy'] })
  expect(ends.length).toBeGreaterThan(9)
  expect(await verifyLedger(purser.services.database, {})).toMatchObject({ fault: null })
})
