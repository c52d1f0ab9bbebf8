import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import {
  byEach,
  doorOf,
  enter,
  isForCustomers,
  isForStaff,
  isInConsole,
  leadsOn,
  otherwise,
  seen,
  toConsoleLogin,
  toLogin,
} from '../support/doors.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { OTHER_METHODS, type Route, listRoutes } from '../support/routes.ts'
import { addressesOf } from '../support/scene.ts'
import { enter as enterLoginAs } from '../support/login-as.ts'
import { type Visitor, tokenOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let routes: Route[]
/** One address for each route, with something of somebody else's in it. */
let filled: (path: string) => Promise<string>
beforeAll(async () => {
  purser = await startPurser()
  routes = listRoutes(purser.services)
  filled = addressesOf(purser, purser.northwind)
})
afterAll(() => purser.stop())

const db = () => purser.owner.prisma
const inConsole = () => routes.filter(isInConsole)
const ownRooms = () => routes.filter(isForCustomers)

/** A customer of northwind, logged in. */
async function customerInside() {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD, balance: 500n })
  return { customer, browser: await purser.asCustomer(customer) }
}

/** Where the portal does not ask this browser to log in, whatever it sends. */
async function letIntoPortal(browser: Visitor, others: readonly string[] = OTHER_METHODS): Promise<string[]> {
  const closed = routes.filter(isForStaff)
  const ways = [...closed, ...byEach(closed, others)]
  return otherwise(ways, async (way) => {
    const answer = await enter(browser, way, await filled(way.path))
    return toLogin(answer) ? null : seen(answer)
  })
}

/** Where the console does not. */
async function letIntoConsole(
  browser: Visitor,
  others: readonly string[] = OTHER_METHODS,
): Promise<string[]> {
  const ways = [...ownRooms(), ...byEach(ownRooms(), others)]
  return otherwise(ways, async (way) => {
    const answer = await enter(browser, way, await filled(way.path))
    return toConsoleLogin(answer) ? null : seen(answer)
  })
}

describe('a customer', () => {
  test('enters every room of the own console', async () => {
    const { browser } = await customerInside()
    const wrong = await otherwise(ownRooms(), async (route) => {
      const answer = await enter(browser, route, await filled(route.path))
      // Another customer's factor is nothing.
      if (/\/factors\/:id\/name$/.test(route.path)) return answer.status === 404 ? null : seen(answer)
      const others = route.path === '/console/security/factors/:id/removal' ? [404] : [303, 409, 422]
      // Without APP_URL there are no passkeys.
      const page = route.path.endsWith('/passkeys/new') ? [303] : [200]
      const may = route.method === 'GET' ? page : others
      return may.includes(answer.status) && !toConsoleLogin(answer) ? null : seen(answer)
    })
    expect(wrong).toEqual([])
  })

  test('is led on from the ways in, and from addresses that only take POST', async () => {
    const { browser } = await customerInside()
    const others = inConsole().filter(
      (route) => route.method === 'GET' && (leadsOn(route) || doorOf(route) === 'open'),
    )
    const wrong = await otherwise(others, async (route) => {
      const answer = await enter(browser, route, await filled(route.path))
      // Somebody else's code is dead, and a new password may be asked for at any time.
      if (route.path === '/console/enter/:code') return answer.status === 410 ? null : seen(answer)
      if (route.path === '/console/forgotten-password') return answer.status === 200 ? null : seen(answer)
      return answer.status === 303 && !toConsoleLogin(answer) ? null : seen(answer)
    })
    expect(wrong).toEqual([])
    expect((await browser.get('/console')).status).toBe(200)
  })

  test('gets nowhere with a method that no page sends', async () => {
    const { browser } = await customerInside()
    const wrong = await otherwise(byEach(inConsole(), OTHER_METHODS), async (way) => {
      const answer = await enter(browser, way, await filled(way.path))
      return answer.status === 404 ? null : seen(answer)
    })
    expect(wrong).toEqual([])
  })

  test('is a visitor in the portal', async () => {
    const { browser } = await customerInside()
    expect(await letIntoPortal(browser)).toEqual([])
  })

  test('changes nothing of another customer by naming them', async () => {
    const { browser } = await customerInside()
    const { customer: other, browser: theirs } = await customerInside()
    const { id, resellerId, teamId, version } = other
    const whole = () =>
      db().customer.findUniqueOrThrow({
        where: { resellerId_id: { resellerId, id } },
        include: { team: { include: { billingProfile: true } }, oneTimeLinks: true },
      })
    const before = await whole()
    const session = await db().session.findFirstOrThrow({ where: { customerId: id } })
    const named = { id, customerId: id, customer: id, resellerId, teamId, version: String(version) }
    const typed = {
      email: 'mallory@customer.example',
      name: 'Mallory',
      legalName: 'Mallory',
      kind: 'individual',
    }
    const csrf = await tokenOf(browser, 'console')
    for (const { path } of ownRooms().filter(({ method }) => method === 'POST')) {
      const address = path.replace(':id', session.id)
      expect((await browser.post(address, { ...typed, ...named, csrf })).status).toBeLessThan(500)
    }
    expect(await whole()).toEqual(before)
    expect((await theirs.get('/console')).status).toBe(200)
  })
})

