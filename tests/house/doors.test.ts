import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bound } from '../../src/actions/form.ts'
import { ROLES, ROLE_IDS } from '../../src/people/roles.ts'
import { makeCustomer, PASSWORD } from '../support/cast.ts'
import {
  DOORS,
  byEach,
  doorOf,
  enter,
  followed,
  isForCustomers,
  isForStaff,
  isInConsole,
  leadsOn,
  nameOf,
  offersOn,
  otherwise,
  seen,
  toConsoleLogin,
  toLogin,
} from '../support/doors.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { OTHER_METHODS, type Route, listRoutes } from '../support/routes.ts'
import { addressOf, addressesOf } from '../support/scene.ts'
import { wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let routes: Route[]
/** One address for each route; for what uses nothing up. */
let filled: (path: string) => Promise<string>
beforeAll(async () => {
  purser = await startPurser()
  routes = listRoutes(purser.services)
  filled = addressesOf(purser, purser.northwind)
})
afterAll(() => purser.stop())

/** What a route answers whoever may enter. One POST alone answers with a page: what it generated is shown once and stands nowhere else. */
function mayAnswer({ method, path }: Route): readonly number[] {
  // Each person's own, given out by the page of the mail alone: see tests/mail/open.test.ts.
  if (path === '/mails/:id/letter/:shown') return [404]
  // Another person's.
  if (/^\/account\/factors\/:id\/(name|removal)$/.test(path)) return [404]
  if (method === 'GET') return [200, 303]
  return path.endsWith('/password-reset/candidate') ? [200] : [303, 409, 422]
}

/** What tests/house/actions.test.ts asks of every form of an action: its GET, and that it takes nothing of who may not send it. */
const isSwept = ({ path }: Pick<Route, 'path'>) =>
  bound.some(({ method, at }) => method === 'POST' && at === path)
const isSweptPost = (route: Route) => route.method === 'POST' && isSwept(route)

test('every address is in the table of doors, and every line of the table is an address', () => {
  const known = routes.filter((route) => !leadsOn(route))
  expect(known.filter((route) => !doorOf(route)).map(nameOf)).toEqual([])
  expect(Object.keys(DOORS).filter((name) => !known.map(nameOf).includes(name))).toEqual([])
})

test('an action asks for the permission that the table says', () => {
  const posts = bound.filter(({ method }) => method === 'POST')
  const doors = posts.map(({ at }) => [at, doorOf({ method: 'POST', path: at })])
  expect(Object.fromEntries(doors)).toEqual(
    Object.fromEntries(posts.map(({ at }) => [at, DOORS[`POST ${at}`]])),
  )
})

test('an address that only takes POST leads to the page with its form', async () => {
  const owner = await purser.as(purser.northwind.staff.owner)
  const customer = await purser.asCustomer(await makeCustomer(purser.northwind, { password: PASSWORD }))
  const postOnly = routes
    .filter(({ method }) => method === 'POST')
    .map(({ path }): Route => ({ method: 'GET', path }))
    .filter((route) => !doorOf(route) && !isSwept(route))
  const wrong = await otherwise(postOnly, async (route) => {
    const person = isInConsole(route) ? customer : owner
    const answer = await person.get(await filled(route.path))
    if (answer.status !== 303 || toLogin(answer) || toConsoleLogin(answer)) return seen(answer)
    const form = await followed(person, answer)
    return form.status === 200 ? null : `leads to ${answer.location}, which answers ${form.status}`
  })
  expect(wrong).toEqual([])
})

test('a visitor is asked to log in, and led back to the page afterwards', async () => {
  const visitor = purser.visitor()
  const closed = routes.filter((route) => (isForStaff(route) || isForCustomers(route)) && !isSweptPost(route))
  const wrong = await otherwise(closed, async (route) => {
    const address = await filled(route.path)
    const answer = await enter(visitor, route, address)
    if (!(isForStaff(route) ? toLogin(answer) : toConsoleLogin(answer))) return seen(answer)
    const next = new URL(answer.location ?? '', purser.url).searchParams.get('next') ?? '/console'
    return route.method === 'POST' || next === address ? null : `leads on to ${next}`
  })
  expect(wrong).toEqual([])
})

/** Open, and yet it leads a visitor to a login: out of where nobody was, the code of a login that nobody began, and the choice that nobody offered. */
const LEADS_TO_LOGIN =
  /\/logout$|^(\/console)?\/login\/factor$|^\/console\/(login\/choice|forgotten-password|:reseller)$/

test('what is open answers a visitor', async () => {
  const wrong = await otherwise(
    routes.filter((route) => doorOf(route) === 'open'),
    async (route) => {
      const answer = await enter(
        purser.visitor(),
        route,
        await addressOf(purser, purser.northwind, route.path),
      )
      const answers = answer.status < 500 && answer.status !== 403
      const isAskedIn = toLogin(answer) || toConsoleLogin(answer)
      return answers && (!isAskedIn || LEADS_TO_LOGIN.test(route.path)) ? null : seen(answer)
    },
  )
  expect(wrong).toEqual([])
})

test('a method that no page sends gets nowhere, also with a good token', async () => {
  const owner = await purser.as(purser.northwind.staff.owner)
  const visitor = purser.visitor()
  const inPortal = routes.filter((route) => !isInConsole(route))
  const wrong = await otherwise(byEach(inPortal, OTHER_METHODS), async (way) => {
    const address = await filled(way.path)
    const before = await enter(visitor, way, address)
    const answer = await enter(owner, way, address)
    if (!toLogin(before)) return `${seen(before)} for a visitor`
    return answer.status === 404 ? null : seen(answer)
  })
  expect(wrong).toEqual([])
})

test('somebody turned OFF is a visitor from the next request on', async () => {
  const { staff, system } = purser.eastgate
  const admin = await purser.as(staff.admin)
  expect((await admin.get('/customers')).status).toBe(200)
  await system.database.prisma.staff.updateMany({ where: { id: staff.admin.id }, data: { state: 'OFF' } })
  const theirs = addressesOf(purser, purser.eastgate)
  const wrong = await otherwise(routes.filter(isForStaff), async (route) => {
    const answer = await enter(admin, route, await theirs(route.path))
    return toLogin(answer) ? null : seen(answer)
  })
  expect(wrong).toEqual([])
  await system.database.prisma.staff.updateMany({ where: { id: staff.admin.id }, data: { state: 'ON' } })
})

/** What leaves an event although it is only looked at or downloaded: never where it was refused. */
const TAKEN = [
  ['customers.export', /^(customers|ledger|statement)\.exported$/],
  ['audit.see', /^audit\.exported$/],
  ['mails.resend', /^mail\.opened$/],
] as const

async function eventsOf({ id: actorId }: { id: string }): Promise<string[]> {
  const rows = await purser.owner.prisma.auditRow.findMany({ where: { actorId } })
  return rows.map(({ event }) => event)
}

describe.each(ROLE_IDS)('the role %s', (role) => {
  test('enters where it may, is told so where it may not, and is offered no more', async () => {
    const member = await purser.as(purser.northwind.staff[role])
    const entered = routes.filter(
      (route) => isForStaff(route) && (doorOf(route)?.includes(role) || !isSweptPost(route)),
    )
    const wrong = await otherwise(entered, async (route) => {
      if (!doorOf(route)?.includes(role)) {
        const answer = await enter(member, route, await filled(route.path))
        const isTold = answer.status === 403 && /Your role does not allow this/.test(wordsOf(answer))
        return isTold ? null : `${seen(answer)} instead of 403`
      }
      // A page that is opened uses nothing up; a form may.
      const address = await (route.method === 'GET'
        ? filled(route.path)
        : addressOf(purser, purser.northwind, route.path))
      const answer = await enter(member, route, address)
      const may = mayAnswer(route)
      if (!may.includes(answer.status) || toLogin(answer)) return seen(answer)
      const closed = offersOn(answer, routes).filter(
        ({ route: offered }) => isForStaff(offered) && !doorOf(offered)?.includes(role),
      )
      return closed.length === 0
        ? null
        : `offers ${closed.map(({ route: offered }) => nameOf(offered)).join(', ')}`
    })
    expect(wrong).toEqual([])
    const left = await eventsOf(purser.northwind.staff[role])
    const missing = TAKEN.filter(([permission]) => !ROLES[role].permissions.includes(permission as never))
    for (const [, events] of missing) expect(left.filter((event) => events.test(event))).toEqual([])
  })

  test('finds nothing of another reseller', async () => {
    const member = await purser.as(purser.eastgate.staff[role])
    const closed = routes.filter(
      (route) => isForStaff(route) && route.path.includes(':') && !isSweptPost(route),
    )
    const wrong = await otherwise(closed, async (route) => {
      const answer = await enter(member, route, await filled(route.path))
      const expected = doorOf(route)?.includes(role) ? 404 : [403, 404]
      return [expected].flat().includes(answer.status) ? null : `${seen(answer)} instead of ${expected}`
    })
    expect(wrong).toEqual([])
    const left = await eventsOf(purser.eastgate.staff[role])
    expect(left.filter((event) => !/^(staff\.logged_in|request\.refused)$/.test(event))).toEqual([])
  })
})
