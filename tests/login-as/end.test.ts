import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { askToEnter, enter } from '../support/stay.ts'
import { wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const db = () => purser.services.database.prisma
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)

/** What the page of a stay that is over says. */
const WHY: Record<string, RegExp> = {
  staff_logout: /the staff member logged out/,
  staff_off: /the staff member was turned off/,
  permission_lost: /the staff member lost the permission/,
  time_up: /its time was up/,
  idle: /nothing was done for ten minutes/,
}

/** A staff member inside a customer's console. */
async function stay(mode: 'readonly' | 'admin', role: 'admin' | 'support' = 'admin') {
  const customer = await makeCustomer(purser.northwind)
  const staff = await purser.as(purser.northwind.staff[role])
  await enter(staff, customer, mode)
  const { id } = await db().loginAs.findFirstOrThrow({ where: { customerId: customer.id } })
  return { customer, staff, id, member: purser.northwind.staff[role] }
}

/** The next page says that it is over and why, the one after it too, and so does the log. No session is left. */
async function expectEnded(
  { staff, id }: Pick<Awaited<ReturnType<typeof stay>>, 'staff' | 'id'>,
  by: string,
) {
  const told = await staff.get('/console')
  expect(told.status).toBe(403)
  expect(wordsOf(told)).toMatch(WHY[by] as RegExp)
  expect((await staff.get('/console/billing')).status).toBe(403)
  expect(await db().loginAs.findFirstOrThrow({ where: { id } })).toMatchObject({ endedBy: by })
  expect(await db().session.count({ where: { loginAsId: id, endedAt: null } })).toBe(0)
  const rows = await db().auditRow.findMany({
    where: { deed: 'login_as.ended', details: { path: ['loginAs'], equals: id } },
  })
  expect(rows.map(({ details }) => details)).toEqual([expect.objectContaining({ by })])
}

describe('a login as a customer ends at once', () => {
  test('when the staff member logs out of the portal', async () => {
    const here = await stay('readonly')
    await here.staff.submit(await here.staff.get('/customers'), {}, { action: '/logout' })
    await expectEnded(here, 'staff_logout')
  })

  test('when the staff member is turned off', async () => {
    const here = await stay('readonly', 'support')
    await db().staff.update({ where: { id: here.member.id }, data: { state: 'OFF' } })
    await expectEnded(here, 'staff_off')
    await db().staff.update({ where: { id: here.member.id }, data: { state: 'ON' } })
  })

  test('when the staff member loses the permission of the mode', async () => {
    const here = await stay('admin')
    await db().staff.update({ where: { id: here.member.id }, data: { roleId: 'support' } })
    await expectEnded(here, 'permission_lost')
    await db().staff.update({ where: { id: here.member.id }, data: { roleId: 'admin' } })
  })

  test('after 30 minutes, however busy', async () => {
    const here = await stay('readonly')
    await db().loginAs.update({
      where: { resellerId_id: { resellerId: purser.northwind.reseller.id, id: here.id } },
      data: { createdAt: minutesAgo(30), expiresAt: minutesAgo(0) },
    })
    await expectEnded(here, 'time_up')
  })

  test('after ten minutes without a page', async () => {
    const here = await stay('readonly')
    await db().loginAs.updateMany({ where: { id: here.id }, data: { lastSeenAt: minutesAgo(10) } })
    await expectEnded(here, 'idle')
  })
})

test('Exit of one that is over leads out at once, and needs no second press', async () => {
  const here = await stay('readonly')
  const page = await here.staff.get('/console')
  await db().loginAs.updateMany({ where: { id: here.id }, data: { expiresAt: minutesAgo(0) } })
  const out = await here.staff.submit(page, {}, { action: '/login-as/end' })
  expect([out.status, out.location]).toEqual([303, `/customers/${here.customer.id}`])
  await expectEnded(here, 'time_up')
})

describe('a page under login-as', () => {
  test('counts as being there, for the stay and for the portal session behind it, but prolongs the half hour by nothing', async () => {
    const here = await stay('readonly')
    const before = await db().loginAs.findFirstOrThrow({ where: { id: here.id } })
    await db().loginAs.updateMany({ where: { id: here.id }, data: { lastSeenAt: minutesAgo(9) } })
    await db().session.updateMany({
      where: { id: before.portalSession },
      data: { lastSeenAt: minutesAgo(29) },
    })
    expect((await here.staff.get('/console')).status).toBe(200)
    const after = await db().loginAs.findFirstOrThrow({ where: { id: here.id } })
    expect(after.lastSeenAt.getTime()).toBeGreaterThan(minutesAgo(1).getTime())
    expect(after.expiresAt).toEqual(before.expiresAt)
    const portal = await db().session.findUniqueOrThrow({ where: { id: before.portalSession } })
    expect(portal.lastSeenAt.getTime()).toBeGreaterThan(minutesAgo(1).getTime())
  })

  test('is not to be had from inside another: asking needs the portal, and a code from the past stays dead', async () => {
    const here = await stay('readonly')
    const other = await makeCustomer(purser.northwind)
    const started = await askToEnter(here.staff, other, 'readonly')
    await here.staff.submit(await here.staff.get('/customers'), {}, { action: '/logout' })
    expect((await here.staff.follow(started)).status).toBe(410)
  })
})
