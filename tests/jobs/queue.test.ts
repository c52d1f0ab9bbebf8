import type { Services } from '../../src/services.ts'
import { PassThrough } from 'node:stream'
import { PgBoss } from 'pg-boss'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { transaction } from '../../src/database/client.ts'
import { installQueue } from '../../src/jobs/install.ts'
import { openQueue, QUEUE_SCHEMA } from '../../src/jobs/queue.ts'
import { type Handlers, type JobWorker, startWorker } from '../../src/jobs/worker.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { waitFor } from '../support/wait.ts'

let purser: RunningPurser
let worker: JobWorker | undefined
const warnings = new PassThrough()
let said = ''
warnings.on('data', (chunk: Buffer) => (said += chunk.toString()))

beforeAll(async () => {
  purser = await startPurser()
})
afterEach(async () => {
  await worker?.stop()
  worker = undefined
  said = ''
  await purser.services.database.pool.query('delete from pgboss.job')
})
afterAll(() => purser.stop())

const idle: Handlers<Services> = {
  'send-mail': async () => {},
  'forgotten-password': async () => {},
  'forgotten-customer-password': async () => {},
  'verify-ledger': async () => {},
  'follow-tag': async () => {},
}
const work = async (handlers: Partial<Handlers<Services>>, pollSeconds = 0.5, isAlone = false) => {
  const log = pino({ level: 'warn' }, warnings)
  worker = await startWorker({ ...purser.services, log }, { ...idle, ...handlers }, { pollSeconds, isAlone })
}
const leave = (email: string) =>
  transaction(purser.services, (db) =>
    purser.services.queue.add(db, 'forgotten-password', { email, ip: null }),
  )
const jobs = async () => {
  const { rows } = await purser.services.database.pool.query(
    `select state, retry_count as tries, data->>'email' as email from pgboss.job order by created_on`,
  )
  return rows
}

test('a job left in a transaction is done once it commits, at once', async () => {
  const done: string[] = []
  // The queue would not look by itself for so long that this test would have failed.
  await work({ 'forgotten-password': async (_services, { email }) => void done.push(email) }, 600)
  await leave('one@customer.example')
  await waitFor(() => done.length === 1)
  expect(done).toEqual(['one@customer.example'])
})

test('a transaction that rolls back leaves no job', async () => {
  const { services } = purser
  const refused = transaction(services, async (db) => {
    await services.queue.add(db, 'forgotten-password', { email: 'never@customer.example', ip: null })
    throw new Error('changed my mind')
  })
  await expect(refused).rejects.toThrow('changed my mind')
  expect(await jobs()).toEqual([])
})

test('right after a start, as many transactions as the pool has connections leave their jobs at once', async () => {
  const { services } = purser
  const connections = services.database.pool.options.max
  const queue = openQueue()
  let open = () => {}
  const allThere = new Promise<void>((resolve) => (open = resolve))
  let there = 0
  const leaveOne = () =>
    transaction(services, async (db) => {
      there += 1
      if (there === connections) open()
      await allThere
      await queue.add(db, 'forgotten-password', { email: 'many@customer.example', ip: null })
    })
  await Promise.all(Array.from({ length: connections }, leaveOne))
  expect(await jobs()).toHaveLength(connections)
})

test('a job that failed waits and is done again, and its failure is told', async () => {
  let tries = 0
  await work({
    'forgotten-password': async () => {
      tries += 1
      if (tries === 1) throw new Error('not today')
    },
  })
  await leave('again@customer.example')
  await waitFor(async () => (await jobs())[0]?.state === 'retry')
  expect(said).toContain('not today')
  expect(tries).toBe(1)
  await purser.services.database.pool.query('update pgboss.job set start_after = now()')
  await waitFor(async () => (await jobs())[0]?.state === 'completed')
  expect(tries).toBe(2)
})

