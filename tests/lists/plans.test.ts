import { afterAll, beforeAll, expect, test } from 'vitest'
import pg from 'pg'
import { KINDS_OF_PERSON } from '../../src/audit/forms.ts'
import { INVITE_STATES } from '../../src/invites/token.ts'
import { THE_SYSTEM } from '../../src/ledger/list/filter.ts'
import { MAIL_STATES } from '../../src/mails/list.ts'
import { customerId, hitsOf } from '../bench/customers.ts'
import { fillReseller } from '../bench/fill.ts'
import { longAccount } from '../bench/postings.ts'
import { type Sent, collectSent, planFaults } from '../support/plans.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { listRoutes } from '../support/routes.ts'
import { addressOf } from '../support/scene.ts'
import { type Visitor, wordsOf } from '../support/visit.ts'

const SIZE = 100_000

const BOUNDS = { pagesMax: 1_000, rowsMax: 25_000 }

/** One of those who were filled in. */
const FILLED = customerId(17)

/** The one with so many entries that adding them up takes time. */
const LONG = customerId(longAccount(SIZE))

let purser: RunningPurser
let owner: pg.Client
let browser: Visitor
beforeAll(async () => {
  purser = await startPurser()
  const { reseller, staff } = purser.northwind
  await fillReseller({
    ...{ ownerUrl: purser.database.ownerUrl, resellerId: reseller.id },
    ...{ staff: [staff.owner, staff.finance], size: SIZE, onProgress: () => {} },
  })
  owner = new pg.Client({
    connectionString: purser.database.ownerUrl,
    options: '-c max_parallel_workers_per_gather=0 -c timezone=UTC',
  })
  await owner.connect()
  for (const statement of BESIDE) {
    await owner.query(statement.replaceAll('{reseller}', reseller.id).replaceAll('{staff}', staff.owner.id))
  }
  browser = await purser.as(staff.owner)
}, 600_000)
afterAll(async () => {
  await owner.end()
  await purser.stop()
})

/** What stands beside the customers and their ledger, in the numbers in which it grows. */
const BESIDE = [
  `insert into mails (reseller_id, id, to_email, customer_id, staff_id, template, values, state, created_at)
   select '{reseller}', gen_random_uuid(), 'somebody@customer.example', case when n % 4 > 0 then c.id end,
          case when n % 4 = 0 then '{staff}'::uuid end, 'customer.welcome', '{}', case when n % 1000 = 0 then 'failed' else 'sent' end::mail_state,
          c.registered_at + interval '1 day'
   from (select id, registered_at, row_number() over (order by id) as n from customers where reseller_id = '{reseller}') c`,
  `insert into invites (reseller_id, id, kind, email, tags, max_uses, uses, staff_id, staff_name, created_at, expires_at)
   select '{reseller}', gen_random_uuid(), 'single', 'guest' || n || '@customer.example', '{vip}', 1, n % 2, '{staff}', 'The owner',
          '2022-01-01'::timestamptz + n * interval '1 hour', '2022-01-08'::timestamptz + n * interval '1 hour'
   from generate_series(1, 30000) n`,
  'analyze',
]

/** The values of each filter: common, rare, and none. */
const CUSTOMERS = {
  q: ['', 'gmail', 'szymanska', 'quillfeather', 'nobody-at-all', 'an'],
  state: ['', 'OFF'],
  type: ['', 'default', 'enterprise'],
  tag: ['', 'lead', 'segment 01'],
  sort: ['', 'email', '-balance'],
}

/** Each value of each filter, in each order, with each value of each other one. */
function pairsOf(filters: Record<string, string[]>): string[] {
  const names = Object.keys(filters)
  const address = (query: Record<string, string>) =>
    new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString()
  const found = names.flatMap((one) =>
    names
      .filter((other) => other > one)
      .flatMap((other) =>
        (filters[one] ?? []).flatMap((value) =>
          (filters[other] ?? []).flatMap((second) =>
            (filters.sort ?? ['']).map((sort) => address({ sort, [one]: value, [other]: second })),
          ),
        ),
      ),
  )
  return [...new Set(found)]
}

