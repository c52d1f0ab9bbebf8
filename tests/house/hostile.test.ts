import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { isInConsole } from '../support/doors.ts'
import {
  FORM,
  UNFIT_BODIES,
  UNFIT_IDS,
  complaints,
  send,
  unfitHeaders,
  unfitQueries,
} from '../support/hostile.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Route, listRoutes } from '../support/routes.ts'
import { addressOf, fillIn } from '../support/scene.ts'
import { enter } from '../support/login-as.ts'
import { type Visitor, tokenOf } from '../support/visit.ts'

/** Somebody who is let in, so that what is odd gets past the doors; and where they are sent. */
interface Person {
  browser: Visitor
  token: string
  routes: Route[]
}

let purser: RunningPurser
const people = new Map<string, Person>()
/** One address for each route, with something of northwind's in it. */
const addresses = new Map<string, string>()

beforeAll(async () => {
  purser = await startPurser()
  const { northwind } = purser
  // Logging out would end the sweep.
  const routes = listRoutes(purser.services).filter(({ path }) => !/\/(logout|login-as\/end)$/.test(path))
  for (const { path } of routes) addresses.set(path, await addressOf(purser, northwind, path))
  const known = await makeCustomer(northwind, { password: PASSWORD, balance: 500n })
  const standIn = await purser.as(northwind.staff.admin)
  await enter(standIn, known, 'admin')
  const add = async (name: string, browser: Visitor, place: 'portal' | 'console') => {
    const theirs = routes.filter((route) => isInConsole(route) === (place === 'console'))
    people.set(name, { browser, token: await tokenOf(browser, place), routes: theirs })
  }
  await add('an owner', await purser.as(northwind.staff.owner), 'portal')
  await add('a customer', await purser.asCustomer(known), 'console')
  await add('an Admin Login', standIn, 'console')
  await add('a visitor of the console', purser.visitor(), 'console')
})
// Whoever tries too often is kept out before anything is read.
afterEach(() => purser.owner.prisma.throttle.deleteMany())
afterAll(() => purser.stop())

const addressFor = ({ path }: Route) => addresses.get(path) ?? ''

describe.each(['an owner', 'a customer', 'an Admin Login', 'a visitor of the console'])('from %s', (name) => {
  const person = () => people.get(name) as Person

  test.each(['GET', 'POST'] as const)('%s of ids that nobody was given', async (method) => {
    const { browser, token, routes } = person()
    const withId = routes.filter((route) => route.method === method && route.path.includes(':'))
    const body = method === 'POST' ? { type: FORM, body: `csrf=${token}` } : {}
    const all = withId.flatMap(({ path }) =>
      UNFIT_IDS.map((id) => ({ method, path: fillIn(path, id), ...body })),
    )
    expect(await complaints(browser, all)).toEqual([])
  })

  test('queries that nobody means', { timeout: 120_000 }, async () => {
    const { browser, routes } = person()
    const all = routes
      .filter(({ method }) => method === 'GET')
      .flatMap((route) =>
        unfitQueries(route.path).map((query) => ({ method: 'GET', path: `${addressFor(route)}?${query}` })),
      )
    expect(await complaints(browser, all)).toEqual([])
  })

  test.each(Object.keys(UNFIT_BODIES))('a body that no form sends: %s', async (what) => {
    const { browser, token, routes } = person()
    const sent = UNFIT_BODIES[what]?.(token)
    const posts = routes.filter(({ method }) => method === 'POST')
    const all = posts.map((route) => ({ method: 'POST', path: addressFor(route), ...sent }))
    expect(await complaints(browser, all)).toEqual([])
  })

  test('a method that no page uses', async () => {
    const { browser, token, routes } = person()
    const methods = ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']
    const all = routes.flatMap((route) =>
      methods.map((method) => ({ method, path: addressFor(route), type: FORM, body: `csrf=${token}` })),
    )
    expect(await complaints(browser, all)).toEqual([])
  })

  test('the parts before the body: cookies, languages and agents', async () => {
    const { browser, routes } = person()
    const all = routes.flatMap((route) =>
      unfitHeaders(purser.url).map((headers) => ({
        method: route.method,
        path: addressFor(route),
        headers,
      })),
    )
    expect(await complaints(browser, all)).toEqual([])
  })

  test('an address that comes whole, with its host, is the same address', async () => {
    const { browser, routes } = person()
    const otherwise: string[] = []
    for (const route of routes.filter(({ method }) => method === 'GET')) {
      const path = addressFor(route)
      const plain = await send(browser, { method: 'GET', path })
      for (const whole of [purser.url + path]) {
        const { status } = await send(browser, { method: 'GET', path: whole })
        if (status !== plain.status) otherwise.push(`${whole}: ${status} instead of ${plain.status}`)
      }
    }
    expect(otherwise).toEqual([])
  })
})

test('ids that nobody was given are not found', async () => {
  const { browser } = people.get('an owner') as Person
  const unfit = UNFIT_IDS.filter((id) => !id.includes('/') && !/^(%|%E0%A4%A)$/.test(id))
  const found: string[] = []
  for (const path of ['/customers/:id', '/invites/:id', '/join/:token', '/console/:reseller/login']) {
    for (const id of unfit) {
      const { status } = await send(browser, { method: 'GET', path: fillIn(path, id) })
      if (status !== 404 && status !== 400) found.push(`${path} ${id}: ${status}`)
    }
  }
  expect(found).toEqual([])
})

test('after all that, everybody is still logged in and the house stands', async () => {
  const here = async (name: string, address: string) => (await people.get(name)?.browser.get(address))?.status
  expect(await here('an owner', '/customers')).toBe(200)
  expect(await here('a customer', '/console')).toBe(200)
  expect(await here('an Admin Login', '/console')).toBe(200)
  expect((await purser.visitor().get('/readyz')).text).toContain('"ready":true')
})
