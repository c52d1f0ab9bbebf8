import http from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Route, listRoutes } from '../support/routes.ts'
import { addressOf, fillIn } from '../support/scene.ts'
import { type Visitor, tokenOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
let token: string
let routes: Route[]
/** One address for each route, with something of northwind's in it. */
let addresses: Map<Route, string>

beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
  token = await tokenOf(owner)
  // Logging out would end the sweep.
  routes = listRoutes(purser.services).filter(({ path }) => path !== '/logout')
  addresses = new Map()
  for (const route of routes) addresses.set(route, await addressOf(purser, purser.northwind, route.path))
})
afterAll(() => purser.stop())

interface Raw {
  method: string
  path: string
  type?: string
  body?: string | Buffer
  headers?: Record<string, string>
}

/** Sends an address and a body byte for byte: fetch would tidy them up first. */
function send({
  method,
  path,
  type,
  body = '',
  headers = {},
}: Raw): Promise<{ status: number; text: string }> {
  const { hostname, port, origin } = new URL(purser.url)
  const cookie = [...owner.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        hostname,
        port,
        method,
        path,
        headers: {
          Accept: 'text/html',
          Cookie: cookie,
          Origin: origin,
          'Content-Length': Buffer.byteLength(body),
          ...(type && { 'Content-Type': type }),
          ...headers,
        },
      },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
        )
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

/** What went wrong with one request: a bug's page, or what belongs into the log alone. */
async function complaint(raw: Raw): Promise<string[]> {
  const { status, text } = await send(raw)
  const shown = `${raw.method} ${raw.path.slice(0, 120)} ${raw.body?.toString().slice(0, 60) ?? ''}`
  if (status >= 500 || status === 0) return [`${shown}: ${status}`]
  const leak = /node_modules|\n\s+at |\.ts:\d+|prisma|pg_|SQLSTATE|syntax error/i.exec(text)
  return leak ? [`${shown}: tells ${JSON.stringify(leak[0])}`] : []
}

/** One complaint for each address and status is enough to read. */
async function complaints(all: readonly Raw[]): Promise<string[]> {
  const said = new Map<string, string>()
  for (const raw of all) {
    for (const one of await complaint(raw)) {
      const key = `${raw.method} ${raw.path.split('?')[0]} ${one.split(': ').at(-1)}`
      if (!said.has(key)) said.set(key, one)
    }
  }
  return [...said.values()]
}

const FORM = 'application/x-www-form-urlencoded'
const UNFIT_IDS = [
  '%00',
  'AAAAAAAAA%00',
  '..%2f..%2fetc%2fpasswd',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'a'.repeat(300),
  '%ED%A0%80',
  '%E0%A4%A',
  '%',
  '%f0%9f%92%a9',
  "'%20or%201=1--",
  '00000000-0000-0000-0000-000000000000',
  'undefined',
  '-1',
  '1e9',
  '%7B%22not%22:null%7D',
]

describe('ids that nobody was given', () => {
  test.each(['GET', 'POST'] as const)('%s', async (method) => {
    const withId = routes.filter((route) => route.method === method && route.path.includes(':'))
    const body = method === 'POST' ? { type: FORM, body: `csrf=${token}` } : {}
    const all = withId.flatMap(({ path }) =>
      UNFIT_IDS.map((id) => ({ method, path: fillIn(path, id), ...body })),
    )
    expect(await complaints(all)).toEqual([])
  })

  test('are not found', async () => {
    const unfit = UNFIT_IDS.filter((id) => !id.includes('/') && !/^(%|%E0%A4%A)$/.test(id))
    const found: string[] = []
    for (const { path } of routes.filter(
      ({ method, path }) => method === 'GET' && path === '/customers/:id',
    )) {
      for (const id of unfit) {
        const { status } = await send({ method: 'GET', path: fillIn(path, id) })
        if (status !== 404 && status !== 400) found.push(`${id}: ${status}`)
      }
    }
    expect(found).toEqual([])
  })
})

