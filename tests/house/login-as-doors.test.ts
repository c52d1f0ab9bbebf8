import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Customer, LoginAsMode } from '../../src/generated/prisma/client.ts'
import { deduct, refill, setCredits } from '../support/postings.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { byEach, doorOf, enter, isInConsole, nameOf, otherwise, seen } from '../support/doors.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { OTHER_METHODS, type Route, listRoutes } from '../support/routes.ts'
import { changedSince, eventRows, tableDigests } from '../support/rows.ts'
import { addressOf } from '../support/scene.ts'
import { actorIn, enter as enterLoginAs } from '../support/login-as.ts'
import { type Answer, type Visitor, tokenOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
/** Every address below /console. */
let routes: Route[]
/** One for each of them, with something of another customer's in it. */
let addresses: Map<string, string>
beforeAll(async () => {
  purser = await startPurser()
  routes = listRoutes(purser.services).filter(isInConsole)
  addresses = new Map()
  for (const { path } of routes) addresses.set(path, await addressOf(purser, purser.northwind, path))
})
afterAll(() => purser.stop())

const db = () => purser.owner.prisma
const addressFor = (path: string) => addresses.get(path) ?? path

async function inside(customer: Customer, mode: LoginAsMode, role: 'admin' | 'support' = 'admin') {
  const staff = await purser.as(purser.northwind.staff[role])
  const page = await enterLoginAs(staff, customer, mode)
  if (page.status !== 200) throw new Error(`Nobody came in: ${page.status}.`)
  return { staff, page }
}

/** What cannot be looked at without an address of one's own, which somebody else asked for. */
const isCode = ({ path }: { path: string }) => path === '/console/enter/:code'

/** Every page of the console that does not come as it should: with the session's banner on it, and with nothing to press that is shut. */
function pagesMissing(
  staff: Visitor,
  mode: string,
  isShut: (action: string) => boolean = () => true,
): Promise<string[]> {
  const gets = routes.filter((route) => route.method === 'GET' && !isCode(route))
  return otherwise([...gets, ...gets.map(({ path }) => ({ method: 'HEAD', path }))], async (way) => {
    const answer = await enter(staff, way, addressFor(way.path))
    const isPage = doorOf({ method: 'GET', path: way.path }) === 'customer'
    if (!isPage) return answer.status === 303 ? null : seen(answer)
    if (answer.status !== 200) return seen(answer)
    const isFile = way.method === 'HEAD' || /\.(csv|pdf)$/.test(way.path)
    if (!isFile && !hasBanner(answer, mode)) return 'has no banner'
    const open = formsToPress(answer).filter(isShut)
    return open.length === 0 ? null : `lets press ${open.join(', ')}`
  })
}

/** Where the forms of a page are sent that have a button to press. */
const formsToPress = ({ html }: Answer) =>
  html
    .querySelectorAll('main form[method="post"]')
    .filter((form) =>
      form
        .querySelectorAll('button')
        .some((button) => !button.hasAttribute('disabled') && !button.closest('fieldset[disabled]')),
    )
    .map((form) => form.getAttribute('action') ?? '')

const hasBanner = ({ text }: Answer, mode: string) =>
  text.includes('action="/console/login-as/end"') && text.includes(mode)

/** What a stay itself writes: that it goes on, what was looked at, and what was refused. */
const ITS_OWN = /^(sessions|login_as|login_as_events|audit_rows|refused_requests)$/
const written = async (before: ReadonlyMap<string, string>) =>
  (await changedSince(before, purser)).filter((table) => !ITS_OWN.test(table))

describe('under ReadOnly Login', () => {
  test.each([
    ['a customer', { balance: 500n, credits: 5n, password: PASSWORD }],
    ['a customer who is OFF', { state: 'OFF' }],
    ['a customer who has not completed the registration', { teamType: 'default' }],
  ] as const)(
    'every page of %s answers, with nothing to press, and looking writes nothing',
    async (_who, facts) => {
      const customer = await makeCustomer(purser.northwind, facts)
      const { staff } = await inside(customer, 'readonly', 'support')
      const before = await tableDigests(purser)
      expect(await pagesMissing(staff, 'ReadOnly Login')).toEqual([])
      expect(await eventRows(purser.northwind, customer, 'login_as.refused')).toEqual([])
      expect(await written(before)).toEqual([])
    },
  )

  test('whatever would change something is refused, written down, and changes nothing', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD, teamType: 'individual' })
    const { staff } = await inside(customer, 'readonly')
    const csrf = await tokenOf(staff, 'console')
    const isWayOut = ({ method, path }: { method: string; path: string }) =>
      method === 'POST' && /^\/console\/(logout|login-as\/end)$/.test(path)
    const ways = [...byEach(routes, ['POST', ...OTHER_METHODS, 'OPTIONS']), ...ODD_SPELLINGS].filter(
      (way) => !isWayOut(way),
    )
    const before = await tableDigests(purser)
    const wrong = await otherwise(ways, async ({ method, path }) => {
      const body = new URLSearchParams({ ...TYPED, csrf })
      const answer = await staff.send(method, addressFor(path), { body, headers: { Origin: purser.url } })
      return answer.status === 403 && wordsOf(answer).includes('change nothing') ? null : seen(answer)
    })
    // PUT and the like to the ways out is no way out: nothing is there.
    expect(
      wrong.filter((line) => !/^(PUT|PATCH|DELETE|OPTIONS) \S+\/(logout|login-as\/end): /.test(line)),
    ).toEqual([])
    expect(await written(before)).toEqual([])
    const refused = await eventRows(purser.northwind, customer, 'login_as.refused')
    expect(refused).toHaveLength(ways.length - wrong.length)
    // The same without a token: that it may change nothing comes first.
    const bare = await staff.post('/console/profile', { name: 'Mallory' })
    expect([bare.status, wordsOf(bare).includes('change nothing')]).toEqual([403, true])
    // Still there, and out by Exit.
    const page = await staff.get('/console')
    expect(page.status).toBe(200)
    const left = await staff.submit(page, {}, { action: '/console/login-as/end' })
    expect(left.location).toBe(`/customers/${customer.id}`)
    expect((await staff.get('/console')).location).toBe('/console/login')
  })
})