/** Where somebody who was logged out may go all the same. */
const WAYS_IN =
  /^\/console\/((:reseller\/)?login|login\/choice|login\/factor|forgotten-password|enter\/:code)$/

describe('a customer who is turned OFF while logged in', () => {
  const TOLD =
    'Northwind Cloud has turned off your account. Call us on Monday. Questions? Contact owner@northwind.example.'
  async function turnedOff() {
    const { customer, browser } = await customerInside()
    const owner = await purser.as(purser.northwind.staff.owner)
    const form = await owner.get(`/customers/${customer.id}/state`)
    await owner.submit(form, { reason: 'A secret reason', message: 'Call us on Monday.' })
    return { customer, browser }
  }

  test('is told so at every address of the console, whatever was to be done', async () => {
    const { customer, browser } = await turnedOff()
    const inside = inConsole().filter(({ path }) => !WAYS_IN.test(path))
    const ways = [...inside, ...byEach(inside, OTHER_METHODS), { method: 'GET', path: '/console/nothing' }]
    const wrong = await otherwise(ways, async (way) => {
      const answer = await enter(browser, way, await filled(way.path))
      if (/secret reason/.test(answer.text) || answer.text.includes(customer.name)) return 'says too much'
      return answer.status === 403 && wordsOf(answer).includes(TOLD) ? null : seen(answer)
    })
    expect(wrong).toEqual([])
  })

  test('finds the ways in open, and the login refuses in the same words', async () => {
    const { customer, browser } = await turnedOff()
    const wrong = await otherwise(
      inConsole().filter(({ path }) => WAYS_IN.test(path)),
      async (route) => {
        const answer = await enter(browser, route, await filled(route.path))
        return [200, 303, 410, 422].includes(answer.status) ? null : seen(answer)
      },
    )
    expect(wrong).toEqual([])
    for (const address of ['/console/login', '/console/northwind/login']) {
      const form = await browser.get(address)
      const answer = await browser.submit(form, { email: customer.email, password: PASSWORD })
      expect([answer.status, wordsOf(answer).includes(TOLD)]).toEqual([422, true])
    }
    expect(await db().session.count({ where: { customerId: customer.id, endedAt: null } })).toBe(0)
  })
})

describe('a customer with a temporary password', () => {
  async function heldUp() {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD, balance: 500n })
    const owner = await purser.as(purser.northwind.staff.owner)
    const start = await owner.get(`/customers/${customer.id}/password-reset`)
    const shown = await owner.submit(start, {}, { action: '/candidate' })
    await owner.submit(shown, {}, { action: '/password-reset' })
    const password = shown.html.querySelector('[data-password]')?.getAttribute('data-password')
    return { customer, browser: await purser.asCustomer(customer, password) }
  }

  test('gets no further than to where a new one is set', async () => {
    const { customer, browser } = await heldUp()
    const rooms = ownRooms().filter(({ path }) => path !== '/console/password')
    const ways = [...rooms, ...byEach(rooms, OTHER_METHODS)]
    const wrong = await otherwise(ways, async (way) => {
      const answer = await enter(browser, way, await filled(way.path))
      return answer.status === 303 && answer.location === '/console/password' ? null : seen(answer)
    })
    expect(wrong).toEqual([])
    const form = await browser.get('/console/password')
    expect([form.status, wordsOf(form).includes('5.00')]).toEqual([200, false])
    expect((await browser.submit(form, {})).status).toBe(422)
    expect(await db().auditRow.count({ where: { customerId: customer.id, event: 'customer.changed' } })).toBe(
      0,
    )
    const out = await browser.submit(form, {}, { action: '/console/logout' })
    expect(toConsoleLogin(out)).toBe(true)
  })
})

test('in the console, staff are visitors', async () => {
  expect(await letIntoConsole(await purser.as(purser.northwind.staff.owner))).toEqual([])
})

describe("a session's cookie under the other place's name lets nobody in:", () => {
  const [PORTAL, CONSOLE] = ['purser-portal', 'purser-console'] as const

  /** A browser with nothing but these cookies. */
  function withCookies(cookies: Record<string, string | undefined>): Visitor {
    const browser = purser.visitor()
    for (const [name, value] of Object.entries(cookies)) {
      if (!value) throw new Error(`There is no ${name} to bring.`)
      browser.cookies.set(name, value)
    }
    return browser
  }

  test("the portal's in the console", async () => {
    const owner = await purser.as(purser.northwind.staff.owner)
    expect(await letIntoConsole(withCookies({ [CONSOLE]: owner.cookies.get(PORTAL) }), [])).toEqual([])
  })

  test("a customer's in the portal", async () => {
    const { browser } = await customerInside()
    expect(await letIntoPortal(withCookies({ [PORTAL]: browser.cookies.get(CONSOLE) }), [])).toEqual([])
  })

  test("a stay's in the portal", async () => {
    const owner = await purser.as(purser.northwind.staff.owner)
    await enterLoginAs(owner, await makeCustomer(purser.northwind), 'admin')
    expect(await letIntoPortal(withCookies({ [PORTAL]: owner.cookies.get(CONSOLE) }), [])).toEqual([])
  })
})
