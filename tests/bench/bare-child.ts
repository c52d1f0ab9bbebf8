// The bare server: the least that can answer the measured requests from the same PostgreSQL. node:http, prepared statements through pg and
// strings, with a session that is looked up for each page. What the portal does beyond that (roles, tenants, forms, translation, the
// audit log, the hash chain) is not here; the portal is measured as a share of it.
import http from 'node:http'
import { randomBytes } from 'node:crypto'
import argon2 from 'argon2'
import pg from 'pg'

/** Every column stays the text that PostgreSQL sent. */
const asSent = { getTypeParser: () => (value: string) => value }
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10, types: asSent })

type Row = Record<string, string>

const ROWS_IN_A_PAGE = 50
const NEWEST = `order by registered_at desc, id desc limit ${ROWS_IN_A_PAGE}`
const COLUMNS_OF_A_ROW =
  'c.id, c.email, t.name as team, t.type, t.balance, t.credits, c.company, c.state, c.tag, c.registered_at'
const WITH_TEAM = `select ${COLUMNS_OF_A_ROW} from bare.customers c join bare.teams t on t.id = c.team_id`
const NEWEST_WITH_TEAM = `order by c.registered_at desc, c.id desc limit ${ROWS_IN_A_PAGE}`
const STATEMENTS = {
  session: 'select email, csrf from bare.sessions where id = $1 and expires_at > now()',
  list: `${WITH_TEAM} ${NEWEST_WITH_TEAM}`,
  after: `${WITH_TEAM} where (c.registered_at, c.id) < ($1, $2) ${NEWEST_WITH_TEAM}`,
  // The rows are picked before their teams are looked up.
  search: `
    select ${COLUMNS_OF_A_ROW} from (select * from bare.customers where email ilike $1 or company ilike $1 ${NEWEST}) c
    join bare.teams t on t.id = c.team_id order by c.registered_at desc, c.id desc`,
  filter: `${WITH_TEAM} where c.state = $1 and t.type = $2 and c.tag = $3 ${NEWEST_WITH_TEAM}`,
  customer: `${WITH_TEAM} where c.id = $1`,
  entries: `
    select * from bare.ledger where team_id = (select team_id from bare.customers where id = $1) order by id desc limit 20`,
  refill: 'select bare.refill($1, $2, $3, $4)',
  person: 'select password_hash from bare.people where email = $1',
  login: `insert into bare.sessions values ($1, $2, $3, now() + interval '1 day')`,
}

async function ask(name: keyof typeof STATEMENTS, values: unknown[]): Promise<Row[]> {
  // A search is planned for its word: few hits and many want different plans.
  const statement = name === 'search' ? { text: STATEMENTS[name] } : { name, text: STATEMENTS[name] }
  return (await pool.query<Row>({ ...statement, values })).rows
}

const SPECIAL = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text = '') => text.replace(/[&<>"']/g, (sign) => SPECIAL[sign as keyof typeof SPECIAL])
const money = (minor = '0') => `${minor.slice(0, -2) || '0'}.${minor.slice(-2).padStart(2, '0')}`

const document = (title: string, main: string) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body>${main}</body></html>`

const COLUMNS = [
  'E-mail',
  'Team',
  'Type',
  'ID',
  'Balance',
  'Credits',
  'Company',
  'State',
  'Tag',
  'Registered',
]

function listPage(rows: readonly Row[]): string {
  const lines = rows.map(
    (row) =>
      `<tr><td><a href="/customers/${row.id}">${escaped(row.email)}</a></td><td>${escaped(row.team)}</td><td>${row.type}</td>` +
      `<td>${row.id}</td><td>${money(row.balance)}</td><td>${money(row.credits)}</td><td>${escaped(row.company)}</td>` +
      `<td>${row.state}</td><td>${escaped(row.tag)}</td><td>${row.registered_at?.slice(0, 19)}</td></tr>`,
  )
  const last = rows.at(-1)
  const next = last
    ? `<a href="/customers?after=${encodeURIComponent(`${last.registered_at}~${last.id}`)}">Next</a>`
    : ''
  const filters = ['q', 'state', 'type', 'tag'].map((name) => `<input name="${name}">`).join('')
  const head = COLUMNS.map((name) => `<th>${name}</th>`).join('')
  const table = `<table><thead><tr>${head}</tr></thead><tbody>${lines.join('')}</tbody></table>`
  return document('Customers', `<form>${filters}<button>Search</button></form>${table}${next}`)
}

function customerPage(customer: Row, entries: readonly Row[], csrf: string): string {
  const facts = Object.entries(customer).map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`)
  const lines = entries.map(
    (entry) =>
      `<tr><td>${entry.at?.slice(0, 19)}</td><td>${entry.kind}</td><td>${money(entry.amount)}</td><td>${money(entry.after)}</td>` +
      `<td>${escaped(entry.author)}</td><td>${escaped(entry.note)}</td></tr>`,
  )
  const form =
    `<form method="post"><input type="hidden" name="csrf" value="${csrf}">` +
    `<input name="amount"><input name="reference"><button>Refill</button></form>`
  const table = `<table>${lines.join('')}</table>`
  return document(
    escaped(customer.email),
    `<h1>${escaped(customer.email)}</h1><dl>${facts.join('')}</dl>${form}${table}`,
  )
}

