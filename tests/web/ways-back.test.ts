import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Answer, type Visitor, valueOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const LIST = '/customers?state=ON&sort=email'

/** Goes from page to page as a browser without script does: each request says from which page it was begun. */
class Walk {
  readonly #visitor: Visitor
  #address = ''
  page!: Answer

  constructor(visitor: Visitor) {
    this.#visitor = visitor
  }

  /** Typed into the address bar. */
  visit(address: string) {
    this.#address = ''
    return this.go(address)
  }

  async go(address: string) {
    this.page = await this.#visitor.get(address, this.#from())
    this.#address = address
    return this
  }

  /** Sends the page's form and goes where it leads. */
  async send(action: string, fields: Record<string, string> = {}) {
    const answer = await this.#visitor.submit(this.page, fields, { action, headers: this.#from() })
    if (!answer.location) throw new Error(`${answer.status}: ${answer.text.slice(0, 2000)}`)
    const from = this.#from()
    this.#address = answer.location
    this.page = await this.#visitor.get(answer.location.replace(/#.*/, ''), from)
    return answer.location
  }

  get crumbs() {
    return this.page.html
      .querySelectorAll('.crumbs a')
      .map((link) => [link.textContent.trim(), link.getAttribute('href')])
  }

  get cancel() {
    return this.page.html.querySelector('.form-actions .btn-ghost')?.getAttribute('href')
  }

  #from(): Record<string, string> {
    return this.#address ? { Referer: purser.url + this.#address.replace(/#.*/, '') } : {}
  }
}

const walk = async () => new Walk(await purser.as(purser.northwind.staff.admin))

test('over details, form and save the crumb leads back to the list as it was', async () => {
  const way = await walk()
  const { id } = await makeCustomer(purser.northwind)
  await (await way.visit(LIST)).go(`/customers/${id}`)
  expect(way.crumbs[0]).toEqual(['Customers', LIST])
  await way.go(`/customers/${id}/edit`)
  expect(way.crumbs[0]).toEqual(['Customers', LIST])
  expect(way.cancel).toBe(`/customers/${id}`)
  expect(await way.send(`/customers/${id}`, { name: 'Someone Else' })).toBe(`/customers/${id}`)
  expect(way.crumbs[0]).toEqual(['Customers', LIST])
})

test('a form opened from the list itself leads back to the list, saved or cancelled', async () => {
  const way = await walk()
  const { id } = await makeCustomer(purser.northwind)
  await (await way.visit(LIST)).go(`/customers/${id}/tags`)
  expect(way.cancel).toBe(LIST)
  expect(await way.send('/tags', { tags: 'fresh' })).toBe(LIST)
})

test('a direct visit leads to the plain list, and each thing back to the list that it was opened from', async () => {
  const way = await walk()
  const [one, other] = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
  await (await way.visit(LIST)).go(`/customers/${one.id}`)
  // In another tab.
  await (await way.visit('/customers?q=other')).go(`/customers/${other.id}`)
  expect(way.crumbs[0]).toEqual(['Customers', '/customers?q=other'])
  await (await way.visit('/')).go(`/customers/${one.id}`)
  expect(way.crumbs[0]).toEqual(['Customers', LIST])
  await way.visit(`/customers/${one.id}/edit`)
  expect(way.crumbs[0]).toEqual(['Customers', '/customers'])
  await way.go(`/customers/${one.id}`)
  expect(way.crumbs[0]).toEqual(['Customers', '/customers'])
})

test('what was opened from another list leads back there, a form that came back too', async () => {
  const way = await walk()
  const { id } = await makeCustomer(purser.northwind)
  const ledger = '/ledger?reason=payment'
  await (await way.visit(ledger)).go(`/customers/${id}`)
  expect(way.crumbs[0]).toEqual(['Ledger', ledger])
  await (await way.visit('/audit?kind=customer.created')).go(`/customers/${id}/edit`)
  expect(way.cancel).toBe('/audit?kind=customer.created')
  const visitor = await purser.as(purser.northwind.staff.admin)
  const from = (page: string) => ({ headers: { Referer: purser.url + page } })
  await visitor.get(LIST)
  const form = await visitor.get(`/customers/${id}/edit`, from(LIST).headers)
  const again = await visitor.submit(
    form,
    { name: 'x'.repeat(500) },
    { action: id, ...from(`/customers/${id}/edit`) },
  )
  expect(again.status).toBe(422)
  expect(again.html.querySelector('.form-actions .btn-ghost')?.getAttribute('href')).toBe(LIST)
  const saved = await visitor.submit(again, { name: 'Fitting' }, { action: id, ...from(`/customers/${id}`) })
  expect(saved.location).toBe(LIST)
})

test('a customer’s own list within the list of all keeps both', async () => {
  const way = await walk()
  const customer = await makeCustomer(purser.northwind)
  await (await way.visit(LIST)).go(`/customers/${customer.id}`)
  await way.go(`/customers/${customer.id}/balance`)
  await way.send('/refills', { amount: '5.00', reason: 'courtesy', comment: 'thanks' })
  const posting = way.page.html.querySelector('.flash a')?.getAttribute('href') ?? ''
  const own = `/customers/${customer.id}/ledger?account=BALANCE`
  await (await way.go(own)).go(posting)
  expect(way.crumbs.map(([, href]) => href)).toEqual([LIST, `/customers/${customer.id}`, own])
  await way.go(`${posting}/reversal`)
  expect(way.cancel).toBe(posting)
})

