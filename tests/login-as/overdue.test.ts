import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer, makeMember, PASSWORD } from '../support/cast.ts'
import { letPass } from '../support/clock.ts'
import { Gate } from '../support/gate.ts'
import { askToEnter, enter } from '../support/login-as.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { endOverdueLoginAs, sweepSessions, verifyLedger } from '../support/rounds.ts'
import { wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let gate: Gate
beforeAll(async () => {
  purser = await startPurser()
  gate = await Gate.before([], purser.database)
})
afterAll(async () => {
  await gate.remove()
  await purser.stop()
})

const db = () => purser.owner.prisma
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)
const goRound = () => endOverdueLoginAs(purser.services)

/** A stay that began without anybody looking since; `isEntered: false` leaves it at the code. */
async function start({ isEntered = true } = {}) {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  const member = await makeMember(purser.northwind, 'admin')
  const staff = await purser.as(member)
  const asked = isEntered ? await enter(staff, customer, 'admin') : await askToEnter(staff, customer, 'admin')
  const { id, portalSession } = await rowOf(customer)
  return { customer, member, staff, asked, id, portalSession }
}
type LoginAsSession = Awaited<ReturnType<typeof start>>

const rowOf = ({ id }: { id: string }) => db().loginAs.findFirstOrThrow({ where: { customerId: id } })
/** As a request does that came through, over a connection of the application's. */
const use = async ({ id }: Pick<LoginAsSession, 'id'>) => {
  await purser.services.database.prisma.loginAs.updateMany({
    where: { id },
    data: { lastSeenAt: new Date() },
  })
}
const endsNoted = async ({ id }: { id: string }) => {
  const rows = await db().auditRow.findMany({
    where: { event: 'login_as.ended', details: { path: ['loginAs'], equals: id } },
  })
  return rows.map(({ details }) => (details as { by: string }).by)
}

describe('without anybody’s request', () => {
  test.each<[string, (here: LoginAsSession) => Promise<Date | null>]>([
    [
      'time_up',
      async (here) => {
        await letPass(purser.database, 32)
        await use(here)
        const { portalSession: id } = here
        await db().session.updateMany({ where: { id }, data: { lastSeenAt: new Date() } })
        return minutesAgo(2)
      },
    ],
    [
      'idle',
      async () => {
        await letPass(purser.database, 13)
        return minutesAgo(3)
      },
    ],
    [
      'idle',
      // Purser was down for an hour: what ran out first counts, and at its time.
      async (here) => {
        await letPass(purser.database, 55)
        await db().session.updateMany({
          where: { id: here.portalSession },
          data: { lastSeenAt: minutesAgo(55) },
        })
        return minutesAgo(45)
      },
    ],
    [
      'session_expired',
      async ({ portalSession }) => {
        const expiresAt = minutesAgo(1)
        await db().session.updateMany({ where: { id: portalSession }, data: { expiresAt } })
        return expiresAt
      },
    ],
    [
      'session_idle',
      async ({ portalSession }) => {
        await db().session.updateMany({ where: { id: portalSession }, data: { lastSeenAt: minutesAgo(31) } })
        return minutesAgo(1)
      },
    ],
    [
      'session_gone',
      // Swept away before anybody looked, as after a night in which Purser was down.
      async ({ portalSession }) => {
        await db().session.updateMany({ where: { id: portalSession }, data: { expiresAt: minutesAgo(1) } })
        await sweepSessions(purser.services)
        return null
      },
    ],
  ])('a login-as session ends: %s', async (by, makeOverdue) => {
    const here = await start()
    const at = await makeOverdue(here)
    await goRound()
    const row = await rowOf(here.customer)
    expect(row.endedBy).toBe(by)
    expect(Math.abs((row.endedAt?.getTime() ?? 0) - (at ?? new Date()).getTime())).toBeLessThan(20_000)
    expect(await endsNoted(here)).toEqual([by])
    expect(await db().session.count({ where: { loginAsId: here.id, endedAt: null } })).toBe(0)
    expect((await here.staff.get('/console')).status).toBe(403)
    const security = wordsOf(await (await purser.asCustomer(here.customer)).get('/console/security'))
    expect(security).toMatch(/From .* to /)
    expect(security).not.toContain('active now')
  })

  test('one that was never entered ends when its code runs out; the customer is not told of it', async () => {
    const here = await start({ isEntered: false })
    await goRound()
    expect((await rowOf(here.customer)).endedAt).toBeNull()
    await letPass(purser.database, 2)
    const { codeExpiresAt } = await rowOf(here.customer)
    await goRound()
    expect(await rowOf(here.customer)).toMatchObject({ endedBy: 'never_entered', endedAt: codeExpiresAt })
    expect(await endsNoted(here)).toEqual(['never_entered'])
    expect((await here.staff.follow(here.asked)).status).toBe(410)
    const security = wordsOf(await (await purser.asCustomer(here.customer)).get('/console/security'))
    expect(security).not.toContain('One More')
  })

  test('one that holds goes on', async () => {
    const here = await start()
    await letPass(purser.database, 9)
    await goRound()
    expect(await rowOf(here.customer)).toMatchObject({ endedAt: null, endedBy: null })
    expect((await here.staff.get('/console')).status).toBe(200)
  })
})

test('several processes at once end each once', async () => {
  const all = await Promise.all(Array.from({ length: 4 }, () => start()))
  await letPass(purser.database, 11)
  await Promise.all([goRound(), goRound(), goRound()])
  for (const here of all) expect(await endsNoted(here)).toEqual(['idle'])
})

test('one that is used in the very moment goes on', async () => {
  const here = await start()
  await letPass(purser.database, 11)
  const lock = { text: 'select from login_as where id = $1 for update', values: [here.id] }
  // A request that came through just before, and the round that has read the row already.
  await gate.queue(lock, {
    first: () => use(here),
    second: goRound,
  })
  expect(await rowOf(here.customer)).toMatchObject({ endedAt: null })
  expect((await here.staff.get('/console')).status).toBe(200)
})

test('all of these can be proved', async () => {
  const ends = await db().loginAs.groupBy({ by: ['endedBy'] })
  expect(ends.length).toBeGreaterThan(6)
  expect(await verifyLedger(purser.services.database, {})).toMatchObject({ fault: null })
})
