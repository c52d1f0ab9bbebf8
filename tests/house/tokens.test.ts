import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { isInConsole } from '../support/doors.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { listRoutes } from '../support/routes.ts'
import { changedSince, tableDigests } from '../support/rows.ts'
import { addressOf } from '../support/scene.ts'
import { enter } from '../support/login-as.ts'
import { type Visitor, tokenOf } from '../support/visit.ts'

/** Somebody in whose name forms are forged. */
interface Person {
  browser: Visitor
  /** Has a token for the same forms, which is not this person's. */
  colleague: Visitor
  site: 'portal' | 'console'
  /** What they are sent. */
  addresses: string[]
  /** Which of them answers an empty form with the form, once the token is right. */
  takes: RegExp
  /** Tables that every request of theirs writes; none where missing. */
  ownTables?: RegExp
}

let purser: RunningPurser
const people = new Map<string, Person>()

beforeAll(async () => {
  purser = await startPurser()
  const { northwind } = purser
  const { owner, admin } = northwind.staff
  const posts = listRoutes(purser.services).filter(({ method }) => method === 'POST')
  const addressesOf = (among: typeof posts) =>
    Promise.all(among.map(({ path }) => addressOf(purser, northwind, path)))
  const portal = {
    site: 'portal',
    addresses: await addressesOf(posts.filter((route) => !isInConsole(route))),
    takes: /\/refills$/,
  } as const
  const console_ = {
    site: 'console',
    addresses: await addressesOf(posts.filter(isInConsole)),
    takes: /\/billing-profile$/,
  } as const
  const known = await makeCustomer(northwind, { password: PASSWORD })
  const customer = () => purser.asCustomer(known)
  const standIn = await purser.as(admin)
  await enter(standIn, known, 'admin')
  const visitor = { colleague: purser.visitor(), takes: /\/login$/ }
  // Whoever is logged in leaves an event of what was refused.
  const ownTables = /^(audit_rows|refused_requests)$/
  people.set('the owner', {
    ...portal,
    ownTables,
    browser: await purser.as(owner),
    colleague: await purser.as(admin),
  })
  people.set('a visitor', { ...portal, ...visitor, browser: purser.visitor() })
  people.set('a customer', { ...console_, ownTables, browser: await customer(), colleague: await customer() })
  people.set('a visitor of the console', { ...console_, ...visitor, browser: purser.visitor() })
  people.set('an Admin Login', {
    ...console_,
    browser: standIn,
    colleague: await customer(),
    ownTables: /^(login_as|login_as_events|sessions|audit_rows|refused_requests)$/,
  })
  // So that none of them is seen again, and noted as such, while the tables are compared.
  await purser.owner.prisma.session.updateMany({
    data: { lastSeenAt: new Date(Date.now() + 3_600_000) },
  })
})
afterAll(() => purser.stop())

interface Forgery {
  fields: Record<string, string | string[]>
  headers?: Record<string, string>
  /** As from a browser that sends no Origin. */
  noOrigin?: true
}

/** Each is sent to addresses that take POST, in the name of somebody whose own `token` would do; the first two to every one of them. */
const FORGERIES: Readonly<Record<string, (token: string, person: Person) => Promise<Forgery> | Forgery>> = {
  'no token': () => ({ fields: {} }),
  'the token from a foreign page': (token) => ({
    fields: { csrf: token },
    headers: { Origin: 'https://elsewhere.example' },
  }),
  'an empty token': () => ({ fields: { csrf: '' } }),
  'a made-up token': (token) => ({ fields: { csrf: token.replaceAll(/[0-9a-f]/g, 'a') } }),
  'two tokens': (token) => ({ fields: { csrf: [token, token] } }),
  "a visitor's token": async (_token, { site }) => ({
    fields: { csrf: await tokenOf(purser.visitor(), site) },
  }),
  "a colleague's token": async (_token, { colleague, site }) => ({
    fields: { csrf: await tokenOf(colleague, site) },
  }),
  "the other site's token": async (_token, { browser, site }) => ({
    fields: { csrf: await tokenOf(browser, site === 'portal' ? 'console' : 'portal') },
  }),
  'the token from a page without an origin': (token) => ({
    fields: { csrf: token },
    headers: { Origin: 'null' },
  }),
  'the token from another port': (token) => ({
    fields: { csrf: token },
    headers: { Origin: 'http://127.0.0.1:1' },
  }),
  'the token from elsewhere, as the browser says without Origin': (token) => ({
    fields: { csrf: token },
    headers: { 'Sec-Fetch-Site': 'cross-site' },
    noOrigin: true,
  }),
}

const NAMES = ['the owner', 'a visitor', 'a customer', 'a visitor of the console', 'an Admin Login']
describe.each(NAMES)('a POST in the name of %s', (name) => {
  const person = () => people.get(name) as Person
  const token = () => tokenOf(person().browser, person().site)

  test('without its token, or from elsewhere, is refused and changes nothing', async () => {
    const { browser, addresses } = person()
    const own = await token()
    const forged: [string, Forgery][] = []
    for (const [name, forge] of Object.entries(FORGERIES)) forged.push([name, await forge(own, person())])
    const before = await tableDigests(purser)
    const wrong: string[] = []
    for (const [place, address] of addresses.entries()) {
      for (const [number, [name, { fields, headers, noOrigin }]] of forged.entries()) {
        // Every address is sent the plainest forgeries, and one address in four each of the others.
        if (number > 1 && (place + number) % 4 > 0) continue
        const answer = noOrigin
          ? await browser.send('POST', address, {
              body: new URLSearchParams(fields as Record<string, string>),
              headers: headers ?? {},
            })
          : await browser.post(address, fields, headers)
        if (answer.status !== 403) wrong.push(`${address} with ${name}: ${answer.status}`)
      }
    }
    const { ownTables } = person()
    const changed = (await changedSince(before, purser)).filter((table) => !ownTables?.test(table))
    expect([...wrong, ...changed.map((table) => `${table} changed`)]).toEqual([])
  })

  test('with its own token would have been taken', async () => {
    const { browser, addresses, takes } = person()
    const address = addresses.find((one) => takes.test(one)) ?? ''
    expect((await browser.post(address, { csrf: await token() })).status).toBe(422)
  })
})

test('without Origin and Sec-Fetch-Site, as a program sends it, the token decides', async () => {
  const { browser } = people.get('the owner') as Person
  const body = new URLSearchParams({ csrf: await tokenOf(browser) })
  const address = await addressOf(purser, purser.northwind, '/customers/:id/refills')
  const answer = await browser.send('POST', address, { body })
  // The form is empty, so it comes back: the door was open.
  expect(answer.status).toBe(422)
})