test('stopping waits for the job under way', async () => {
  let finish = () => {}
  let finished = false
  const held = new Promise<void>((resolve) => (finish = resolve))
  let begun = false
  await work({
    'forgotten-password': async () => {
      begun = true
      await held
      finished = true
    },
  })
  await leave('slow@customer.example')
  await waitFor(() => begun)
  const stopped = worker?.stop()
  setTimeout(finish, 300)
  await stopped
  expect(finished).toBe(true)
  expect((await jobs())[0]).toMatchObject({ state: 'completed' })
})

test('a job that outlives the stop is done by the next worker', async () => {
  let begun = false
  await work({
    'forgotten-password': (_services, _about, signal) => {
      begun = true
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('told to stop'))),
      )
    },
  })
  await leave('stubborn@customer.example')
  await waitFor(() => begun)
  await worker?.stop(1_000)
  expect((await jobs())[0]).toMatchObject({ state: 'retry' })
  await purser.services.database.pool.query('update pgboss.job set start_after = now()')
  await work({})
  await waitFor(async () => (await jobs())[0]?.state === 'completed')
})

test('the job of a process that was killed is done again: the queue maintains itself as the application', async () => {
  await leave('orphan@customer.example')
  const { pool } = purser.services.database
  // As a killed process leaves it: taken, and its heartbeat long ago.
  await pool.query(
    `update pgboss.job set state = 'active', started_on = now() - interval '1 hour', heartbeat_on = now() - interval '1 hour'`,
  )
  const boss = new PgBoss({
    connectionString: purser.database.appUrl,
    schema: QUEUE_SCHEMA,
    migrate: false,
    schedule: false,
    supervise: false,
    registerInstance: false,
    reindex: false,
    monitorVacuum: false,
  })
  const complaints: unknown[] = []
  boss.on('error', (error) => complaints.push(error))
  await boss.start()
  await boss.supervise()
  await boss.stop()
  expect(complaints).toEqual([])
  expect((await jobs())[0]).toMatchObject({ state: 'retry' })
})

test('a job that was under way when its process was killed is done again at once, and does not wait as one that failed', async () => {
  const { services } = purser
  const about = { resellerId: purser.northwind.reseller.id, mailId: purser.northwind.reseller.id }
  await transaction(services, (db) => services.queue.add(db, 'send-mail', about))
  await services.database.pool.query(
    `update pgboss.job set state = 'active', started_on = now(), heartbeat_on = now() - interval '11 seconds'`,
  )
  await work({})
  // As a failure it would wait for 30 to 60 s.
  await waitFor(async () => (await jobs())[0]?.state === 'completed', { msMax: 15_000 })
})

test('who works the queues alone does at once what a killed process had taken a moment ago', async () => {
  await leave('taken@customer.example')
  await purser.services.database.pool.query(
    `update pgboss.job set state = 'active', started_on = now(), heartbeat_on = now()`,
  )
  await work({}, 0.5, true)
  // Its heartbeat would count as missed after 10 s.
  await waitFor(async () => (await jobs())[0]?.state === 'completed', { msMax: 5_000 })
})

test('many jobs that are due are done one after the other, however seldom they are looked for', async () => {
  let done = 0
  await Promise.all(Array.from({ length: 20 }, () => leave('crowd@customer.example')))
  await purser.services.database.pool.query(`update pgboss.job set start_after = now() + interval '1 second'`)
  await work({ 'forgotten-password': async () => void (done += 1) }, 3)
  await waitFor(() => done === 20, { msMax: 10_000 })
})

test('the application may not alter the queue, and installing it again changes nothing', async () => {
  const { pool } = purser.services.database
  await expect(pool.query('drop table pgboss.job cascade')).rejects.toThrow(/must be owner/)
  await expect(pool.query('create table pgboss.mine (id int)')).rejects.toThrow(/permission denied/)
  await leave('kept@customer.example')
  await Promise.all([installQueue(purser.database.ownerUrl), installQueue(purser.database.ownerUrl)])
  expect(await jobs()).toHaveLength(1)
})
