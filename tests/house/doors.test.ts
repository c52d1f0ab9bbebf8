import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROLE_IDS, type RoleId } from '../../src/staff/permissions.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Route, listRoutes } from '../support/routes.ts'
import { addressOf } from '../support/scene.ts'
import { type Answer, type Visitor, tokenOf, wordsOf } from '../support/visit.ts'

type Door = 'open' | readonly RoleId[]

const STAFF: Door = ROLE_IDS
const OWNER: Door = ['owner']
const EDITORS: Door = ['owner', 'admin']
const TAGGERS: Door = ['owner', 'admin', 'support']
const BOOKERS: Door = ['owner', 'admin', 'finance']
const EXPORTERS: Door = ['owner', 'admin', 'finance', 'auditor']
const READERS: Door = ['owner', 'admin', 'auditor']
const VERIFIERS: Door = ['owner', 'auditor']
const MAILERS: Door = ['owner', 'admin', 'support']

/**
 * Who may enter where: design 8 over the addresses of design 9. Written from the design and not from the code. A POST that has no
 * GET here is an address that only takes POST.
 */
const DOORS: Readonly<Record<string, Door>> = {
  'GET /healthz': 'open',
  'GET /readyz': 'open',
  'GET /setup': 'open',
  'POST /setup': 'open',
  'GET /login': 'open',
  'POST /login': 'open',
  'POST /logout': 'open',
  'GET /forgotten-password': 'open',
  'POST /forgotten-password': 'open',
  'GET /set-password/:token': 'open',
  'POST /set-password/:token': 'open',
  'GET /set-password/done': 'open',
  'GET /verify/:token': 'open',
  'POST /verify/:token': 'open',
  'GET /join/:token': 'open',
  'POST /join/:token': 'open',
  'GET /join/:token/done': 'open',

  'GET /': STAFF,
  'GET /account/password': STAFF,
  'POST /account/password': STAFF,
  'GET /settings': OWNER,
  'POST /settings': OWNER,
  'POST /settings/test-mail': OWNER,
  'GET /staff': OWNER,
  'POST /staff': OWNER,
  'POST /staff/:id/link': OWNER,
  'GET /staff/:id/link/:linkId': OWNER,
  'POST /staff/:id/role': OWNER,
  'POST /staff/:id/suspension': OWNER,
  'POST /staff/:id/reinstatement': OWNER,

  'GET /customers': STAFF,
  'GET /customers/export.csv': EXPORTERS,
  'GET /customers/new': EDITORS,
  'POST /customers': EDITORS,
  'GET /customers/:id': STAFF,
  'GET /customers/:id/edit': EDITORS,
  'POST /customers/:id': EDITORS,
  'GET /customers/:id/team': EDITORS,
  'POST /customers/:id/team': EDITORS,
  'POST /customers/:id/password-link': EDITORS,
  'GET /customers/:id/password-link': EDITORS,
  'GET /customers/:id/password-link/:linkId': EDITORS,
  'POST /customers/:id/verification': MAILERS,
  'GET /customers/:id/balance': BOOKERS,
  'POST /customers/:id/refills': BOOKERS,
  'POST /customers/:id/deductions': BOOKERS,
  'GET /customers/:id/overdraft': BOOKERS,
  'POST /customers/:id/overdraft': BOOKERS,
  'GET /customers/:id/alerts': BOOKERS,
  'POST /customers/:id/alerts': BOOKERS,
  'GET /customers/:id/credits': BOOKERS,
  'POST /customers/:id/credits': BOOKERS,
  'GET /customers/:id/ledger': STAFF,
  'GET /customers/:id/ledger/export.csv': STAFF,
  'GET /customers/:id/postings/:postingId': STAFF,
  'GET /customers/:id/postings/:postingId/reversal': BOOKERS,
  'POST /customers/:id/postings/:postingId/reversal': BOOKERS,
  'GET /customers/:id/charges': BOOKERS,
  'POST /customers/:id/charges': BOOKERS,
  'GET /customers/:id/grants': STAFF,
  'GET /customers/:id/grants/:grantId': STAFF,
  'GET /customers/:id/tags': TAGGERS,
  'POST /customers/:id/tags': TAGGERS,
  'GET /customers/:id/state': EDITORS,
  'POST /customers/:id/suspension': EDITORS,
  'POST /customers/:id/reinstatement': EDITORS,
  'GET /customers/:id/billing': STAFF,
  'GET /customers/:id/billing/statement.csv': STAFF,
  'GET /customers/:id/billing/profile': EDITORS,
  'POST /customers/:id/billing/profile': EDITORS,

  'GET /customers/:id/password-reset': EDITORS,
  'POST /customers/:id/password-reset': EDITORS,
  'POST /customers/:id/password-reset/candidate': EDITORS,

  'GET /ledger': STAFF,
  'GET /ledger/export.csv': EXPORTERS,

  'GET /invites': MAILERS,
  'POST /invites': EDITORS,
  'GET /invites/:id': MAILERS,
  'POST /invites/:id/regeneration': EDITORS,
  'POST /invites/:id/revocation': EDITORS,
  'POST /invites/:id/resend': MAILERS,

  'GET /ledger/verification': VERIFIERS,
  'POST /ledger/verification': VERIFIERS,

  'GET /approvals': BOOKERS,
  'GET /approvals/:id': BOOKERS,
  'POST /approvals/:id/approval': BOOKERS,
  'POST /approvals/:id/rejection': BOOKERS,

  'GET /tags': STAFF,
  'GET /tags/:id/edit': EDITORS,
  'POST /tags/:id': EDITORS,
  'POST /tags/:id/merger': EDITORS,
  'POST /tags/:id/removal': EDITORS,

  'GET /audit': READERS,
  'GET /audit/export.csv': READERS,

  'GET /mails': MAILERS,
  'GET /mails/:id': EDITORS,
  'POST /mails/:id/resend': MAILERS,
}

