import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { sessionDigest } from '../../src/people/session-store.ts'
import { PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { enter } from '../support/login-as.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, errorAt, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())
afterEach(() => save(DEFAULTS))

const prisma = () => purser.owner.prisma
const DEFAULTS = {
  staffIdleMinutesMax: '30',
  staffAbsoluteHoursMax: '12',
  customerIdleMinutesMax: '60',
  customerAbsoluteHoursMax: '24',
}
const save = async (fields: Record<string, string>) =>
  owner.submit(await owner.get('/settings'), fields, { action: '/settings' })

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)
const whose = ({ id }: { id: string }) => (id.length === 36 ? { staffId: id } : { customerId: id })
const idleFor = (who: { id: string }, minutes: number) =>
  prisma().session.updateMany({ where: whose(who), data: { lastSeenAt: minutesAgo(minutes) } })
const begun = (who: { id: string }, hours: number) =>
  prisma().session.updateMany({ where: whose(who), data: { createdAt: minutesAgo(hours * 60) } })

const isIn = async (browser: Visitor, page: string) => (await browser.get(page)).status === 200

/** Somebody of each kind who has just logged in, a page of theirs, and what the settings of their sessions are called. */
async function people() {
  const member = await makeMember(purser.northwind, 'support')
  const known = await makeCustomer(purser.northwind, { password: PASSWORD })
  return [
    { who: member, kind: 'staff', browser: await purser.as(member), page: '/customers', usual: [30, 12] },
    {
      who: known,
      kind: 'customer',
      browser: await purser.asCustomer(known),
      page: '/console',
      usual: [60, 24],
    },
  ] as const
}

describe('how long sessions live', () => {
  test('is by default 30 minutes and 12 hours for staff, and 60 and 24 for customers', async () => {
    const page = await owner.get('/settings')
    for (const [name, value] of Object.entries(DEFAULTS))
      expect([name, valueOf(page, name)]).toEqual([name, value])
    for (const { who, browser, page, usual } of await people()) {
      const [idle, hours] = usual
      await idleFor(who, idle - 0.2)
      expect(await isIn(browser, page)).toBe(true)
      await idleFor(who, idle + 0.2)
      expect(await isIn(browser, page)).toBe(false)
      const { createdAt, expiresAt } = await prisma().session.findFirstOrThrow({ where: whose(who) })
      expect(Math.round((expiresAt.getTime() - createdAt.getTime()) / 60_000)).toBe(hours * 60)
    }
  })

  test('without a request: what the Owner chooses, at once, for staff and customers each', async () => {
    for (const { who, kind, browser, page, usual } of await people()) {
      const [idle] = usual
      await save({ [`${kind}IdleMinutesMax`]: '5' })
      await idleFor(who, 4.8)
      expect([kind, await isIn(browser, page)]).toEqual([kind, true])
      await idleFor(who, 5.2)
      expect([kind, await isIn(browser, page)]).toEqual([kind, false])
      await save({ [`${kind}IdleMinutesMax`]: String(idle * 2) })
      await idleFor(who, idle * 2 - 0.2)
      expect([kind, await isIn(browser, page)]).toEqual([kind, true])
    }
  })

  test('in all: a shorter limit also ends what has begun, a longer one prolongs nothing', async () => {
    for (const { who, kind, browser, page, usual } of await people()) {
      const [, hours] = usual
      const before = await prisma().session.findFirstOrThrow({ where: whose(who) })
      await save({ [`${kind}AbsoluteHoursMax`]: '1' })
      await begun(who, 0.99)
      expect([kind, await isIn(browser, page)]).toEqual([kind, true])
      await begun(who, 1.01)
      expect([kind, await isIn(browser, page)]).toEqual([kind, false])
      await save({ [`${kind}AbsoluteHoursMax`]: String(hours) })
      expect([kind, await isIn(browser, page)]).toEqual([kind, true])
      await prisma().session.updateMany({ where: whose(who), data: { expiresAt: minutesAgo(0) } })
      await save({ [`${kind}AbsoluteHoursMax`]: '24' })
      expect([kind, await isIn(browser, page)]).toEqual([kind, false])
      expect(before.expiresAt.getTime()).toBeGreaterThan(Date.now())
    }
  })

  test('counts for sessions that begin: as long as was chosen then', async () => {
    await save({ staffAbsoluteHoursMax: '2', customerAbsoluteHoursMax: '168' })
    for (const { who, kind } of await people()) {
      const { createdAt, expiresAt } = await prisma().session.findFirstOrThrow({ where: whose(who) })
      const hours = Math.round((expiresAt.getTime() - createdAt.getTime()) / 3_600_000)
      expect([kind, hours]).toEqual([kind, kind === 'staff' ? 2 : 168])
    }
  })

  test('what is over by it is in nobody’s list of browsers', async () => {
    const [{ who, browser }] = await people()
    const other = await purser.as({ ...who, email: who.email })
    const browsers = async () =>
      (await browser.get('/account')).html.querySelectorAll('[aria-labelledby="sessions-title"] li').length
    expect(await browsers()).toBe(2)
    await save({ staffIdleMinutesMax: '5' })
    await prisma().session.updateMany({
      where: { staffId: who.id, NOT: { id: sessionDigest(browser.sessionId('portal')) } },
      data: { lastSeenAt: minutesAgo(6) },
    })
    expect(await browsers()).toBe(1)
    expect(await isIn(other, '/customers')).toBe(false)
  })

  test('is another reseller’s own', async () => {
    const there = await purser.as(purser.eastgate.staff.owner)
    await save({ staffIdleMinutesMax: '5' })
    await idleFor(purser.eastgate.staff.owner, 20)
    expect(await isIn(there, '/customers')).toBe(true)
    expect(valueOf(await there.get('/settings'), 'staffIdleMinutesMax')).toBe('30')
  })

  test('of a login as a customer hangs on the staff’s session, and not on what customers get', async () => {
    const member = await makeMember(purser.northwind, 'admin')
    const browser = await purser.as(member)
    const customer = await makeCustomer(purser.northwind)
    await enter(browser, customer, 'admin')
    await save({ customerIdleMinutesMax: '5', customerAbsoluteHoursMax: '1' })
    await idleFor(customer, 8)
    await begun(customer, 2)
    expect(await isIn(browser, '/console')).toBe(true)
    await save({ staffIdleMinutesMax: '5' })
    await idleFor(member, 6)
    expect(wordsOf(await browser.get('/console'))).toContain('Log')
    const { endedBy } = await prisma().loginAs.findFirstOrThrow({ where: { customerId: customer.id } })
    expect(endedBy).toBe('session_idle')
  })
})