/** Ways to write an address of the console that must not lead around the watch. */
const ODD_SPELLINGS = [
  '/Console/Profile',
  '/CONSOLE/PROFILE/EMAIL',
  '/console/profile/',
  '/console/nothing-here',
].map((path) => ({ method: 'POST', path }))

const TYPED = {
  name: 'Mallory',
  email: 'mallory@customer.example',
  current: PASSWORD,
  password: 'zebra lamp river moon',
  version: '1',
  kind: 'individual',
  legalName: 'Mallory',
  addressLine1: '1 Side Street',
  city: 'Berlin',
  postalCode: '10115',
  country: 'DE',
  billingEmail: 'mallory@customer.example',
}

/** What a POST answers under Admin Login. Written by hand: a new address has to be decided on here. */
const UNDER_ADMIN: Readonly<Record<string, 'may' | 'own' | 'leads on'>> = {
  'POST /console/verification': 'may',
  'POST /console/profile': 'may',
  'POST /console/billing-profile': 'may',
  'POST /console/profile/email': 'own',
  'POST /console/password': 'own',
  'POST /console/security/sessions/end': 'own',
  'POST /console/security/sessions/:id/end': 'own',
  'POST /console/security/reset-link': 'own',
  'POST /console/security/proof': 'own',
  'POST /console/security/factors': 'own',
  'POST /console/security/factors/passkeys': 'own',
  'POST /console/security/factors/recovery-codes': 'own',
  'POST /console/security/factors/:id/name': 'own',
  'POST /console/security/factors/:id/removal': 'own',
  'POST /console/login': 'leads on',
  'POST /console/:reseller/login': 'leads on',
  'POST /console/login/choice': 'leads on',
  'POST /console/login/factor': 'leads on',
  'POST /console/forgotten-password': 'leads on',
  'POST /console/login-as/end': 'leads on',
  'POST /console/logout': 'leads on',
}