let purser: RunningPurser
let routes: Route[]
beforeAll(async () => {
  purser = await startPurser()
  routes = listRoutes(purser.services)
})
afterAll(() => purser.stop())

const nameOf = ({ method, path }: Route) => `${method} ${path}`
const doorOf = (route: Route): Door | undefined => DOORS[nameOf(route)]
/** An address that only takes POST: its GET leads to the page with the form. */
const leadsOn = (route: Route) => route.method === 'GET' && !doorOf(route) && `POST ${route.path}` in DOORS
const isClosed = (route: Route) => doorOf(route) !== 'open' && !leadsOn(route)

/** Goes there, with nothing in the form but a good token. */
async function enter(visitor: Visitor, { method }: Pick<Route, 'method'>, address: string): Promise<Answer> {
  if (method === 'GET') return visitor.get(address)
  return visitor.post(address, { csrf: await tokenOf(visitor) })
}

/** What went otherwise than expected, a line for each route. */
async function otherwise(
  among: readonly Route[],
  look: (route: Route) => Promise<string | null>,
): Promise<string[]> {
  const lines: string[] = []
  for (const route of among) {
    const seen = await look(route)
    if (seen) lines.push(`${nameOf(route)}: ${seen}`)
  }
  return lines
}

/** Where redirects lead in the end. */
async function followed(visitor: Visitor, answer: Answer): Promise<Answer> {
  return answer.status === 303 ? followed(visitor, await visitor.follow(answer)) : answer
}

/** What a route answers whoever may enter. One POST alone answers with a page: what it generated is shown once and stands nowhere else. */
function mayAnswer({ method, path }: Route): readonly number[] {
  if (method === 'GET') return [200, 303]
  return path.endsWith('/password-reset/candidate') ? [200] : [303, 409, 422]
}