const LOGIN = document(
  'Log in',
  '<form method="post" action="/login"><input name="email"><input name="password" type="password"><button>Log in</button></form>',
)

interface Reply {
  status: number
  html?: string
  headers?: Record<string, string>
}

const seeOther = (location: string, cookie?: string): Reply => ({
  status: 303,
  headers: { Location: location, ...(cookie && { 'Set-Cookie': cookie }) },
})

async function reply(req: http.IncomingMessage): Promise<Reply> {
  const [path = '', query = ''] = (req.url ?? '').split('?')
  if (path === '/login')
    return req.method === 'POST' ? logIn(await formOf(req)) : { status: 200, html: LOGIN }
  const sessionId = /(?:^|; )bare=(\w+)/.exec(req.headers.cookie ?? '')?.[1]
  const [session] = sessionId ? await ask('session', [sessionId]) : []
  if (!session) return seeOther('/login')
  if (path === '/customers') return { status: 200, html: listPage(await find(new URLSearchParams(query))) }
  const team = /^\/teams\/(\d+)\/refills$/.exec(path)?.[1]
  if (team) return req.method === 'POST' ? refill(team, await formOf(req), session) : { status: 404 }
  const id = /^\/customers\/(\d+)$/.exec(path)?.[1]
  if (!id) return { status: 404 }
  const [[customer], entries] = await Promise.all([ask('customer', [id]), ask('entries', [id])])
  return customer
    ? { status: 200, html: customerPage(customer, entries, session.csrf ?? '') }
    : { status: 404 }
}

function find(asked: URLSearchParams): Promise<Row[]> {
  const word = asked.get('q')
  if (word) return ask('search', [`%${word.replace(/[\\%_]/g, '\\$&')}%`])
  const after = asked.get('after')
  if (after) return ask('after', after.split('~'))
  const filter = ['state', 'type', 'tag'].map((name) => asked.get(name))
  return filter.every(Boolean) ? ask('filter', filter) : ask('list', [])
}

async function logIn(form: URLSearchParams): Promise<Reply> {
  const email = form.get('email')
  const [person] = await ask('person', [email])
  const fits = person && (await argon2.verify(person.password_hash ?? '', form.get('password') ?? ''))
  if (!fits) return { status: 422, html: LOGIN }
  const id = randomBytes(16).toString('hex')
  await ask('login', [id, email, randomBytes(16).toString('hex')])
  return seeOther('/customers', `bare=${id}; HttpOnly; SameSite=Lax; Path=/`)
}

async function refill(team: string, form: URLSearchParams, session: Row): Promise<Reply> {
  if (form.get('csrf') !== session.csrf) return { status: 403 }
  const amount = Math.round(Number(form.get('amount')) * 100)
  if (!(Number.isSafeInteger(amount) && amount > 0)) return { status: 422 }
  const [posted] = await ask('refill', [team, amount, session.email, form.get('reference') ?? ''])
  return posted?.refill ? seeOther('/customers') : { status: 404 }
}

async function formOf(req: http.IncomingMessage): Promise<URLSearchParams> {
  let body = ''
  for await (const part of req.setEncoding('utf8')) body += part
  return new URLSearchParams(body)
}

const server = http.createServer((req, res) => {
  const answer = (said: Reply) => {
    const { status, html = '', headers } = said
    const length = Buffer.byteLength(html)
    res
      .writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': length, ...headers })
      .end(html)
  }
  reply(req).then(answer, (error: unknown) => {
    console.error(error)
    answer({ status: 500 })
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
})
// It ends with whoever started it.
process.once('disconnect', () => process.exit())
