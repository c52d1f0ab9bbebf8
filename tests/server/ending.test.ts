import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import net from 'node:net'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { makeCustomer, PASSWORD } from '../support/cast.ts'
import { PurserProcess, isAlive } from '../support/process.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { Visitor } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

// Whole processes, each with a database server to start: slow where the machine is busy with other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

// The scene is set through one Purser; the processes that are ended serve from the same database.
let scene: RunningPurser
let purser: PurserProcess | undefined
beforeAll(async () => {
  scene = await startPurser()
})
afterEach(async () => {
  await purser?.end('SIGKILL')
  purser = undefined
})
afterAll(() => scene.stop())

function start(env: Record<string, string> = {}) {
  purser = new PurserProcess({
    env: {
      DATABASE_URL: scene.database.appUrl,
      DATABASE_OWNER_URL: scene.database.ownerUrl,
      // The door closes at once: a page waits for a lock for less than two seconds.
      DRAIN_SECONDS: '0',
      ...env,
    },
  })
  return purser
}

async function ownerAt(url: string): Promise<Visitor> {
  const owner = new Visitor(url)
  const { email } = scene.northwind.staff.owner
  const answer = await owner.submit(await owner.get('/login'), { email, password: PASSWORD })
  expect(answer.status).toBe(303)
  return owner
}

/** Refills a customer whose row is held by somebody else, so that the request lasts until release() is called. */
async function slowRefill(url: string) {
  const customer = await makeCustomer(scene.northwind)
  const owner = await ownerAt(url)
  const form = await owner.get(`/customers/${customer.id}/balance`)
  const holder = new pg.Client(scene.database.appUrl)
  await holder.connect()
  await holder.query('begin')
  await holder.query('select from customers where id = $1 for update', [customer.id])
  const answer = owner.submit(form, { amount: '5', reason: 'courtesy', comment: '' }, { action: '/refills' })
  await waitFor(async () => {
    const { rows } = await scene.services.database.pool.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() and query like '%post_to_ledger%'`,
    )
    return rows.length > 0
  })
  const release = async () => {
    await holder.query('commit')
    await holder.end()
  }
  return { customer, answer, release }
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s: the request in flight is finished, and then it exits with 0',
  async (signal) => {
    const process = start()
    const url = await process.ready()
    const { customer, answer, release } = await slowRefill(url)
    const ended = process.end(signal)
    await waitFor(
      async () =>
        fetch(`${url}/healthz`).then(
          () => false,
          () => true,
        ),
      { what: 'the door to close' },
    )
    await release()
    const { status, headers } = await answer
    expect(status).toBe(303)
    expect(headers.get('connection')).toBe('close')
    const { code, ms } = await ended
    expect(code).toBe(0)
    expect(ms).toBeLessThan(10_000)
    const { prisma } = scene.services.database
    expect((await prisma.customer.findFirstOrThrow({ where: { id: customer.id } })).balance).toBe(500n)
  },
)

test('a request that never ends is cut off, and it still exits with 0 within ten seconds', async () => {
  const url = new URL(await start().ready())
  const client = net.connect(Number(url.port), url.hostname)
  client.on('error', () => {})
  await once(client, 'connect')
  client.write(
    'POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nemail',
  )
  const { code, ms } = await (purser as PurserProcess).end()
  expect(code).toBe(0)
  expect(ms).toBeLessThan(10_000)
})

test('a browser that keeps its connection open does not hold it up', async () => {
  const url = new URL(await start().ready())
  const client = net.connect(Number(url.port), url.hostname)
  client.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(client, 'data')
  const { code, ms } = await (purser as PurserProcess).end()
  expect(code).toBe(0)
  expect(ms).toBeLessThan(5_500)
})

test('several processes: all serve, one that dies is replaced, requests in flight are finished, all end', async () => {
  const url = await start({ WEB_CONCURRENCY: '2' }).ready()
  const { pid } = purser as PurserProcess
  const first = await childrenOf(pid)
  expect(first).toHaveLength(2)
  process.kill(first[0] as number, 'SIGKILL')
  await waitFor(() => purser?.out.includes('All server processes are running again.'))
  expect(purser?.err).toContain('A server process exited (SIGKILL) and is being replaced.')
  const now = await childrenOf(pid)
  expect(now).toHaveLength(2)
  for (let i = 0; i < 6; i++) expect((await fetch(`${url}/readyz`)).status).toBe(200)

  const { answer, release } = await slowRefill(url)
  const ended = purser?.end()
  await waitFor(async () =>
    fetch(`${url}/healthz`).then(
      () => false,
      () => true,
    ),
  )
  await release()
  expect((await answer).status).toBe(303)
  expect(await ended).toMatchObject({ code: 0 })
  expect(now.filter(isAlive)).toEqual([])
})

test('several processes: when the first is killed outright, the others end too', async () => {
  await start({ WEB_CONCURRENCY: '2' }).ready()
  const children = await childrenOf((purser as PurserProcess).pid)
  await purser?.end('SIGKILL')
  await waitFor(() => children.every((pid) => !isAlive(pid)))
})

async function childrenOf(pid: number): Promise<number[]> {
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return list.trim().split(' ').filter(Boolean).map(Number)
}