const toLogin = ({ status, location }: Answer) => status === 303 && location?.split('?')[0] === '/login'
const seen = ({ status, location }: Answer) => `${status} ${location ?? ''}`.trim()

test('every address is in the table above, and every line of the table is an address', () => {
  const known = routes.filter((route) => !leadsOn(route)).map(nameOf)
  expect(known.filter((name) => !(name in DOORS))).toEqual([])
  expect(Object.keys(DOORS).filter((name) => !known.includes(name))).toEqual([])
})

test('an address that only takes POST leads to the page with its form', async () => {
  const owner = await purser.as(purser.northwind.staff.owner)
  const postOnly = Object.keys(DOORS)
    .filter((name) => name.startsWith('POST ') && !(name.replace('POST', 'GET') in DOORS))
    .map((name) => ({ method: 'GET', path: name.slice('POST '.length) }) as const)
  const wrong = await otherwise(postOnly, async (route) => {
    const answer = await owner.get(await addressOf(purser, purser.northwind, route.path))
    if (answer.status !== 303 || toLogin(answer)) return seen(answer)
    const form = await followed(owner, answer)
    return form.status === 200 ? null : `leads to ${answer.location}, which answers ${form.status}`
  })
  expect(wrong).toEqual([])
})

test('a visitor is asked to log in, and led back to the page afterwards', async () => {
  const visitor = purser.visitor()
  const wrong = await otherwise(routes.filter(isClosed), async (route) => {
    const address = await addressOf(purser, purser.northwind, route.path)
    const answer = await enter(visitor, route, address)
    if (!toLogin(answer)) return seen(answer)
    const next = new URL(answer.location ?? '', purser.url).searchParams.get('next')
    return route.method === 'POST' || next === address ? null : `leads on to ${next}`
  })
  expect(wrong).toEqual([])
})

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
      return answers && (!toLogin(answer) || route.path === '/logout') ? null : seen(answer)
    },
  )
  expect(wrong).toEqual([])
})

test('somebody turned OFF is a visitor from the next request on', async () => {
  const { staff, system } = purser.eastgate
  const admin = await purser.as(staff.admin)
  expect((await admin.get('/customers')).status).toBe(200)
  await system.database.prisma.staff.update({ where: { id: staff.admin.id }, data: { state: 'OFF' } })
  const wrong = await otherwise(routes.filter(isClosed), async (route) => {
    const answer = await enter(admin, route, await addressOf(purser, purser.eastgate, route.path))
    return toLogin(answer) ? null : seen(answer)
  })
  expect(wrong).toEqual([])
  await system.database.prisma.staff.update({ where: { id: staff.admin.id }, data: { state: 'ON' } })
})

describe.each(ROLE_IDS)('the role %s', (role) => {
  test('enters where it may, and is told so where it may not', async () => {
    const member = await purser.as(purser.northwind.staff[role])
    const wrong = await otherwise(routes.filter(isClosed), async (route) => {
      const answer = await enter(member, route, await addressOf(purser, purser.northwind, route.path))
      if (!doorOf(route)?.includes(role)) {
        const isTold = answer.status === 403 && /Your role does not allow this/.test(wordsOf(answer))
        return isTold ? null : `${seen(answer)} instead of 403`
      }
      const may = mayAnswer(route)
      return may.includes(answer.status) && !toLogin(answer) ? null : seen(answer)
    })
    expect(wrong).toEqual([])
  })

  test('finds nothing of another reseller', async () => {
    const member = await purser.as(purser.eastgate.staff[role])
    const closed = routes.filter((route) => isClosed(route) && route.path.includes(':'))
    const wrong = await otherwise(closed, async (route) => {
      const answer = await enter(member, route, await addressOf(purser, purser.northwind, route.path))
      const expected = doorOf(route)?.includes(role) ? 404 : [403, 404]
      return [expected].flat().includes(answer.status) ? null : `${seen(answer)} instead of ${expected}`
    })
    expect(wrong).toEqual([])
  })
})
