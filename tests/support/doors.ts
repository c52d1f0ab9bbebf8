import type { Permission } from '../../src/people/permissions.ts'
import { ROLES, ROLE_IDS, type RoleId } from '../../src/people/roles.ts'
import { bound } from '../../src/actions/form.ts'
import type { Who } from '../../src/actions/action.ts'
import type { Route } from './routes.ts'
import { type Answer, type Visitor, tokenOf } from './visit.ts'

/** Open to everybody, to customers in their console alone, or to these roles. */
/** 'themself': customers, and not staff who are logged in as one. */
export type Door = 'open' | 'customer' | 'themself' | readonly RoleId[]

/** The roles with one of these permissions; which those are stands in the table of roles. */
const having = (...wanted: readonly Permission[]): readonly RoleId[] =>
  ROLE_IDS.filter((role) =>
    wanted.some((one) => (ROLES[role].permissions as readonly string[]).includes(one)),
  )

const STAFF: Door = ROLE_IDS
const READERS_OF_CUSTOMERS: Door = having('customers.see')
const OWNER: Door = having('reseller.manage')
const EDITORS: Door = having('customers.edit')
const TAGGERS: Door = having('customers.tag')
const BOOKERS: Door = having('money.post')
const EXPORTERS: Door = having('customers.export')
const READERS: Door = having('audit.see')
const VERIFIERS: Door = having('ledger.verify')
const MAILERS: Door = having('mails.resend')
const INVITERS: Door = having('customers.edit', 'mails.resend')
const WATCHERS: Door = having('login.readonly', 'login.admin')
const WATCHERS_AND_READERS: Door = having('login.readonly', 'login.admin', 'audit.see')

/**
 * Who may enter where. Written by hand and not from the code, so that it says what an
 * action should have declared; pages that ask for an action have its door and need no line. A POST that has no GET is an address that
 * only takes POST.
 */
