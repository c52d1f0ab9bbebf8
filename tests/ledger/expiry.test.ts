import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newKey } from '../../src/ledger/facts.ts'
import { type House, makeCustomer } from '../support/cast.ts'
import { atOnce, eventsAbout, proveLedger } from '../support/ledger.ts'
import { setCredits } from '../support/postings.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { expireCredits, startRounds } from '../support/rounds.ts'
import { waitFor } from '../support/wait.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

type Customer = Awaited<ReturnType<typeof makeCustomer>>
const prove = (customer: Customer) => proveLedger(purser.services.database.pool, customer)
const DAY_MS = 24 * 60 * 60_000

/** Was granted so much ten days ago, to be spent within so many days. */
async function grant(house: House, customer: Customer, amount: bigint, daysLeft: number | null) {
  const { credits } = await house.system.database.prisma.customer.findFirstOrThrow({
    where: { id: customer.id },
  })
  const expiry = daysLeft === null ? {} : { grantExpiresAt: new Date(Date.now() + daysLeft * DAY_MS) }
  await setCredits({ ...house.system, at: new Date(Date.now() - 10 * DAY_MS) }, customer, {
    idempotencyKey: newKey(),
    reason: 'courtesy',
    comment: '',
    note: '',
    seen: credits,
    credits: credits + amount,
    ...expiry,
  })
}

const kindsOf = ({ moves }: Awaited<ReturnType<typeof prove>>) =>
  moves.map(({ kind, amount }) => `${kind} ${amount}`)

describe('the job that lets grants expire', () => {
  test('takes what is over, of every reseller, and nothing else', async () => {
    const [one, other] = [await makeCustomer(purser.northwind), await makeCustomer(purser.eastgate)]
    await grant(purser.northwind, one, 10n, -2)
    await grant(purser.northwind, one, 20n, -1)
    await grant(purser.northwind, one, 40n, 3)
    await grant(purser.northwind, one, 80n, null)
    await grant(purser.eastgate, other, 5n, -1)
    await expireCredits(purser.services)
    const proved = await prove(one)
    expect(proved.credits).toBe(120n)
    expect(kindsOf(proved).at(-1)).toBe('expiry -30')
    expect((await prove(other)).credits).toBe(0n)
    expect((await eventsAbout(purser.northwind, one)).at(-1)).toMatchObject({
      event: 'credits.expired',
      actorKind: 'system',
      details: { amount: '30', before: '150', after: '120' },
    })
  })

  test('once, however many do it at the same time and again', async () => {
    const customers = await atOnce(12, () => makeCustomer(purser.northwind))
    for (const customer of customers) await grant(purser.northwind, customer, 7n, -1)
    await atOnce(4, () => expireCredits(purser.services))
    await expireCredits(purser.services)
    for (const customer of customers) {
      expect(kindsOf(await prove(customer))).toEqual(['credits_set 7', 'expiry -7'])
    }
  })

  test('goes past a customer whose row is held, and comes back to it', async () => {
    const customers = await atOnce(3, () => makeCustomer(purser.northwind))
    for (const customer of customers) await grant(purser.northwind, customer, 7n, -1)
    const held = customers.toSorted((one, other) => (one.id < other.id ? -1 : 1))[0] as Customer
    const holder = await purser.services.database.pool.connect()
    await holder.query('begin')
    await holder.query('select from customers where id = $1 for update', [held.id])
    await expireCredits(purser.services)
    await holder.query('rollback')
    holder.release()
    for (const customer of customers) {
      expect((await prove(customer)).credits).toBe(customer.id === held.id ? 7n : 0n)
    }
    await expireCredits(purser.services)
    expect((await prove(held)).credits).toBe(0n)
  })

  test('killed half way, it leaves each customer whole, and the next one does the rest', async () => {
    const customers = await atOnce(5, () => makeCustomer(purser.northwind))
    for (const customer of customers) await grant(purser.northwind, customer, 7n, -1)
    const stop = new AbortController()
    let asked = 0
    const { pool } = purser.services.database
    const counting = {
      query: async (...words: Parameters<typeof pool.query>) => {
        asked += 1
        if (asked === 4) stop.abort()
        return pool.query(...words)
      },
    }
    const database = { ...purser.services.database, pool: counting as unknown as typeof pool }
    await expireCredits({ ...purser.services, database }, stop.signal)
    const left = await Promise.all(customers.map(async (customer) => (await prove(customer)).credits))
    expect(left.filter((credits) => credits === 0n)).toHaveLength(3)
    await expireCredits(purser.services)
    for (const customer of customers)
      expect(kindsOf(await prove(customer))).toEqual(['credits_set 7', 'expiry -7'])
  })

  test('more than one lot of customers', { timeout: 60_000 }, async () => {
    const customers: Customer[] = []
    for (let made = 0; made < 103; made++) customers.push(await makeCustomer(purser.northwind))
    for (const customer of customers) await grant(purser.northwind, customer, 1n, -1)
    await expireCredits(purser.services)
    const { rows } = await purser.services.database.pool.query(
      'select count(*)::int from customers where credits > 0 and id = any($1)',
      [customers.map(({ id }) => id)],
    )
    expect(rows).toEqual([{ count: 0 }])
  })

  test('is done on each round, and by two processes once', async () => {
    const customer = await makeCustomer(purser.northwind)
    await grant(purser.northwind, customer, 9n, -1)
    const rounds = [1, 2].map(() => startRounds(purser.services, { everyMs: 20 }))
    const { prisma } = purser.owner
    await waitFor(() => prisma.customer.findFirst({ where: { id: customer.id, credits: 0n } }))
    await Promise.all(rounds.map((one) => one.stop()))
    expect(kindsOf(await prove(customer))).toEqual(['credits_set 9', 'expiry -9'])
  })
})