test('what was saved from a list is told there, and leads to where it can be seen', async () => {
  const way = await walk()
  const { id } = await makeCustomer(purser.northwind)
  const leadsTo = () =>
    way.page.html
      .querySelectorAll('.flash a')
      .map((link) => [link.textContent.trim(), link.getAttribute('href')])
  const saved = async (form: string, fields: Record<string, string>) => {
    await (await way.visit(LIST)).go(`/customers/${id}/${form}`)
    expect(await way.send(`/${form}`, fields)).toBe(LIST)
    return leadsTo()
  }
  const details = [['View', `/customers/${id}`]]
  expect(await saved('alerts', { threshold: '12' })).toEqual(details)
  expect(await saved('overdraft', { overdraft: '5', reason: 'agreed' })).toEqual(details)
  const profile = { kind: 'individual', legalName: 'Ada', addressLine1: 'Road 1', postalCode: '10115' }
  const place = { city: 'Berlin', country: 'DE', billingEmail: 'ada@customer.example' }
  expect(await saved('billing/profile', { ...profile, ...place })).toEqual([
    ['View', `/customers/${id}/billing`],
  ])
  await way.visit('/invites')
  await way.send('/invites', { email: `of-${id.toLowerCase()}@customer.example` })
  const [[, invite] = []] = leadsTo()
  expect((await way.go(String(invite))).page.text).toContain(`of-${id.toLowerCase()}@customer.example`)
  await (await way.visit('/invites?state=open')).go(`${invite}/revocation`)
  await way.send('/revocation')
  expect(leadsTo()).toEqual([['View', invite]])
})

/** A customer whom a link was sent to by mail. */
async function makeInvited() {
  const customer = await makeCustomer(purser.northwind)
  const admin = await purser.as(purser.northwind.staff.admin)
  const form = await admin.get(`/customers/${customer.id}/password-link`)
  await admin.post(`/customers/${customer.id}/password-link`, {
    csrf: valueOf(form, 'csrf') ?? '',
    delivery: 'mailed',
  })
  return customer
}

test('from mails, invites and tags into a row and back', async () => {
  const way = await walk()
  const { id } = await makeInvited()
  await (await way.visit(`/customers/${id}/tags`)).send('/tags', { tags: 'way' })
  await (await way.visit('/invites')).send('/invites', { email: 'way@example.com' })
  const rows = {
    [`/mails?customer=${id}`]: 'a[href^="/mails/"]',
    '/invites?q=way': 'tbody a[href^="/invites/"]',
    '/tags?q=way': 'a[href^="/tags/"]',
  }
  for (const [list, row] of Object.entries(rows)) {
    await way.visit(list)
    await way.go(way.page.html.querySelector(row)?.getAttribute('href') ?? `no row at ${list}`)
    expect(way.crumbs[0]?.[1]).toBe(list)
  }
  expect(way.cancel).toBe('/tags?q=way')
  expect(await way.send('/removal')).toBe('/tags?q=way')
})

test('what is pressed in a list stays there', async () => {
  const way = await walk()
  const { id } = await makeInvited()
  await way.visit(`/mails?customer=${id}`)
  expect(await way.send('/resend')).toBe(`/mails?customer=${id}`)
})

test('nothing but an own list of this site is remembered, for nobody else, and not without end', async () => {
  const { id } = await makeCustomer(purser.northwind)
  const admin = await purser.as(purser.northwind.staff.admin)
  const crumb = async (visitor: Visitor, Referer: string) => {
    const page = await visitor.get(`/customers/${id}`, Referer ? { Referer } : {})
    return page.html.querySelector('.crumbs a')?.getAttribute('href')
  }
  const others = [
    'https://elsewhere.example/customers?q=1',
    `${purser.url}//elsewhere.example/customers`,
    `${purser.url}/console/billing`,
    `${purser.url}/login?next=/customers`,
    `${purser.url}/customers?q=${'x'.repeat(4_000)}`,
    'nonsense',
  ]
  for (const other of others) expect(await crumb(admin, other), other).toBe('/customers')
  expect(await crumb(admin, purser.url + LIST)).toBe(LIST)
  const name = [...admin.cookies.keys()].find((one) => one.endsWith('portal-way')) ?? ''
  const kept = admin.cookies.get(name) ?? ''
  expect(kept.length).toBeLessThan(3_500)
  // Somebody else in the same browser, and a cookie that was tampered with.
  for (const [visitor, value] of [
    [await purser.as(purser.northwind.staff.owner), kept],
    [admin, kept.replace('sort', 'tros')],
  ] as const) {
    visitor.cookies.set(name, value)
    expect(await crumb(visitor, `${purser.url}/`)).toBe('/customers')
  }
  for (let number = 0; number < 40; number++) {
    const customer = `/customers/${String(number).padStart(10, '0')}/team?q=${'y'.repeat(100)}`
    await admin.get(customer, { Referer: `${purser.url}/customers?q=${'z'.repeat(100)}` })
  }
  for (let number = 0; number < 10; number++) {
    const { id: one } = await makeCustomer(purser.northwind)
    await admin.get(`/customers/${one}`, { Referer: `${purser.url}/customers?q=${'ä%22'.repeat(60)}` })
  }
  expect(admin.cookies.get(name)?.length).toBeLessThan(3_500)
})