export const DOORS: Readonly<Record<string, Door>> = {
  'GET /healthz': 'open',
  'GET /readyz': 'open',
  'GET /setup': 'open',
  'POST /setup': 'open',
  'GET /login': 'open',
  'POST /login': 'open',
  'GET /login/factor': 'open',
  'POST /login/factor': 'open',
  'POST /logout': 'open',
  'GET /forgotten-password': 'open',
  'POST /forgotten-password': 'open',
  'GET /set-password/:token': 'open',
  'POST /set-password/:token': 'open',
  'POST /verify/:token': 'open',
  'GET /join/:token': 'open',
  'POST /join/:token': 'open',
  'GET /join/:token/done': 'open',

  'GET /console/login': 'open',
  'POST /console/login': 'open',
  'GET /console/:reseller': 'open',
  'GET /console/:reseller/login': 'open',
  'POST /console/:reseller/login': 'open',
  'GET /console/login/choice': 'open',
  'POST /console/login/choice': 'open',
  'GET /console/login/factor': 'open',
  'POST /console/login/factor': 'open',
  'GET /console/forgotten-password': 'open',
  'POST /console/forgotten-password': 'open',
  'GET /console/enter/:code': 'open',
  'POST /console/logout': 'open',
  'POST /console/login-as/end': 'open',

  'GET /console': 'customer',
  'POST /console/verification': 'customer',
  'GET /console/security/factors': 'customer',
  'POST /console/security/factors': 'customer',
  'POST /console/security/factors/passkeys': 'customer',
  'POST /console/security/factors/recovery-codes': 'customer',
  'GET /console/security/factors/:id/name': 'customer',
  'POST /console/security/factors/:id/name': 'customer',
  'POST /console/security/factors/:id/removal': 'customer',
  'GET /console/billing': 'customer',
  'GET /console/billing/statement.csv': 'customer',
  'GET /console/billing/statement.pdf': 'customer',
  'GET /console/profile': 'customer',
  'POST /console/profile': 'customer',
  'POST /console/profile/email': 'customer',
  'POST /console/billing-profile': 'customer',
  'GET /console/password': 'customer',
  'POST /console/password': 'customer',
  'GET /console/security': 'customer',
  'POST /console/security/sessions/end': 'customer',
  'POST /console/security/sessions/:id/end': 'customer',
  'POST /console/security/reset-link': 'customer',
  'GET /console/security/proof': 'customer',
  'POST /console/security/proof': 'customer',

  'GET /': STAFF,
  'GET /account': STAFF,
  'POST /account/proof': STAFF,
  'GET /account/password': STAFF,
  'POST /account/password': STAFF,
  'GET /account/factors': STAFF,
  'POST /account/factors': STAFF,
  'GET /account/factors/new': STAFF,
  'GET /account/factors/passkeys/new': STAFF,
  'POST /account/factors/passkeys': STAFF,
  'POST /account/factors/recovery-codes': STAFF,
  'GET /account/factors/:id/name': STAFF,
  'POST /account/factors/:id/name': STAFF,
  'POST /account/factors/:id/removal': STAFF,
  'POST /account/sessions': STAFF,
  'POST /account/sessions/:id/end': STAFF,
  'POST /settings': OWNER,
  'POST /settings/customer-factors': OWNER,
  'POST /settings/factors': OWNER,
  'POST /settings/factors/date': OWNER,
  'POST /settings/test-mail': OWNER,
  'POST /staff': OWNER,
  'POST /staff/limits': OWNER,
  'POST /staff/:id/link': OWNER,
  'POST /staff/:id/role': OWNER,
  'POST /staff/:id/suspension': OWNER,
  'POST /staff/:id/factor-reset': OWNER,
  'POST /staff/:id/reinstatement': OWNER,

  'GET /customers': READERS_OF_CUSTOMERS,
  'GET /customers/export.csv': EXPORTERS,
  'POST /customers': EDITORS,
  'GET /customers/:id': READERS_OF_CUSTOMERS,
  'POST /customers/:id': EDITORS,
  'POST /customers/:id/team': EDITORS,
  'POST /customers/:id/password-link': EDITORS,
  'POST /customers/:id/verification': MAILERS,
  'POST /customers/:id/refills': BOOKERS,
  'POST /customers/:id/deductions': BOOKERS,
  'POST /customers/:id/credits': BOOKERS,
  'GET /customers/:id/ledger': READERS_OF_CUSTOMERS,
  'GET /customers/:id/ledger/export.csv': EXPORTERS,
  'GET /customers/:id/postings/:postingId': READERS_OF_CUSTOMERS,
  'POST /customers/:id/postings/:postingId/reversal': BOOKERS,
  'POST /customers/:id/charges': BOOKERS,
  'GET /customers/:id/grants': READERS_OF_CUSTOMERS,
  'GET /customers/:id/grants/:grantId': READERS_OF_CUSTOMERS,
  'POST /customers/:id/overdraft': having('money.overdraft'),
  'POST /customers/:id/alerts': having('money.overdraft'),
  'POST /customers/:id/tags': TAGGERS,
  'POST /customers/:id/suspension': EDITORS,
  'POST /customers/:id/reinstatement': EDITORS,
  'GET /customers/:id/billing': READERS_OF_CUSTOMERS,
  'GET /customers/:id/billing/statement.csv': EXPORTERS,
  'GET /customers/:id/billing/statement.pdf': EXPORTERS,
  'POST /customers/:id/billing/profile': EDITORS,

  'POST /customers/:id/factor-reset': EDITORS,
  'POST /customers/:id/password-reset': EDITORS,
  'POST /customers/:id/password-reset/candidate': EDITORS,
  'GET /customers/:id/login-as': WATCHERS,
  'POST /customers/:id/login-as': WATCHERS,

  'GET /invites': INVITERS,
  'POST /invites': EDITORS,
  'GET /invites/:id': INVITERS,
  'GET /invites/:id/regeneration': EDITORS,
  'POST /invites/:id/regeneration': EDITORS,
  'GET /invites/:id/revocation': EDITORS,
  'POST /invites/:id/revocation': EDITORS,
  'POST /invites/:id/resend': MAILERS,

  'GET /teams/:id': READERS_OF_CUSTOMERS,

  'GET /ledger': READERS_OF_CUSTOMERS,
  'GET /ledger/export.csv': EXPORTERS,
  'POST /ledger/verification': VERIFIERS,
  'GET /approvals': BOOKERS,
  'GET /approvals/:id': BOOKERS,
  'POST /approvals/:id/approval': BOOKERS,
  'POST /approvals/:id/rejection': BOOKERS,
  'GET /approvals/limits/:id': OWNER,
  'POST /approvals/limits/:id/approval': OWNER,
  'POST /approvals/limits/:id/rejection': OWNER,

  'GET /tags': READERS_OF_CUSTOMERS,
  'POST /tags/:id': EDITORS,
  'POST /tags/:id/merger': EDITORS,
  'POST /tags/:id/removal': EDITORS,

  'GET /login-as': WATCHERS_AND_READERS,
  'GET /login-as/:id': WATCHERS_AND_READERS,
  'GET /login-as/:id/events.csv': WATCHERS_AND_READERS,
  'POST /login-as/:id/end': WATCHERS,

  'GET /audit': READERS,
  'GET /audit/export.csv': READERS,

  'GET /mails': having('mails.see'),
  'GET /mails/:id': having('mails.open'),
  'GET /mails/:id/letter/:shown': having('mails.open'),
  'POST /mails/:id/resend': MAILERS,
}

