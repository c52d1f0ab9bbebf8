import http from 'node:http'
import { fieldNames } from './fields.ts'
import type { Visitor } from './visit.ts'

/** A request written by hand, byte for byte. */
export interface Raw {
  method: string
  path: string
  type?: string
  body?: string | Buffer
  headers?: Record<string, string>
}

/** Sends it with this browser's cookies, but not through fetch, which would tidy it up first. */
export function send(
  { url, cookies }: Visitor,
  { method, path, type, body = '', headers = {} }: Raw,
): Promise<{ status: number; text: string }> {
  const { hostname, port, origin } = new URL(url)
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        hostname,
        port,
        method,
        path,
        headers: {
          Accept: 'text/html',
          Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
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

/** What went wrong with these requests: a bug's page, or what belongs into the log alone. One line for each address and fault. */
export async function complaints(browser: Visitor, all: readonly Raw[]): Promise<string[]> {
  const said = new Map<string, string>()
  for (const raw of all) {
    const fault = faultOf(await send(browser, raw))
    const key = `${raw.method} ${raw.path.split('?')[0]} ${fault}`
    const shown = `${raw.method} ${raw.path.slice(0, 120)} ${raw.body?.toString().slice(0, 60) ?? ''}`
    if (fault && !said.has(key)) said.set(key, `${shown}: ${fault}`)
  }
  return [...said.values()]
}

/** What is drawn at random may spell anything. */
const DRAWN = /[\w-]{43,}/g

function faultOf({ status, text }: { status: number; text: string }): string | null {
  if (status >= 500 || status === 0) return String(status)
  const leak = /node_modules|\n\s+at |\.ts:\d+|prisma|pg_|SQLSTATE|syntax error/i.exec(
    text.replaceAll(DRAWN, ''),
  )
  return leak && `tells ${JSON.stringify(leak[0])}`
}

/** In the place of an id in an address. */
export const UNFIT_IDS = [
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

/** What addresses may say; every other page gets all of these names at once. */
const QUERIES: Readonly<Record<string, string>> = {
  '/login': 'next',
  '/setup': 'token',
  '/customers': 'q state type tag sort after before',
  '/customers/export.csv': 'q state type tag sort',
  '/customers/new': 'q teamId',
  '/customers/:id/team': 'q',
  '/customers/:id/billing': 'from to after before',
  '/customers/:id/billing/statement.csv': 'from to',
  '/customers/:id/billing/statement.pdf': 'from to',
  '/customers/:id/login-as': 'mode',
  '/teams/:id': 'after before',
  '/invites': 'after before',
  '/invites/:id': 'after before',
  '/customers/:id/grants': 'after before',
  '/customers/:id/grants/:grantId': 'after before',
  '/ledger': 'account kind reason staff channel reference from to min max after before',
  '/ledger/export.csv': 'account kind reason staff channel reference from to min max',
  '/customers/:id/ledger': 'account kind from to min max after before',
  '/audit': 'person customer event from to after before',
  '/audit/export.csv': 'person customer event from to',
  '/mails': 'state customer after before',
  '/console/login': 'next',
  '/console/:reseller/login': 'next',
  '/console/login/choice': 'next',
  '/console/forgotten-password': 'reseller',
  '/console/billing': 'from to after before',
  '/console/billing/statement.csv': 'from to',
  '/console/billing/statement.pdf': 'from to',
  '/console/security': 'after',
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
  '00000000-0000-0000-0000-000000000000',
  Buffer.from('AAAAAAAAAA\0').toString('base64url'),
  Buffer.from('AAAAAAAAAA9999999999999999999').toString('base64url'),
  Buffer.from('AAAAAAAAAA+275760-09-13T00:00:00.000Z').toString('base64url'),
]

/** Queries that nobody means, for the page at this address. */
export function unfitQueries(path: string): string[] {
  const shapes = (name: string) => [
    `${name}[]=`,
    `${name}=a&${name}=b`,
    `${name}[not]=a`,
    `${name}[__proto__]=a`,
    name,
  ]
  const odd = ['__proto__[a]=b', 'constructor=a', '&&&===', '?', '%00=%00', '%ED%A0%80=1', ...shapes('q')]
  const names = QUERIES[path]?.split(' ')
  const meant = names
    ? names.flatMap((name) => [...UNFIT_VALUES.map((value) => `${name}=${value}`), ...shapes(name)])
    : UNFIT_VALUES.map((value) => ALL_NAMES.map((name) => `${name}=${value}`).join('&'))
  return [...meant, ...odd]
}

const each = (write: (field: string) => string) => fieldNames().map(write).join('&')

export const FORM = 'application/x-www-form-urlencoded'

/** Bodies that no form sends, by what is odd in them. Each is given a good token. */
export const UNFIT_BODIES: Readonly<Record<string, (token: string) => Omit<Raw, 'method' | 'path'>>> = {
  'each field twice': (token) =>
    form(
      token,
      each((field) => `${field}=a&${field}=b`),
    ),
  'each field as a list': (token) =>
    form(
      token,
      each((field) => `${field}[]=a`),
    ),
  'each field as an object': (token) =>
    form(
      token,
      each((field) => `${field}[not]=a`),
    ),
  'NUL in each field': (token) =>
    form(
      token,
      each((field) => `${field}=a%00b`),
    ),
  'lone surrogates in each field': (token) =>
    form(
      token,
      each((field) => `${field}=%ED%A0%80`),
    ),
  'broken percent signs': (token) =>
    form(
      token,
      each((field) => `${field}=%E0%A4%A%`),
    ),
  'long values': (token) =>
    form(
      token,
      each((field) => `${field}=${'9'.repeat(900)}`),
    ),
  'right-to-left marks and control characters': (token) =>
    form(
      token,
      each((field) => `${field}=%E2%80%AE%01%1B%5B`),
    ),
  'names of the prototype': (token) =>
    form(token, '__proto__=a&constructor=b&__proto__[x]=c&toString=d&hasOwnProperty=e'),
  'a thousand parameters': (token) => form(token, 'a=b&'.repeat(1000)),
  'a megabyte': (token) => form(token, `comment=${'a'.repeat(1_000_000)}`),
  nothing: () => ({ type: FORM, body: '' }),
  'JSON instead of a form': (token) => ({
    type: 'application/json',
    body: JSON.stringify({ csrf: token, email: {} }),
  }),
  'a multipart body': (token) => ({
    type: 'multipart/form-data; boundary=x',
    body: `--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n${token}\r\n--x--`,
  }),
  'no content type': (token) => ({ body: `csrf=${token}` }),
  'an unknown charset': (token) => ({ type: `${FORM}; charset=klingon`, body: `csrf=${token}` }),
  'a charset of two bytes': () => ({
    type: `${FORM}; charset=utf-16le`,
    body: Buffer.from('csrf=a', 'utf16le'),
  }),
  'gzip that is none': () => ({ type: FORM, body: 'csrf=a', headers: { 'Content-Encoding': 'gzip' } }),
  'an unknown encoding': () => ({ type: FORM, body: 'csrf=a', headers: { 'Content-Encoding': 'x-lzma' } }),
}

const form = (token: string, fields: string) => ({ type: FORM, body: `csrf=${token}&${fields}` })

/** What comes before a body, as no browser of ours sends it. */
export function unfitHeaders(origin: string): Record<string, string>[] {
  return [
    ...['portal', 'console'].flatMap((place) =>
      [
        `purser-${place}=s%3Aabc.def; purser-${place}-flash=s%3A{}.x; purser-${place}-csrf=%00`,
        `purser-${place}=%E0%A4%A; purser-${place}-flash=j%3A{"a":1}`,
        `purser-${place}=j%3A{"a":1}`,
        `purser-${place}=${'a'.repeat(4000)}`,
        `purser-${place}-csrf=j%3A{"a":1}`,
      ].map((cookie) => ({ Cookie: cookie })),
    ),
    { Cookie: 'purser-console-choice=j%3A{"a":1}' },
    { Cookie: `purser-console-choice=9999999999999.${'AAAAAAAA:AAAAAAAAAA,'.repeat(2)}.${'a'.repeat(43)}` },
    { 'X-Requested-With': 'purser-dialog' },
    { Origin: 'not an origin' },
    { Origin: `${origin}, ${origin}` },
    { Accept: 'application/json', 'User-Agent': '~'.repeat(4000) },
    {
      'X-Forwarded-For': "' or 1=1",
      'X-Forwarded-Host': 'elsewhere.example',
      'X-Forwarded-Proto': 'gopher',
    },
  ]
}