describe('under Admin Login', () => {
  test('every page answers, and what is the customer’s own cannot be pressed', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 500n, password: PASSWORD })
    await purser.asCustomer(customer)
    const { staff } = await inside(customer, 'admin')
    const isOwn = (action: string) =>
      UNDER_ADMIN[`POST ${action.replace(/sessions\/[^/]+\/end$/, 'sessions/:id/end')}`] === 'own'
    expect(await pagesMissing(staff, 'Admin Login', isOwn)).toEqual([])
    const security = await staff.get('/console/security')
    expect(wordsOf(security)).toContain('Only the customer can change this')
    expect(security.html.querySelectorAll('form[action$="/end"] button[disabled]').length).toBeGreaterThan(1)
  })

  test('it is decided of every form whether it may be sent', () => {
    const posts = routes.filter(({ method }) => method === 'POST').map(nameOf)
    expect(Object.keys(UNDER_ADMIN).sort()).toEqual(posts.sort())
  })

  test('what is the customer’s own is refused and stays as it was', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const theirs = await purser.asCustomer(customer)
    const { staff } = await inside(customer, 'admin')
    const csrf = await tokenOf(staff, 'console')
    const { id: session } = await db().session.findFirstOrThrow({
      where: { customerId: customer.id, loginAsId: null },
    })
    const before = await tableDigests(purser)
    const own = routes.filter((route) => UNDER_ADMIN[nameOf(route)] === 'own')
    const wrong = await otherwise(own, async ({ path }) => {
      const answer = await staff.post(path.replace(':id', session), { ...TYPED, csrf })
      return answer.status === 403 && wordsOf(answer).includes('Only the customer can do this')
        ? null
        : seen(answer)
    })
    expect(wrong).toEqual([])
    expect(await written(before)).toEqual([])
    expect((await theirs.get('/console')).status).toBe(200)
    const { id: actorId } = purser.northwind.staff.admin
    expect(await eventRows(purser.northwind, customer, 'login_as.refused')).toMatchObject(
      own.map(({ path }) => ({
        actorKind: 'staff',
        actorId,
        forCustomerId: customer.id,
        details: { mode: 'admin', method: 'POST', path: path.replace(':id', session) },
      })),
    )
  })

  test('everything else answers as to the customer, and no method but POST does anything', async () => {
    const { staff } = await inside(await makeCustomer(purser.northwind), 'admin')
    const isLast = ({ path }: Route) => /\/(logout|end)$/.test(path)
    const free = routes.filter(
      (route) => ['may', 'leads on'].includes(UNDER_ADMIN[nameOf(route)] ?? '') && !isLast(route),
    )
    const ways = [...free, ...byEach(routes, OTHER_METHODS)]
    const wrong = await otherwise(ways, async (way) => {
      const answer = await enter(staff, way, addressFor(way.path))
      const may = way.method === 'POST' ? [303, 409, 422] : [404]
      return may.includes(answer.status) ? null : seen(answer)
    })
    expect(wrong).toEqual([])
    expect((await staff.get('/console')).status).toBe(200)
  })

  test('profile and billing profile are saved, with both identities on their rows', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { staff } = await inside(customer, 'admin')
    const saved = await staff.submit(
      await staff.get('/console/profile'),
      { name: 'By The Desk' },
      { action: '/profile' },
    )
    const billed = await staff.submit(
      await staff.get('/console/billing-profile'),
      { city: 'Kyoto', postalCode: '10115' },
      { action: '/billing-profile' },
    )
    expect([saved.status, billed.status]).toEqual([303, 303])
    for (const event of ['customer.changed', 'billing_profile.changed']) {
      const rows = await eventRows(purser.northwind, customer, event)
      expect(rows).toMatchObject([
        {
          actorKind: 'staff',
          actorId: purser.northwind.staff.admin.id,
          actorName: purser.northwind.staff.admin.email,
          forCustomerId: customer.id,
        },
      ])
    }
  })
})

describe.each(['readonly', 'admin'] as const)('under %s', (mode) => {
  test('the banner stands on what leads nowhere too', async () => {
    const { staff } = await inside(await makeCustomer(purser.northwind), mode)
    for (const [address, status] of [
      ['/console/enter/a-code-that-is-dead', 410],
      ['/console/nobody/login', 404],
      ['/console/nothing-here', 404],
    ] as const) {
      const answer = await staff.get(address)
      const name = mode === 'admin' ? 'Admin Login' : 'ReadOnly Login'
      expect([address, answer.status, hasBanner(answer, name)]).toEqual([address, status, true])
    }
  })

  test('no rule moves money', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 500n, credits: 5n })
    await inside(customer, mode)
    const actor = await actorIn(purser, customer)
    const facts = { idempotencyKey: 'key-of-a-session', reason: 'courtesy', comment: 'no', note: '' } as const
    const moved = { ...facts, amount: 100n, reference: '', confirmDuplicate: false }
    const before = await tableDigests(purser)
    const tries = [
      async () => refill(actor, customer, moved),
      async () => deduct(actor, customer, moved),
      async () => setCredits(actor, customer, { ...facts, credits: 9n, seen: 5n }),
    ]
    for (const attempt of tries) await expect(attempt()).rejects.toMatchObject({ status: 403 })
    expect(await written(before)).toEqual([])
  })
})
