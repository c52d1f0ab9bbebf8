import type pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { CarefulPool } from '../../src/database/careful-pool.ts'
import { Allowance, withAllowance } from '../../src/database/allowance.ts'
import { openPool } from '../../src/database/client.ts'
import { isDatabaseLost } from '../../src/database/failures.ts'
import { type ClonedDatabase, cloneDatabase } from '../setup/worker.ts'

const CONNECTIONS = 4

let database: ClonedDatabase
beforeAll(async () => {
  database = await cloneDatabase()
})
afterAll(() => database.drop())

/** Most of these tests wait for the database: all do at the same time, each with a pool of its own. */
const atOnce = (what: string, work: (pool: pg.Pool) => Promise<void>) =>
  test.concurrent(what, async () => {
    const pool = openPool(database.appUrl, { use: 'page', max: CONNECTIONS, onError: () => {} })
    try {
      await work(pool)
    } finally {
      await pool.end()
    }
  })

/** What became of a statement, and when. */
async function timed(asked: Promise<unknown>) {
  const before = performance.now()
  const how = await asked.then(
    () => 'done' as const,
    (error: unknown) => (isDatabaseLost(error) ? ('lost' as const) : error),
  )
  return { how, ms: Math.round(performance.now() - before) }
}

const sleep = (pool: pg.Pool, seconds: number) => timed(pool.query('select pg_sleep($1)', [seconds]))
const quick = (pool: pg.Pool) => timed(pool.query('select 1'))

atOnce(
  'when slow statements have all connections, the longest is given up for whoever waits',
  async (pool) => {
    const slow = Promise.all(Array.from({ length: CONNECTIONS }, () => sleep(pool, 2.5)))
    await sleepOutside(50)
    expect(await quick(pool)).toMatchObject({ how: 'done', ms: expect.toSatisfy((ms: number) => ms < 1_900) })
    expect((await slow).map(({ how }) => how).toSorted()).toEqual(['done', 'done', 'done', 'lost'])
  },
)

atOnce('where nobody waits they are left alone', async (pool) => {
  const slow = await Promise.all(Array.from({ length: CONNECTIONS }, () => sleep(pool, 1.6)))
  expect(slow.map(({ how }) => how)).toEqual(slow.map(() => 'done'))
})

atOnce(
  'a transaction that takes long in one of its statements gives way as well, and its connection is good again',
  async (pool) => {
    const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => pool.connect()))
    const slow = clients.map(async (client) => {
      await client.query('begin')
      const heard = await timed(client.query('select pg_sleep(2.5)'))
      await client.query('rollback')
      client.release()
      return heard.how
    })
    await sleepOutside(50)
    expect((await quick(pool)).how).toBe('done')
    expect((await Promise.all(slow)).toSorted()).toEqual(['done', 'done', 'done', 'lost'])
    expect((await quick(pool)).how).toBe('done')
  },
)

atOnce(
  'however many come: once a statement is known to take long, others find a connection at once',
  async (pool) => {
    await sleep(pool, 1.1)
    const slow = Promise.all(Array.from({ length: 10 * CONNECTIONS }, () => sleep(pool, 1.5)))
    for (let turn = 0; turn < 10; turn++) {
      expect(await quick(pool)).toMatchObject({ how: 'done', ms: expect.toSatisfy((ms: number) => ms < 700) })
      await sleepOutside(200)
    }
    expect(new Set((await slow).map(({ how }) => how))).toEqual(new Set(['done', 'lost']))
  },
)

atOnce('one that is quick again has all connections again', async (pool) => {
  await sleep(pool, 1.1)
  await sleep(pool, 0)
  const began = performance.now()
  await Promise.all(Array.from({ length: CONNECTIONS }, () => sleep(pool, 0.8)))
  expect(performance.now() - began).toBeLessThan(1_500)
})

atOnce('an answer waits no longer than it is allowed, in however many pieces', async (pool) => {
  const allowance = new Allowance()
  const before = performance.now()
  const heard = await allowed(allowance, async () => {
    for (let turn = 0; turn < 10; turn++) {
      const { how } = await sleep(pool, 2)
      if (how !== 'done') return how
    }
  })
  expect(heard).toBe('lost')
  expect(performance.now() - before).toBeLessThan(6_000)
  // What is still to be done, such as writing down that it failed, is refused at once until it is answered.
  expect(await allowed(allowance, () => quick(pool))).toMatchObject({ how: 'lost' })
  allowance.end()
  expect(await allowed(allowance, () => quick(pool))).toMatchObject({ how: 'done' })
  expect((await quick(pool)).how).toBe('done')
})

atOnce('in a transaction, too, which is rolled back', async (pool) => {
  const before = performance.now()
  const heard = await allowed(new Allowance(), async () => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      for (let turn = 0; turn < 10; turn++) await client.query('select pg_sleep(0.9)')
      return 'done'
    } catch (error) {
      await client.query('rollback')
      return isDatabaseLost(error)
    } finally {
      client.release()
    }
  })
  expect(heard).toBe(true)
  expect(performance.now() - before).toBeLessThan(6_000)
})

atOnce('waits at the same time count once', async (pool) => {
  const allowance = new Allowance()
  await allowed(allowance, () => Promise.all([sleep(pool, 1), sleep(pool, 1), sleep(pool, 1)]))
  expect(allowance.leftMs).toBeGreaterThan(3_000)
})

atOnce('a connection that nobody waits for any more, and that never comes, ends nothing', async () => {
  const patience = { connectMsMax: 400, lockMsMax: 1_000, statementMsMax: 1_000, takesLong: false }
  const pool = new CarefulPool({ connectionString: database.appUrl, max: 1 }, patience)
  const thrown: unknown[] = []
  const note = (error: unknown) => void thrown.push(error)
  process.on('uncaughtException', note)
  onTestFinished(() => void process.off('uncaughtException', note))
  const held = await pool.connect()
  const allowance = new Allowance()
  const endWait = allowance.begin()
  await sleepOutside(4_850)
  endWait()
  await expect(allowed(allowance, () => pool.connect())).rejects.toThrow('took too long')
  await sleepOutside(600)
  expect(thrown).toEqual([])
  held.release()
  expect(await quick(pool)).toMatchObject({ how: 'done' })
  await pool.end()
})

const allowed = <Result>(allowance: Allowance, work: () => Promise<Result>) =>
  new Promise<Result>((resolve, reject) => withAllowance(allowance, () => void work().then(resolve, reject)))

const sleepOutside = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
