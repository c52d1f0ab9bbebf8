import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEMO_PASSWORD } from '../../prisma/demo/house.ts'
import { loadDemo } from '../../prisma/demo/load.ts'
import { readConfig } from '../../src/config.ts'
import { disconnect } from '../../src/database/client.ts'
import { connected } from '../../src/database/connection.ts'
import { stateOf } from '../../src/invites/token.ts'
import { passwordFits } from '../../src/people/password-hash.ts'
import type { Services } from '../../src/services.ts'
import { openServices } from '../../src/startup/services.ts'
import { type ClonedDatabase, cloneDatabase } from '../setup/worker.ts'

let database: ClonedDatabase
let services: Services
beforeAll(async () => {
  database = await cloneDatabase()
  const env = {
    NODE_ENV: 'test',
    APP_KEY: Buffer.alloc(32, 9).toString('base64'),
    DATABASE_URL: database.appUrl,
  }
  services = { ...openServices(readConfig(env), database.appUrl), log: pino({ level: 'silent' }) }
  await loadDemo(services, { onProgress: () => {}, counts: [80, 5] })
}, 120_000)
afterAll(async () => {
  await disconnect(services.database)
  await database.drop()
})

const prisma = () => services.database.prisma

describe('the demo’s invites', () => {
  test('stand in every state, and uses are the people who came', async () => {
    const invites = await prisma().invite.findMany({ include: { customers: true } })
    const states = new Set(invites.map((invite) => stateOf(invite)))
    expect([...states].sort()).toEqual(['expired', 'open', 'revoked', 'used'])
    expect(invites.filter(({ uses, customers }) => uses !== customers.length)).toEqual([])
    const tooEarly = invites.flatMap(({ createdAt, customers }) =>
      customers.filter(({ registeredAt }) => registeredAt < createdAt),
    )
    expect(tooEarly).toEqual([])
    const { slug } = await prisma().reseller.findFirstOrThrow({ where: { slug: 'eastgate' } })
    expect(await prisma().invite.count({ where: { reseller: { slug }, staffId: null } })).toBe(1)
  })

  test('brought customers who can log in, and the log says how they came', async () => {
    const came = await prisma().customer.findMany({ where: { inviteId: { not: null } } })
    expect(came.length).toBeGreaterThan(10)
    expect(new Set(came.map(({ registeredVia }) => registeredVia))).toEqual(new Set(['invite']))
    const ids = came.map(({ id }) => id)
    const [first] = await connected(database.ownerUrl, async (owner) => {
      const { rows } = await owner.query<{ hash: string }>(
        'select password_hash as hash from customers where id = $1',
        [ids[0]],
      )
      return rows
    })
    expect(await passwordFits(first?.hash ?? null, DEMO_PASSWORD)).toBe(true)
    const events = await prisma().auditRow.findMany({
      where: { customerId: { in: ids }, event: { in: ['customer.registered', 'customer.created'] } },
    })
    expect(events).toHaveLength(came.length)
    expect(new Set(events.map(({ event }) => event))).toEqual(new Set(['customer.registered']))
  })
})

test('last logins are what the log says, nobody’s is after being turned off, and who logged in has a password', async () => {
  const seen = { lastLoginAt: { not: null } }
  const customers = await prisma().customer.findMany({ where: seen })
  expect(customers.length).toBeGreaterThan(20)
  expect(customers.filter(({ passwordMark }) => passwordMark === null)).toEqual([])
  expect(
    customers.filter(({ lastLoginAt, stateChangedAt }) => stateChangedAt && lastLoginAt! > stateChangedAt),
  ).toEqual([])
  const staff = await prisma().staff.findMany({ where: seen })
  expect(staff.length).toBeGreaterThan(3)
  for (const { id, lastLoginAt } of [...customers, ...staff]) {
    const login = { actorId: id, event: { in: ['customer.logged_in', 'staff.logged_in'] } }
    const { _max } = await prisma().auditRow.aggregate({ where: login, _max: { at: true } })
    expect(_max.at).toEqual(lastLoginAt)
  }
})

test('the demo’s logins as a customer are over, with their pages and their rows in the log', async () => {
  const stays = await prisma().loginAs.findMany({ include: { events: true, customer: true } })
  expect(stays.length).toBeGreaterThan(7)
  expect(stays.some(({ customer }) => customer.email === 'ada@customer.example')).toBe(true)
  const now = new Date()
  for (const { endedAt, createdAt, lastSeenAt, enteredAt, events } of stays) {
    expect(endedAt && createdAt <= lastSeenAt && lastSeenAt <= endedAt && endedAt <= now).toBe(true)
    expect(events.length > 0).toBe(enteredAt !== null)
  }
  // Both people stand on every row of what was done or refused meanwhile.
  const within = await prisma().auditRow.findMany({ where: { forCustomerId: { not: null } } })
  expect(new Set(within.map(({ event }) => event))).toEqual(
    new Set(['login_as.ended', 'login_as.refused', 'billing_profile.changed']),
  )
  expect(within.every(({ actorKind, actorId }) => actorKind === 'staff' && actorId !== null)).toBe(true)
  expect(await prisma().auditRow.count({ where: { event: 'login_as.started' } })).toBe(stays.length)
  expect(await prisma().auditRow.count({ where: { event: 'login_as.ended' } })).toBe(stays.length)
})