/** What addresses may say (design 9); every other page gets all of these names at once. */
const QUERIES: Readonly<Record<string, string>> = {
  '/login': 'next',
  '/setup': 'token',
  '/customers': 'q state type tag sort after before',
  '/customers/export.csv': 'q state type tag sort',
  '/customers/new': 'q teamId',
  '/customers/:id/team': 'q',
  '/customers/:id/billing': 'from to after before',
  '/customers/:id/billing/statement.csv': 'from to',
  '/customers/:id/grants': 'after before',
  '/customers/:id/grants/:grantId': 'after before',
  '/audit': 'person customer deed from to after before',
  '/audit/export.csv': 'person customer deed from to',
  '/mails': 'state customer after before',
}
const ALL_NAMES = [...new Set(Object.values(QUERIES).join(' ').split(' '))]
const UNFIT_VALUES = [
  '%00',
  '%ED%A0%80',
  '%E0%A4%A',
  '%',
  '__proto__',
  'constructor',
  '-__proto__',
  'a'.repeat(900),
  '%F0%9F%92%A9',
  "';drop%20table%20customers;--",
  '%25%5F%5C',
  '-1',
  '99999999999999999999999999',
  '2026-13-45',
  '0000-00-00',
  '275761-01-01',
  Buffer.from('AAAAAAAAAA\0').toString('base64url'),
  Buffer.from('AAAAAAAAAA9999999999999999999').toString('base64url'),
  Buffer.from('AAAAAAAAAA+275760-09-13T00:00:00.000Z').toString('base64url'),
]

test('queries that nobody means', { timeout: 120_000 }, async () => {
  const shapes = (name: string) => [
    `${name}[]=`,
    `${name}=a&${name}=b`,
    `${name}[not]=a`,
    `${name}[__proto__]=a`,
    name,
  ]
  const odd = ['__proto__[a]=b', 'constructor=a', '&&&===', '?', '%00=%00', '%ED%A0%80=1', ...shapes('q')]
  const all = routes
    .filter(({ method }) => method === 'GET')
    .flatMap((route) => {
      const names = QUERIES[route.path]?.split(' ')
      const queries = names
        ? names.flatMap((name) => [...UNFIT_VALUES.map((value) => `${name}=${value}`), ...shapes(name)])
        : UNFIT_VALUES.map((value) => ALL_NAMES.map((name) => `${name}=${value}`).join('&'))
      return [...queries, ...odd].map((query) => ({
        method: 'GET',
        path: `${addresses.get(route)}?${query}`,
      }))
    })
  expect(await complaints(all)).toEqual([])
})

/** Every field of every form (design 9). */
const FIELDS =
  `email password token reseller slug currency timeZone locale name address supportEmail sendsMail version phone
  externalReference teamName teamId idempotencyKey amount reason comment note channel reference confirmDuplicate seen credits tags
  colour into message kind legalName companyName taxId addressLine1 addressLine2 city region postalCode country billingEmail current
  role next description effectiveAt category expiresOn`.split(/\s+/)

const each = (write: (field: string) => string) => FIELDS.map(write).join('&')

