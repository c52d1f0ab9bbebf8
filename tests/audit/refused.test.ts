import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { enter } from '../support/login-as.ts'
import { letPass } from '../support/clock.ts'
import { tellRefused } from '../support/rounds.ts'
import { wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const db = () => purser.owner.prisma

/** What the log has of refusals to this person, oldest first. */
const refusalsOf = async (actorId: string) => {
  const rows = await db().auditRow.findMany({
    where: { actorId, event: { in: ['request.refused', 'login_as.refused'] } },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
  })
  return rows.map(({ event, details, ip, customerId }) => ({ event, details, ip, customerId }))
}

/** As if the ten minutes were over, by the clock of the database. */
const tenMinutesLater = () =>
  db().$executeRaw`update refused_requests set began_at = began_at - interval '11 minutes'`

async function auditorAt(...addresses: string[]) {
  const member = await makeMember(purser.northwind, 'auditor')
  const browser = await purser.as(member)
  for (const address of addresses) expect((await browser.get(address)).status).toBe(403)
  return { member, browser }
}

describe('what is refused to somebody who is logged in leaves an event', () => {
  test('staff, with address, permission and browser; no query, no secret', async () => {
    const { member, browser } = await auditorAt('/mails?q=secret')
    const csrf =
      (await browser.get('/audit')).html.querySelector('[name="csrf"]')?.getAttribute('value') ?? ''
    const customer = await makeCustomer(purser.northwind)
    expect((await browser.post(`/customers/${customer.id}/refills`, { csrf, amount: '1' })).status).toBe(403)
    expect(await refusalsOf(member.id)).toEqual([
      {
        event: 'request.refused',
        details: { method: 'GET', path: '/mails', permission: 'mails.see' },
        ip: '127.0.0.1',
        customerId: null,
      },
      {
        event: 'request.refused',
        details: { method: 'POST', path: `/customers/${customer.id}/refills`, permission: 'money.post' },
        ip: '127.0.0.1',
        customerId: null,
      },
    ])
    const owner = await purser.as(purser.northwind.staff.owner)
    expect(wordsOf(await owner.get(`/audit?person=${member.id}`))).toContain(
      'tried GET /mails and was refused',
    )
  })

  test('customers, also where a form is out of date', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const theirs = await purser.asCustomer(customer)
    expect((await theirs.post('/console/profile', { csrf: 'wrong' })).status).toBe(403)
    expect(await refusalsOf(customer.id)).toMatchObject([
      {
        event: 'request.refused',
        details: { method: 'POST', path: '/console/profile' },
        customerId: customer.id,
      },
    ])
  })

  test('whoever stands in for a customer, once and not twice', async () => {
    const customer = await makeCustomer(purser.northwind)
    const member = await makeMember(purser.northwind, 'admin')
    const browser = await purser.as(member)
    const page = await enter(browser, customer, 'admin')
    const csrf = page.html.querySelector('[name="csrf"]')?.getAttribute('value') ?? ''
    for (const address of [
      '/console/security/sessions/end',
      '/console/security/sessions/end',
      '/console/password',
    ])
      expect((await browser.post(address, { csrf })).status).toBe(403)
    expect(await refusalsOf(member.id)).toMatchObject([
      { event: 'login_as.refused', details: { path: '/console/security/sessions/end', mode: 'admin' } },
      { event: 'login_as.refused', details: { path: '/console/password', mode: 'admin' } },
    ])
  })

  test('visitors and what is not there leave none', async () => {
    const before = await db().auditRow.count({ where: { event: { endsWith: '.refused' } } })
    expect((await purser.visitor().post('/login', { csrf: 'wrong' })).status).toBe(403)
    const { browser } = await auditorAt()
    expect((await browser.get('/nothing-here')).status).toBe(404)
    expect(await db().auditRow.count({ where: { event: { endsWith: '.refused' } } })).toBe(before)
  })
})

describe('equal ones within ten minutes', () => {
  test('leave one event at once, and one with their number afterwards', async () => {
    const { member, browser } = await auditorAt(...Array<string>(5).fill('/mails'), '/invites')
    expect(await refusalsOf(member.id)).toMatchObject([
      { details: { path: '/mails' } },
      { details: { path: '/invites' } },
    ])
    await tellRefused(purser.services)
    expect(await refusalsOf(member.id)).toHaveLength(2)
    await tenMinutesLater()
    // Several processes at once.
    await Promise.all([tellRefused(purser.services), tellRefused(purser.services)])
    const told = await refusalsOf(member.id)
    expect(told).toHaveLength(3)
    expect(told.at(-1)).toEqual({
      event: 'request.refused',
      details: { method: 'GET', path: '/mails', permission: 'mails.see', count: 4 },
      ip: '127.0.0.1',
      customerId: null,
    })
    const owner = await purser.as(purser.northwind.staff.owner)
    expect(wordsOf(await owner.get(`/audit?person=${member.id}`))).toContain(
      'tried GET /mails another 4 times within ten minutes and was refused',
    )
    expect((await browser.get('/mails')).status).toBe(403)
    expect(await refusalsOf(member.id)).toHaveLength(4)
  })

  test('are told by the next one, where no round came by', async () => {
    const { member, browser } = await auditorAt('/mails', '/mails')
    await letPass(purser.database, 11)
    await browser.get('/mails')
    expect((await refusalsOf(member.id)).map(({ details }) => details)).toMatchObject([
      { path: '/mails' },
      { path: '/mails', count: 1 },
      { path: '/mails' },
    ])
  })

  test('are counted rightly when twenty come at once', async () => {
    const { member, browser } = await auditorAt()
    await Promise.all(Array.from({ length: 20 }, () => browser.get('/mails')))
    await tenMinutesLater()
    await tellRefused(purser.services)
    expect((await refusalsOf(member.id)).map(({ details }) => (details as { count?: number }).count)).toEqual(
      [undefined, 19],
    )
  })

  test('a flood of different addresses leaves two hundred events, and one for the rest', async () => {
    const { member, browser } = await auditorAt('/mails/0')
    // As if it had asked for 198 others as well.
    const { about, author, ...first } = await db().refusedRequest.findFirstOrThrow({
      where: { path: '/mails/0' },
    })
    const others = Array.from({ length: 198 }, (_, at) => ({
      ...first,
      id: uuidv7(),
      path: `/mails/not-${at}`,
    }))
    await db().refusedRequest.createMany({
      data: others.map((other) => ({ ...other, about: about as object, author: author as object })),
    })
    for (let at = 1; at < 5; at++) await browser.get(`/mails/${at}`)
    const refusals = await refusalsOf(member.id)
    expect(refusals.map(({ details }) => (details as { path: string }).path)).toEqual([
      '/mails/0',
      '/mails/1',
      '…',
    ])
  })
})
