import net from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { enter } from '../support/login-as.ts'
import type { Visitor } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

const log: string[] = []
let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser({ env: { LOG_LEVEL: 'info', TRUST_PROXY: '1' }, log })
  owner = await purser.as(purser.northwind.staff.owner)
})
beforeEach(() => void log.splice(0))
afterAll(() => purser.stop())

interface Line {
  msg: string
  method: string
  path: string
  status: number
  [field: string]: unknown
}

/** The line of the only request to this path. */
const lineOf = (path: string): Promise<Line> =>
  waitFor(() => log.map((line) => JSON.parse(line) as Line).find((line) => line.path === path))

test('a request has its line, with the address it came from, who asked and for which reseller', async () => {
  await owner.get('/customers', { 'X-Forwarded-For': '203.0.113.9' })
  const { northwind } = purser
  expect(await lineOf('/customers')).toMatchObject({
    msg: 'request',
    status: 200,
    ip: '203.0.113.9',
    actor: northwind.staff.owner.id,
    reseller: northwind.reseller.id,
  })
  expect(log.join()).not.toContain('"aborted"')
})

test('a login has the line of whoever it let in', async () => {
  await purser.as(purser.northwind.staff.finance)
  const { finance } = purser.northwind.staff
  await waitFor(() => log.some((line) => line.includes('"POST"')))
  const posted = log.map((line) => JSON.parse(line) as Line).find(({ method }) => method === 'POST')
  expect(posted).toMatchObject({ status: 303, actor: finance.id, reseller: purser.northwind.reseller.id })
})

test('under a login as a customer the line names both', async () => {
  const customer = await makeCustomer(purser.northwind)
  await enter(owner, customer, 'readonly')
  await owner.get('/console/billing')
  expect(await lineOf('/console/billing')).toMatchObject({
    actor: purser.northwind.staff.owner.id,
    customer: customer.id,
  })
})

test('a request whose connection was cut while it was worked on, or while it was being said, has its line', async () => {
  const customer = await makeCustomer(purser.northwind)
  const cookie = [...owner.cookies].map((pair) => pair.join('=')).join('; ')
  const head = `Host: purser.example\r\nCookie: ${cookie}\r\nX-Forwarded-For: 203.0.113.10\r\n`
  const cut = async (said: string, when: () => Promise<unknown>) => {
    const socket = net.connect(Number(new URL(purser.url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write(said)
    await when()
    socket.destroy()
  }
  const isWaiting = async () => {
    const { rowCount } = await purser.services.database.pool.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    )
    return rowCount !== 0
  }
  const holder = await purser.owner.pool.connect()
  await holder.query('begin; lock table tags')
  const worked = await cut(`GET /tags HTTP/1.1\r\n${head}\r\n`, () => waitFor(isWaiting))
    .then(() => lineOf('/tags'))
    .finally(() => holder.query('rollback').then(() => holder.release()))
  expect(worked).toMatchObject({
    msg: 'request',
    status: 499,
    aborted: true,
    ip: '203.0.113.10',
    actor: purser.northwind.staff.owner.id,
    reseller: purser.northwind.reseller.id,
  })
  const path = `/customers/${customer.id}/refills`
  const type = 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n'
  const begun = () => waitFor(() => purser.services.database.pool.idleCount > 0)
  await cut(`POST ${path} HTTP/1.1\r\n${head}${type}\r\ncsrf=half`, begun)
  expect(await lineOf(path)).toMatchObject({ aborted: true, ip: '203.0.113.10' })
})

test('a refusal has its reason, and the permission that was lacking', async () => {
  const support = await purser.as(purser.northwind.staff.support)
  log.splice(0)
  expect((await support.get('/settings')).status).toBe(403)
  expect(await lineOf('/settings')).toMatchObject({
    status: 403,
    reason: 'Your role does not allow this. Ask an Owner of {reseller} if you need it.',
    permission: 'reseller.manage',
  })
  expect((await owner.get('/customers/0000000000')).status).toBe(404)
  expect((await lineOf('/customers/0000000000')).reason).toEqual(expect.any(String))
  await owner.post('/tags', { csrf: 'not the token' })
  expect((await lineOf('/tags')).reason).toMatch(/^This form was opened before/)
})

test('what was typed stands in no reason: a field has the sentence, a login the one of all that fail', async () => {
  const visitor = purser.visitor()
  const answer = await visitor.submit(await visitor.get('/login'), {
    email: purser.northwind.staff.owner.email,
    password: 'a password that is wrong',
  })
  expect(answer.status).toBe(422)
  await waitFor(() => log.some((line) => line.includes('"POST"')))
  const posted = log.map((line) => JSON.parse(line) as Line).find(({ method }) => method === 'POST')
  expect(posted?.reason).toBe('Incorrect e-mail address or password.')

  const customer = await makeCustomer(purser.northwind)
  const form = await owner.get(`/customers/${customer.id}/balance`)
  await owner.submit(form, { amount: 'zebra', reason: 'courtesy' }, { action: '/refills' })
  const refill = await lineOf(`/customers/${customer.id}/refills`)
  expect(refill).toMatchObject({ status: 422, reason: expect.stringMatching(/amount/) })
  expect(log.join()).not.toMatch(/zebra|a password that is wrong/)
  expect(log.join()).not.toContain(PASSWORD)
})