const UNFIT_BODIES: Readonly<Record<string, () => Omit<Raw, 'method' | 'path'>>> = {
  'each field twice': () => ({
    type: FORM,
    body: `csrf=${token}&${each((field) => `${field}=a&${field}=b`)}`,
  }),
  'each field as a list': () => ({ type: FORM, body: `csrf=${token}&${each((field) => `${field}[]=a`)}` }),
  'each field as an object': () => ({
    type: FORM,
    body: `csrf=${token}&${each((field) => `${field}[not]=a`)}`,
  }),
  'NUL in each field': () => ({ type: FORM, body: `csrf=${token}&${each((field) => `${field}=a%00b`)}` }),
  'lone surrogates in each field': () => ({
    type: FORM,
    body: `csrf=${token}&${each((field) => `${field}=%ED%A0%80`)}`,
  }),
  'broken percent signs': () => ({
    type: FORM,
    body: `csrf=${token}&${each((field) => `${field}=%E0%A4%A%`)}`,
  }),
  'long values': () => ({
    type: FORM,
    body: `csrf=${token}&${each((field) => `${field}=${'9'.repeat(900)}`)}`,
  }),
  'right-to-left marks and control characters': () => ({
    type: FORM,
    body: `csrf=${token}&${each((field) => `${field}=%E2%80%AE%01%1B%5B`)}`,
  }),
  'names of the prototype': () => ({
    type: FORM,
    body: `csrf=${token}&__proto__=a&constructor=b&__proto__[x]=c&toString=d&hasOwnProperty=e`,
  }),
  'a thousand parameters': () => ({ type: FORM, body: `csrf=${token}&${'a=b&'.repeat(1000)}` }),
  'a megabyte': () => ({ type: FORM, body: `csrf=${token}&comment=${'a'.repeat(1_000_000)}` }),
  nothing: () => ({ type: FORM, body: '' }),
  'JSON instead of a form': () => ({
    type: 'application/json',
    body: JSON.stringify({ csrf: token, email: {} }),
  }),
  'a multipart body': () => ({
    type: 'multipart/form-data; boundary=x',
    body: `--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n${token}\r\n--x--`,
  }),
  'no content type': () => ({ body: `csrf=${token}` }),
  'an unknown charset': () => ({ type: `${FORM}; charset=klingon`, body: `csrf=${token}` }),
  'a charset of two bytes': () => ({
    type: `${FORM}; charset=utf-16le`,
    body: Buffer.from('csrf=a', 'utf16le'),
  }),
  'gzip that is none': () => ({ type: FORM, body: 'csrf=a', headers: { 'Content-Encoding': 'gzip' } }),
  'an unknown encoding': () => ({ type: FORM, body: 'csrf=a', headers: { 'Content-Encoding': 'x-lzma' } }),
}

describe('bodies that no form sends', () => {
  test.each(Object.keys(UNFIT_BODIES))('%s', async (name) => {
    const sent = UNFIT_BODIES[name]?.()
    const posts = routes.filter(({ method }) => method === 'POST')
    const all = posts.map((route) => ({ method: 'POST', path: addresses.get(route) ?? '', ...sent }))
    expect(await complaints(all)).toEqual([])
  })

  test('a method that no page uses', async () => {
    const methods = ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']
    const all = routes.flatMap((route) =>
      methods.map((method) => ({
        method,
        path: addresses.get(route) ?? '',
        type: FORM,
        body: `csrf=${token}`,
      })),
    )
    expect(await complaints(all)).toEqual([])
  })

  test('the parts before the body: cookies, languages and agents', async () => {
    const { origin } = new URL(purser.url)
    const headers: Record<string, string>[] = [
      { Cookie: 'purser-portal=s%3Aabc.def; purser-flash=s%3A{}.x; purser-csrf=%00' },
      { Cookie: 'purser-portal=%E0%A4%A; purser-flash=j%3A{"a":1}' },
      { Cookie: `purser-portal=${'a'.repeat(4000)}` },
      { 'X-Requested-With': 'purser-dialog' },
      { Origin: 'not an origin' },
      { Origin: `${origin}, ${origin}` },
      { Accept: 'application/json', 'User-Agent': '\u0001' },
      {
        'X-Forwarded-For': "' or 1=1",
        'X-Forwarded-Host': 'elsewhere.example',
        'X-Forwarded-Proto': 'gopher',
      },
    ].map((given) =>
      Object.fromEntries(Object.entries(given).filter(([, value]) => /^[\x20-\x7e]*$/.test(value))),
    )
    const all = routes.flatMap((route) =>
      headers.map((given) => ({ method: route.method, path: addresses.get(route) ?? '', headers: given })),
    )
    expect(await complaints(all)).toEqual([])
  })
})

test('after all that, the owner is still logged in and the house stands', async () => {
  expect((await owner.get('/customers')).status).toBe(200)
  expect((await owner.get('/readyz')).text).toContain('"ready":true')
})
