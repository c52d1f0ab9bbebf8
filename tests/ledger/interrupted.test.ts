import http from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newKey } from '../../src/ledger/facts.ts'
import { makeCustomer } from '../support/cast.ts'
import { holdCustomer, postingsThatWait, proveLedger } from '../support/ledger.ts'
import { PurserProcess } from '../support/process.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { flashOf, tokenOf, type Visitor } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

const APP_KEY = Buffer.alloc(32, 7).toString('base64')

let purser: RunningPurser
let finance: Visitor
let child: PurserProcess | undefined
beforeAll(async () => {
  purser = await startPurser({ env: { APP_KEY } })
  finance = await purser.as(purser.northwind.staff.finance)
})
afterEach(async () => {
  await child?.end('SIGKILL')
  child = undefined
})
afterAll(() => purser.stop())

type Customer = Awaited<ReturnType<typeof makeCustomer>>

const prove = (customer: Customer) => proveLedger(purser.services.database.pool, customer)

/** A refill's fields, with a token of this browser's. */
const refillOf = async () => ({
  csrf: await tokenOf(finance),
  idempotencyKey: newKey(),
  amount: '5',
  reason: 'courtesy',
})

const hold = (customer: Customer) => holdCustomer(purser.database.appUrl, customer)
const waiting = () => postingsThatWait(purser.services.database.pool)

/** Begins a POST as a browser that may leave at any time; `part` of the body goes out. */
function beginPost(customer: Customer, fields: Record<string, string>, { part = 1, url = purser.url } = {}) {
  const body = new URLSearchParams(fields).toString()
  const request = http.request(`${url}/customers/${customer.id}/refills`, {
    method: 'POST',
    headers: {
      Cookie: [...finance.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      Origin: url,
      'Content-Type': 'application/x-www-form-urlencoded',
      'Content-Length': body.length,
    },
  })
  // Whoever leaves is told so by its own socket; that is no failure here.
  request.on('error', () => {})
  request.write(body.slice(0, Math.floor(body.length * part)))
  if (part === 1) request.end()
  return request
}

/** Sends the same once more, in a whole and patient browser. */
async function sendAgain(customer: Customer, fields: Record<string, string>) {
  const answer = await finance.post(`/customers/${customer.id}/refills`, fields)
  expect(answer.status).toBe(303)
  return flashOf(await finance.get('/customers'))
}

describe('who leaves in the middle', () => {
  test('while it is booked: it is booked, once, and whoever asks again is told so', async () => {
    const customer = await makeCustomer(purser.northwind)
    const fields = await refillOf()
    const held = await hold(customer)
    const request = beginPost(customer, fields)
    await waitFor(async () => (await waiting()) === 1, { what: 'the posting to wait' })
    request.destroy()
    await held.release()
    await waitFor(async () => (await prove(customer)).balance === 500n, { what: 'the posting' })
    expect(await sendAgain(customer, fields)).toContain('already posted')
    expect((await prove(customer)).moves).toHaveLength(1)
  })

  test('and has sent it again already while the first one waits: still once', async () => {
    const customer = await makeCustomer(purser.northwind)
    const fields = await refillOf()
    const held = await hold(customer)
    const first = beginPost(customer, fields)
    await waitFor(async () => (await waiting()) === 1)
    first.destroy()
    const second = finance.post(`/customers/${customer.id}/refills`, fields)
    await waitFor(async () => (await waiting()) === 2)
    await held.release()
    expect((await second).status).toBe(303)
    expect((await prove(customer)).moves).toHaveLength(1)
  })

  test('with half of the form unsent: nothing is booked, and the whole form is new', async () => {
    const customer = await makeCustomer(purser.northwind)
    const fields = await refillOf()
    const request = beginPost(customer, fields, { part: 0.6 })
    await new Promise((resolve) => setTimeout(resolve, 200))
    request.destroy()
    await finance.get('/customers')
    expect((await prove(customer)).moves).toHaveLength(0)
    expect(await sendAgain(customer, fields)).toContain('Refilled')
    expect((await prove(customer)).moves).toHaveLength(1)
  })

  test('right after sending, many times: never more than once each', async () => {
    const customer = await makeCustomer(purser.northwind)
    const all = await Promise.all(Array.from({ length: 15 }, refillOf))
    for (const [at, fields] of all.entries()) {
      const request = beginPost(customer, fields)
      setTimeout(() => request.destroy(), at)
    }
    await new Promise((resolve) => setTimeout(resolve, 300))
    for (const fields of all) await sendAgain(customer, fields)
    const { balance, moves } = await prove(customer)
    expect([balance, moves.length]).toEqual([7500n, 15])
  })
})

test(
  'the process killed while it books: at most once, and another process tells how it went',
  { timeout: 120_000 },
  async () => {
    const customer = await makeCustomer(purser.northwind)
    child = new PurserProcess({
      env: { DATABASE_URL: purser.database.appUrl, DATABASE_OWNER_URL: purser.database.ownerUrl, APP_KEY },
    })
    const url = await child.ready()
    const fields = await refillOf()
    const held = await hold(customer)
    // Both serve from one database under one key, so that the session and the form are good at either.
    beginPost(customer, fields, { url })
    await waitFor(async () => (await waiting()) === 1, { what: 'the posting to wait' })
    await child.end('SIGKILL')
    await held.release()
    await waitFor(async () => (await waiting()) === 0)
    // Whoever gets the row next comes after what the server may still be doing for the dead process.
    await (await hold(customer)).release()
    const before = await prove(customer)
    expect(before.moves.length).toBeLessThanOrEqual(1)
    const said = await sendAgain(customer, fields)
    expect(said).toContain(before.moves.length === 1 ? 'already posted' : 'Refilled')
    expect((await prove(customer)).moves).toHaveLength(1)
  },
)

test('a row that is held too long: asks for patience, books nothing, and the same form goes through later', async () => {
  const customer = await makeCustomer(purser.northwind)
  const fields = await refillOf()
  const held = await hold(customer)
  const answer = await finance.post(`/customers/${customer.id}/refills`, fields)
  expect(answer.status).toBe(503)
  expect(answer.headers.get('Retry-After')).toBe('5')
  await held.release()
  expect((await prove(customer)).moves).toHaveLength(0)
  expect(await sendAgain(customer, fields)).toContain('Refilled')
})

test('the database connection lost while it books: 503, and asking again tells how it went', async () => {
  const customer = await makeCustomer(purser.northwind)
  const fields = await refillOf()
  const held = await hold(customer)
  const sent = finance.post(`/customers/${customer.id}/refills`, fields)
  await waitFor(async () => (await waiting()) === 1)
  await purser.services.database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where wait_event_type = 'Lock' and datname = current_database() and usename = current_user`,
  )
  const answer = await sent
  expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '5'])
  await held.release()
  await sendAgain(customer, fields)
  expect((await prove(customer)).moves).toHaveLength(1)
})