/** The statements that these addresses send. */
async function sentBy(addresses: readonly string[]): Promise<Sent[]> {
  const { sent, stop } = collectSent()
  try {
    for (const address of addresses) {
      const answer = await browser.get(address)
      expect([address, answer.status]).toEqual([address, expect.toSatisfy((status) => status < 500)])
    }
  } finally {
    stop()
  }
  return sent
}

/** Every statement that does what none may, with what that is. */
async function faultsOf(addresses: readonly string[]): Promise<string[]> {
  const sent = await sentBy(addresses)
  const faults: string[] = []
  for (const one of sent) {
    const found = await planFaults(owner, one, BOUNDS)
    if (found && found.length > 0)
      faults.push(`${found.join(', ')}: ${one.text} ${JSON.stringify(one.values)}`)
  }
  return faults
}

test('each filter of the customer list, each pair, in each order', async () => {
  expect(await faultsOf(pairsOf(CUSTOMERS).map((query) => `/customers?${query}`))).toEqual([])
})

test('in a long list, what is everywhere is not counted, and what an index knows is', async () => {
  const says = async (q: string) => wordsOf(await browser.get(`/customers?q=${q}`))
  expect(await says('gmail')).toContain('More than 50 customers')
  expect(await says('szymanska')).toContain(`${hitsOf('szymanska', SIZE)} customers`)
})

test('the activity, mails, invites, logins as customers and approvals by each of their filters', async () => {
  const { staff } = purser.northwind
  const people = [...KINDS_OF_PERSON, staff.owner.id, staff.auditor.id]
  const events = ['customer.created', 'balance.refilled', 'reseller.test_mail_sent']
  const customers = [FILLED, 'nobody-at-all', 'an']
  const lists = {
    audit: { person: ['', ...people], event: ['', ...events], customer: ['', ...customers] },
    mails: { state: ['', ...MAIL_STATES], customer: ['', ...customers] },
    'login-as': { staff: ['', staff.owner.id], customer: ['', ...customers] },
    invites: { state: ['', ...INVITE_STATES], q: ['', 'guest77', 'szymanska', 'nobody-at-all', 'an'] },
    approvals: { state: ['', 'waiting', 'decided'], customer: ['', ...customers] },
  }
  const addresses = Object.entries(lists).flatMap(([name, filters]) =>
    pairsOf(filters).map((query) => `/${name}?${query}`),
  )
  expect(await faultsOf(addresses)).toEqual([])
})

test('the ledger by each of its filters, of all customers and of the one with a long account', async () => {
  const { staff } = purser.northwind
  const filters = {
    kind: ['', 'charge', 'deduction', 'reversal'],
    staff: ['', THE_SYSTEM, staff.owner.id, staff.auditor.id],
    channel: ['', 'card', 'cash'],
    reason: ['', 'payment_received', 'contract'],
    account: ['', 'CREDITS'],
    reference: ['', 'nobody-at-all'],
    min: ['', '1000000'],
  }
  const ofOne = Object.entries(filters).flatMap(([name, values]) => values.map((value) => `${name}=${value}`))
  const addresses = [
    ...pairsOf(filters).map((query) => `/ledger?${query}`),
    ...ofOne.map((query) => `/customers/${LONG}/ledger?${query}`),
  ]
  expect(await faultsOf(addresses)).toEqual([])
})

test('every page', async () => {
  const pages = listRoutes(purser.services).filter(
    ({ method, path }) => method === 'GET' && !/^\/console|\.(csv|pdf|js|css|svg)$|^\/readyz|\*/.test(path),
  )
  const addresses: string[] = []
  for (const { path } of pages) {
    addresses.push(await addressOf(purser, purser.northwind, path))
    if (path.startsWith('/customers/:id'))
      addresses.push(path.replace(':id', FILLED).replaceAll(/:\w+/g, 'none'))
  }
  addresses.push(`/customers/${LONG}`, `/customers/${LONG}/billing`)
  const teams = ['szymanska', 'nobody-at-all', 'an', 'a'].map((q) => `/customers/${FILLED}/team?q=${q}`)
  expect(await faultsOf([...addresses, ...teams])).toEqual([])
})

test('a filter without its index is noticed', async () => {
  await owner.query('drop index customer_search_reseller_id_type_state_registered_at_id_idx')
  expect(await faultsOf(['/customers?type=individual'])).not.toEqual([])
})
