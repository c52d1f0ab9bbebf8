import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, tokenOf, wordsOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

/** Whose list row says something else than the facts of today. */
async function behind() {
  const { rows } = await purser.owner.pool.query<{ email: string }>(
    `select c.email from customers c
     join teams t on t.reseller_id = c.reseller_id and t.id = c.team_id
     left join billing_profiles b on b.reseller_id = t.reseller_id and b.id = t.id
     left join customer_list_rows l on l.reseller_id = c.reseller_id and l.id = c.id
     where (l.team_name, l.team_type, l.team_owner_id, l.has_profile, l.company_name) is distinct from (
         t.name, t.type, t.owner_customer_id, b.id is not null, case t.type when 'enterprise' then b.company_name end)
       or array(select g.id from tags g where g.reseller_id = c.reseller_id and g.id = any (l.tag_ids) order by g.id) <>
         array(select w.tag_id from customer_tags w where w.reseller_id = c.reseller_id and w.customer_id = c.id order by w.tag_id)`,
  )
  return rows.map(({ email }) => email)
}

async function submit(path: string, fields: Record<string, string>, action?: string) {
  const answer = await owner.submit(await owner.get(path), fields, action ? { action } : {})
  expect(answer.status, wordsOf(answer)).toBe(303)
}

/** Sends a form of a customer's without the page that it stands on. */
async function send(path: string, fields: Record<string, string>) {
  const answer = await owner.post(path, { csrf: await tokenOf(owner), ...fields })
  expect(answer.status, wordsOf(answer)).toBe(303)
}

/** What the list shows of a customer. */
async function shown({ email }: { email: string }) {
  const page = await owner.get(`/customers?q=${encodeURIComponent(email)}`)
  return page.html.querySelector('table.customers tbody tr')?.textContent.replace(/\s+/g, ' ') ?? ''
}

/** Puts a tag on a customer by a statement of its own, in the connection's transaction if there is one. */
const TAG = `insert into customer_tags (reseller_id, customer_id, tag_id)
  select reseller_id, $1, id from tags where reseller_id = $2 and key = $3`

async function makeTag(name: string) {
  await purser.owner.pool.query(
    `insert into tags (reseller_id, id, name, key, colour) values ($1, gen_random_uuid(), $2, $2, 'blue')`,
    [purser.northwind.reseller.id, name],
  )
}

test('nobody of the demo is behind', async () => {
  expect(await behind()).toEqual([])
})

test('a new team name, a company, another team and tags are in the list at once, for everybody of the team', async () => {
  const first = await makeCustomer(purser.northwind)
  const second = await makeCustomer(purser.northwind)
  await send(`/customers/${second.id}/team`, { teamId: first.teamId })
  await send(`/customers/${first.id}/team`, { teamName: 'Harbor Lights' })
  expect(await shown(second)).toContain('Harbor Lights')
  await submit(`/customers/${first.id}/billing/profile`, {
    ...{ kind: 'enterprise', legalName: 'Harbor Lights Ltd', companyName: 'Harbor Works', country: 'DE' },
    ...{ addressLine1: '1 Quay', city: 'Kiel', postalCode: '24103', billingEmail: 'pay@harbor.example' },
  })
  expect(await shown(second)).toContain('Harbor Works')
  await submit(`/customers/${second.id}/tags`, { tags: 'lamp, keel' })
  expect(await shown(second)).toContain('keel')
  expect(await behind()).toEqual([])
})

test('of two who put a tag on one customer at the same moment, neither is lost', async () => {
  const customer = await makeCustomer(purser.northwind)
  await makeTag('port')
  await makeTag('starboard')
  const { pool } = purser.owner
  const [one, other] = [await pool.connect(), await pool.connect()]
  const values = (tag: string) => [customer.id, purser.northwind.reseller.id, tag]
  await one.query('begin')
  await one.query(TAG, values('port'))
  const waits = other.query(TAG, values('starboard'))
  await one.query('commit')
  await waits
  one.release()
  other.release()
  const { rows } = await pool.query<{ count: number }>(
    'select cardinality(tag_ids) as count from customer_list_rows where id = $1',
    [customer.id],
  )
  expect(rows).toEqual([{ count: 2 }])
})

test('a tag that is merged into another is that one at once for all who had it, and a removed one is shown of nobody', async () => {
  const customers: Awaited<ReturnType<typeof makeCustomer>>[] = []
  for (const tag of ['mast', 'mast, sail', 'sail']) {
    const customer = await makeCustomer(purser.northwind)
    await submit(`/customers/${customer.id}/tags`, { tags: tag })
    customers.push(customer)
  }
  const tags = await purser.owner.prisma.tag.findMany({ where: { key: { in: ['mast', 'sail'] } } })
  const [mast = '', sail = ''] = ['mast', 'sail'].map((key) => tags.find((tag) => tag.key === key)?.id)
  const shownOfAll = () => Promise.all(customers.map(shown))
  await submit(`/tags/${mast}/edit`, { into: sail }, '/merger')
  for (const row of await shownOfAll()) expect(row).toMatch(/^(?!.*mast).*sail/)
  expect(await behind()).toEqual([])
  await submit(`/tags/${sail}/edit`, {}, '/removal')
  for (const row of await shownOfAll()) expect(row).not.toMatch(/mast|sail/)
  expect(await behind()).toEqual([])
})

test('a tag that is put on a customer while another of theirs is merged is not lost, and neither is the merged one', async () => {
  const customer = await makeCustomer(purser.northwind)
  await submit(`/customers/${customer.id}/tags`, { tags: 'buoy' })
  for (const name of ['anchor', 'chain']) await makeTag(name)
  const tags = await purser.owner.prisma.tag.findMany({ where: { key: { in: ['buoy', 'anchor'] } } })
  const [buoy = '', anchor = ''] = ['buoy', 'anchor'].map((key) => tags.find((tag) => tag.key === key)?.id)
  const other = await purser.owner.pool.connect()
  await other.query('begin')
  await other.query(TAG, [customer.id, purser.northwind.reseller.id, 'chain'])
  const merges = submit(`/tags/${buoy}/edit`, { into: anchor }, '/merger')
  await waitFor(
    async () => {
      const { rows } = await purser.services.database.pool.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() and query ilike '%update customer_tags%'`,
      )
      return rows.length > 0
    },
    { what: 'the merge to wait' },
  )
  await other.query('commit')
  other.release()
  await merges
  expect(await shown(customer)).toMatch(/^(?!.*buoy).*anchor.*chain/)
  expect(await behind()).toEqual([])
})

test('the application writes no list row itself', async () => {
  const { pool } = purser.services.database
  await expect(
    pool.query(`update customer_list_rows set team_name = '' where reseller_id = $1`, ['x']),
  ).rejects.toThrow(/permission denied/)
})
