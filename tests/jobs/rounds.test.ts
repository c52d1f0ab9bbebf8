import { PassThrough } from 'node:stream'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Services } from '../../src/services.ts'
import { makeCustomer } from '../support/cast.ts'
import { PurserProcess } from '../support/process.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { enter } from '../support/login-as.ts'
import { startRounds } from '../support/rounds.ts'
import { waitFor } from '../support/wait.ts'

let purser: RunningPurser
let rounds: ReturnType<typeof startRounds> | undefined
beforeAll(async () => {
  purser = await startPurser()
})
afterEach(async () => {
  await rounds?.stop()
  rounds = undefined
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)
const start = (services: Services = purser.services) => (rounds = startRounds(services, { everyMs: 50 }))

/** A stay that is over and that nobody has asked after since; gives a look at it. */
async function overdueStay() {
  const customer = await makeCustomer(purser.northwind)
  await enter(await purser.as(purser.northwind.staff.admin), customer, 'readonly')
  // What runs out with its portal session runs out by the clock of the database, in whichever process.
  const { portalSession } = await prisma().loginAs.findFirstOrThrow({ where: { customerId: customer.id } })
  await prisma().session.updateMany({ where: { id: portalSession }, data: { expiresAt: minutesAgo(1) } })
  return {
    id: customer.id,
    isOver: async () =>
      (await prisma().loginAs.count({ where: { customerId: customer.id, endedAt: { not: null } } })) === 1,
  }
}

test('the rounds begin at once, come again, and end', async () => {
  const first = await overdueStay()
  start()
  await waitFor(first.isOver)
  const second = await overdueStay()
  await waitFor(second.isOver)
  await rounds?.stop()
  const third = await overdueStay()
  // Long enough for several rounds, were there any.
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(await third.isOver()).toBe(false)
})

test('take away the rows of sessions whose time is up, and no others', async () => {
  const [over, alive] = [
    await purser.as(purser.northwind.staff.owner),
    await purser.as(purser.northwind.staff.owner),
  ]
  const rows = await prisma().session.findMany({ where: { staffId: purser.northwind.staff.owner.id } })
  expect(rows).toHaveLength(2)
  const ids = rows.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime()).map(({ id }) => id)
  await prisma().session.updateMany({ where: { id: ids[0] ?? '' }, data: { expiresAt: minutesAgo(0) } })
  start()
  await waitFor(async () => (await prisma().session.count({ where: { id: { in: ids } } })) === 1)
  expect((await over.get('/customers')).status).toBe(303)
  expect((await alive.get('/customers')).status).toBe(200)
})

test('take away the counters whose time is over, and no others', async () => {
  const counted = { points: 3, expire: BigInt(Date.now() + 60_000) }
  await prisma().throttle.create({ data: { ...counted, key: 'still counts' } })
  await prisma().throttle.create({ data: { ...counted, key: 'is over', expire: BigInt(Date.now() - 1) } })
  start()
  await waitFor(async () => (await prisma().throttle.count({ where: { key: 'is over' } })) === 0)
  expect(await prisma().throttle.count({ where: { key: 'still counts' } })).toBe(1)
})

test('stopping waits for the round under way', async () => {
  const stay = await overdueStay()
  const holder = new pg.Client(purser.database.appUrl)
  await holder.connect()
  await holder.query('begin')
  await holder.query('select from login_as where customer_id = $1 for update', [stay.id])
  start()
  await waitFor(async () => {
    const { rows } = await holder.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    )
    return rows.length > 0
  })
  let isStopped = false
  const stopped = rounds?.stop().then(() => (isStopped = true))
  await holder.query('select pg_sleep(0.1)')
  expect(isStopped).toBe(false)
  await holder.query('commit')
  await holder.end()
  await stopped
  expect(await stay.isOver()).toBe(true)
})

test('a round that fails is told, and the next one is gone all the same', async () => {
  let said = ''
  const log = new PassThrough().on('data', (chunk: Buffer) => (said += chunk.toString()))
  // A database that takes no writes, as a standby does.
  start({ ...purser.services, database: purser.services.readOnlyDatabase, log: pino({ level: 'warn' }, log) })
  await waitFor(() => said.split('deleting expired sessions').length > 2)
  expect(said).toContain('read-only transaction')
})

test('a served Purser goes them, and ends in order', { timeout: 120_000 }, async () => {
  const stay = await overdueStay()
  const process = new PurserProcess({
    env: { DATABASE_URL: purser.database.appUrl, DATABASE_OWNER_URL: purser.database.ownerUrl },
  })
  try {
    await process.ready()
    await waitFor(stay.isOver)
  } finally {
    expect(await process.end('SIGTERM')).toMatchObject({ code: 0 })
  }
})
