import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, errorAt, valueOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
let customer: Awaited<ReturnType<typeof makeCustomer>>
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
  customer = await makeCustomer(purser.northwind, { balance: 10_000n, password: PASSWORD })
})
afterAll(() => purser.stop())

/** Forms all over the house: where each stands, the end of its action, and a field that takes people's own words. */
const FORMS = [
  ['/customers/:id/edit', '/customers/:id', 'name'],
  ['/customers/:id/edit', '/customers/:id', 'externalReference'],
  ['/customers/new', '/customers', 'name'],
  ['/customers/new', '/customers', 'teamName'],
  ['/customers/new', '/customers', 'legalName'],
  ['/customers/:id/tags', '/tags', 'tags'],
  ['/customers/:id/balance', '/refills', 'comment'],
  ['/customers/:id/balance', '/refills', 'note'],
  ['/customers/:id/balance', '/refills', 'reference'],
  ['/customers/:id/balance', '/deductions', 'comment'],
  ['/customers/:id/credits', '/credits', 'note'],
  ['/customers/:id/charges', '/charges', 'description'],
  ['/customers/:id/overdraft', '/overdraft', 'reason'],
  ['/customers/:id/state', '/suspension', 'reason'],
  ['/customers/:id/state', '/suspension', 'message'],
  ['/customers/:id/login-as', '/login-as', 'reason'],
  ['/customers/:id/billing/profile', '/profile', 'city'],
  ['/staff', '/staff', 'name'],
  ['/settings', '/settings', 'name'],
  ['/settings', '/settings', 'address'],
] as const

test.each(FORMS)(
  '%s, %s: what nobody can see is refused at %s, and typed again',
  async (page, action, field) => {
    const at = (address: string) => address.replace(':id', customer.id)
    const typed = 'Ada\u202eKing'
    const answer = await owner.submit(await owner.get(at(page)), { [field]: typed }, { action: at(action) })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, field)).toContain('changes the direction of text (U+202E)')
    expect(valueOf(answer, field, at(action))).toBe(typed)
  },
)

test('in the console and in a search as well', async () => {
  const own = await purser.asCustomer(customer)
  const profile = await own.get('/console/profile')
  const answer = await own.submit(profile, { name: 'Ada\u202e' }, { action: '/console/profile' })
  expect([answer.status, errorAt(answer, 'name')]).toEqual([422, expect.stringContaining('U+202E')])
  expect((await owner.get(`/customers?q=${encodeURIComponent('Ada\u202e')}`)).status).toBe(422)
  expect((await owner.get(`/customers?q=${encodeURIComponent('\u200bAda\u00ad')}`)).status).toBe(200)
})

test('what is there from before stays, and its next edit says so', async () => {
  const { prisma } = purser.services.database
  const old = await makeCustomer(purser.northwind, { name: 'Ada\u202eKing' })
  const page = await owner.get(`/customers/${old.id}/edit`)
  const refused = await owner.submit(page, { phone: '+49 30 1' })
  expect([refused.status, errorAt(refused, 'name')]).toEqual([422, expect.stringContaining('U+202E')])
  const where = { resellerId_id: { resellerId: purser.northwind.reseller.id, id: old.id } }
  expect(await prisma.customer.findUniqueOrThrow({ where })).toMatchObject({
    name: 'Ada\u202eKing',
    phone: '',
  })
  expect((await owner.submit(page, { name: 'Ada King' })).status).toBe(303)
})

test('a name that is read from right to left turns no address behind it in the filters', async () => {
  const { support } = purser.northwind.staff
  await purser.owner.prisma.staff.updateMany({ where: { id: support.id }, data: { name: 'רות כהן 5' } })
  for (const address of ['/audit', '/ledger', '/login-as']) {
    const page = await owner.get(address)
    const option = page.html.querySelector(`option[value="${support.id}"]`)
    expect([address, option?.textContent]).toEqual([address, `\u2068רות כהן 5\u2069 · ${support.email}`])
  }
})