export const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`

/** The door of an address: an action's own, as it is declared, or that of the table. */
export function doorOf({ method, path }: Route): Door | undefined {
  if (method === 'GET' && SECRET_PAGES.includes(path)) return 'themself'
  const action = bound.find(({ method: bindsBy, at }) => bindsBy === method && at === path)?.of
  return action ? doorTo(action.may, isInConsole({ path })) : DOORS[nameOf({ method, path })]
}

/** What staff who are logged in as the customer are led away from. */
const SECRET_PAGES = [
  '/console/security/factors/new',
  '/console/security/factors/passkeys/new',
  '/console/security/factors/:id/name',
]

function doorTo(who: Who, isInConsole: boolean): Door {
  if (who === 'link' || who === 'host') return 'open'
  if (typeof who === 'string') return isInConsole ? 'customer' : STAFF
  return having(...who)
}

/** Whether somebody with these permissions may send the form of an action, as the action says. */
export function isAllowed({ method, path }: Route, permissions: readonly Permission[]): boolean {
  const action = bound.find(({ method: bindsBy, at }) => bindsBy === method && at === path)?.of
  if (!action) throw new Error(`${method} ${path} is no form of an action.`)
  return typeof action.may === 'string' || action.may.some((one) => permissions.includes(one))
}

/** An address that only takes POST: its GET leads to the page with the form. */
export const leadsOn = ({ method, path }: Route) =>
  method === 'GET' && !doorOf({ method, path }) && doorOf({ method: 'POST', path }) !== undefined

/** Where staff are let in by their role; of the addresses below /console it is none. */
export const isForStaff = (route: Route) => Array.isArray(doorOf(route))
export const isForCustomers = (route: Route) => ['customer', 'themself'].includes(String(doorOf(route)))
export const isInConsole = ({ path }: Pick<Route, 'path'>) => /^\/console(\/|$)/.test(path)

/** What a page offers: an address of one of these routes, by a link or a form. */
export interface Offer {
  route: Route
  address: string
}

/** Where a page's links lead and its forms are sent to: /customers/new is that route, and not /customers/:id. */
export function offersOn({ html }: Answer, routes: readonly Route[]): Offer[] {
  const links = html.querySelectorAll('a[href]').map((link) => ['GET', link.getAttribute('href')] as const)
  const forms = html
    .querySelectorAll('form[action]')
    .map(
      (form) => [form.getAttribute('method')?.toUpperCase() ?? 'GET', form.getAttribute('action')] as const,
    )
  return [...links, ...forms].flatMap(([method, address = '']) => {
    const path = address.split(/[?#]/)[0] ?? ''
    const meant = routes.filter((route) => route.method === method && fits(route, path))
    const route = meant.find((one) => one.path === path) ?? meant[0]
    return route ? [{ route, address }] : []
  })
}

const patterns = new Map<string, RegExp>()

function fits({ path }: Route, address: string): boolean {
  const pattern = patterns.get(path) ?? new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`)
  patterns.set(path, pattern)
  return pattern.test(address)
}

/** Goes there, with nothing in the form but a good token: portal and console have one each. */
export async function enter(
  visitor: Visitor,
  { method, path }: { method: string; path: string },
  address: string,
): Promise<Answer> {
  if (method === 'GET' || method === 'HEAD') return visitor.send(method, address)
  const csrf = await tokenKept(visitor, isInConsole({ path }) ? 'console' : 'portal')
  return visitor.send(method, address, {
    body: new URLSearchParams({ csrf }),
    headers: { Origin: visitor.url },
  })
}

const kept = new WeakMap<Visitor, Map<string, string>>()

/** A browser's token stays the same as long as its session does, so that a sweep need not ask for it each time. */
export async function tokenKept(visitor: Visitor, place: 'portal' | 'console'): Promise<string> {
  const known = kept.get(visitor) ?? new Map<string, string>()
  kept.set(visitor, known)
  const key = () => [place, `${place}-csrf`].map((name) => visitor.cookies.get(`purser-${name}`)).join(' ')
  const token = known.get(key()) ?? (await tokenOf(visitor, place))
  known.set(key(), token)
  return token
}

/** What went otherwise than expected, a line for each route. */
export async function otherwise<Way extends { method: string; path: string }>(
  among: readonly Way[],
  look: (way: Way) => Promise<string | null>,
): Promise<string[]> {
  const lines: string[] = []
  for (const way of among) {
    const found = await look(way)
    if (found) lines.push(`${nameOf(way)}: ${found}`)
  }
  return lines
}

/** Where redirects lead in the end. */
export async function followed(visitor: Visitor, answer: Answer): Promise<Answer> {
  return answer.status === 303 ? followed(visitor, await visitor.follow(answer)) : answer
}

/** Whether the answer asks a visitor to log in, as staff or in the console. */
export const toLogin = ({ status, location }: Answer) => status === 303 && placeIn(location) === '/login'
export const toConsoleLogin = ({ status, location }: Answer) =>
  status === 303 && /^\/console\/(?:[^/]+\/)?login$/.test(placeIn(location) ?? '')
const placeIn = (location: string | null) => location?.split('?')[0]

export const seen = ({ status, location }: Answer) => `${status} ${location ?? ''}`.trim()

/** Every address once with each of these methods. */
export const byEach = (routes: readonly Route[], methods: readonly string[]) =>
  [...new Set(routes.map(({ path }) => path))].flatMap((path) => methods.map((method) => ({ method, path })))