describe('the limits', () => {
  test.each([
    ['staffIdleMinutesMax', ['4', '61', '0', '-5', '7.5', 'long', '', '99999999999']],
    ['staffAbsoluteHoursMax', ['0', '25', '']],
    ['customerIdleMinutesMax', ['4', '241', '']],
    ['customerAbsoluteHoursMax', ['0', '169', '']],
  ])('%s is refused, at its field, where it is not within its bounds', async (name, wrong) => {
    for (const value of wrong) {
      const answer = await save({ [name]: value })
      expect([value, answer.status, errorAt(answer, name) !== '']).toEqual([value, 422, true])
      expect(valueOf(answer, name)).toBe(value)
    }
    expect(valueOf(await owner.get('/settings'), name)).toBe(DEFAULTS[name as keyof typeof DEFAULTS])
  })

  test('are left alone by a form that does not send them', async () => {
    await save({ staffIdleMinutesMax: '15' })
    const page = await owner.get('/settings')
    const fields = ['csrf', 'version', 'name', 'timeZone', 'locale', 'currency']
    const sent = Object.fromEntries(fields.map((field) => [field, valueOf(page, field) ?? '']))
    expect((await owner.post('/settings', { ...sent, name: 'As before there were limits' })).status).toBe(303)
    expect(valueOf(await owner.get('/settings'), 'staffIdleMinutesMax')).toBe('15')
  })

  test('are in the log with what they were', async () => {
    await save({ staffIdleMinutesMax: '20', customerAbsoluteHoursMax: '48' })
    const { details } = await prisma().auditRow.findFirstOrThrow({
      where: { event: 'reseller.changed' },
      orderBy: [{ at: 'desc' }, { id: 'desc' }],
    })
    expect(details).toEqual({
      changed: ['staffIdleMinutesMax', 'customerAbsoluteHoursMax'],
      before: ['30', '24'],
      after: ['20', '48'],
    })
    expect(wordsOf(await owner.get('/audit?event=reseller.changed'))).toContain(
      'minutes after which inactive staff are logged out',
    )
  })

  test('outside their bounds are refused by the database as well', async () => {
    const { id } = purser.northwind.reseller
    for (const data of [
      { staffIdleMinutesMax: 61 },
      { staffAbsoluteHoursMax: 25 },
      { customerIdleMinutesMax: 241 },
      { customerAbsoluteHoursMax: 0 },
    ])
      await expect(prisma().reseller.update({ where: { id }, data })).rejects.toThrow(/check constraint/)
  })
})
