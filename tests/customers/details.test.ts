import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { record } from '../../src/events/record.ts'
import { transaction } from '../../src/database/client.ts'
import { SetTags } from '../../src/tags/set.ts'
import { by, done } from '../support/caller.ts'
import { refill } from '../support/postings.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { enter } from '../support/login-as.ts'
import { statementsOf } from '../support/statements.ts'
import { type Answer, type Visitor, wordsOf } from '../support/visit.ts'
import { customerVerificationSent } from '../../src/customers/verify.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const open = (customer: { id: string }, browser = owner) => browser.get(`/customers/${customer.id}`)

/** A section of the page as its terms and descriptions. */
function factsIn(page: Answer, heading: string) {
  const section = page.html.querySelector(`[aria-labelledby="${heading}"]`)
  const words = (name: string) =>
    section?.querySelectorAll(name).map((part) => part.textContent.replace(/\s+/g, ' ').trim()) ?? []
  const values = words('dd')
  return Object.fromEntries(words('dt').map((term, at) => [term, values[at]]))
}

const eventsIn = (page: Answer) =>
  page.html
    .querySelectorAll('.recent-events li')
    .map((row) => row.querySelector('span')?.textContent.replace(/\s+/g, ' ').trim())

async function refillTimes(customer: { id: string }, count: number) {
  for (let n = 1; n <= count; n++) {
    await refill(purser.northwind.system, customer, {
      idempotencyKey: uuidv7(),
      amount: BigInt(n * 100),
      reason: 'courtesy',
      comment: '',
      note: '',
      reference: `REF-${n}`,
      confirmDuplicate: false,
    })
  }
}

describe('the details page', () => {
  test('is headed by the account and its state, and shows the facts', async () => {
    const customer = await makeCustomer(purser.northwind, {
      email: 'ada@facts.example',
      name: 'Ada Known',
      teamName: 'Engines',
      teamType: 'enterprise',
      companyName: 'Analytical Engines Ltd',
      externalReference: 'SF-00817',
      registeredAt: new Date('2026-03-02T22:30:00Z'),
    })
    const page = await open(customer)
    expect(page.status).toBe(200)
    expect(page.html.querySelector('h1')?.textContent.replace(/\s+/g, ' ').trim()).toBe('Ada Known ON')
    expect(page.html.querySelector('.page-about')?.textContent.trim()).toBe('ada@facts.example')
    expect(factsIn(page, 'facts-heading')).toMatchObject({
      'Internal customer ID': expect.stringContaining(customer.id),
      Name: 'Ada Known',
      Team: 'Engines Enterprise Change',
      'Billed company': 'Analytical Engines Ltd',
      'External reference': 'SF-00817',
      Registered: '2 Mar 2026, 23:30',
      Phone: 'None',
      Tags: 'None Set Tag',
    })
    expect(factsIn(page, 'access-heading')).toMatchObject({
      'E-mail': expect.stringMatching(/^Verified \d/),
      'Last login': 'Never',
    })
    expect(factsIn(page, 'profile-heading')).toMatchObject({
      'Company name': 'Analytical Engines Ltd',
      Address: '1 Main Street Berlin',
      Country: 'Germany',
    })
  })

  test('says why and since when a customer is OFF', async () => {
    const customer = await makeCustomer(purser.northwind)
    const form = await owner.get(`/customers/${customer.id}/state`)
    await owner.submit(form, { reason: 'Unpaid', message: 'Call us' })
    const page = await open(customer)
    expect(factsIn(page, 'access-heading')).toMatchObject({
      State: expect.stringMatching(/^OFF since \d.*Unpaid$/),
      Message: 'Call us',
    })
    const banner = page.html.querySelector('.off-banner')
    expect(banner?.textContent.replace(/\s+/g, ' ')).toMatch(/is OFF\. Since \d.*Unpaid/)
    expect(banner?.querySelector('a')?.getAttribute('href')).toBe(`/customers/${customer.id}/state`)
    const support = await open(customer, await purser.as(purser.northwind.staff.support))
    expect(support.html.querySelector('.off-banner')).not.toBeNull()
    expect(support.html.querySelector('.off-banner a')).toBeNull()
  })

  test('says to every role why a customer cannot log in', async () => {
    const { staff } = purser.northwind
    const fail = async (customer: { email: string }, times: number, browser = purser.visitor()) => {
      for (let n = 0; n < times; n++) {
        const login = await browser.get('/console/northwind/login')
        await browser.submit(login, { email: customer.email, password: 'not this one at all' })
      }
    }
    const access = async (customer: { id: string }, role: keyof typeof staff) => {
      const page = await open(customer, await purser.as(staff[role]))
      const verdict = page.html.querySelector('.access-verdict')?.textContent.replace(/\s+/g, ' ').trim()
      return { ...factsIn(page, 'access-heading'), verdict, page }
    }
    const [none, guessed, throttled] = [
      await makeCustomer(purser.northwind),
      await makeCustomer(purser.northwind, { password: PASSWORD }),
      await makeCustomer(purser.northwind, { password: PASSWORD }),
    ]
    await fail(none, 1)
    await fail(guessed, 7)
    // Also the browser that she has been in with: it has a counter of its own.
    const known = await purser.asCustomer(throttled)
    await known.submit(await known.get('/console'), {}, { action: '/console/logout' })
    await fail(throttled, 10, known)
    for (const role of ['owner', 'admin', 'finance', 'support', 'auditor'] as const) {
      expect(await access(none, role)).toMatchObject({
        verdict: 'Cannot log in. No password is set yet.',
        Password: expect.stringMatching(/^Not set yet/),
        'Failed logins': expect.stringMatching(/^1 failed login, no password set, last \d/),
        'Blocked after failed logins': 'No',
      })
      expect(await access(guessed, role)).toMatchObject({
        verdict: 'Can log in with the correct password.',
        Password: 'Set',
        'Failed logins': expect.stringMatching(/^7 failed logins, wrong password, last \d/),
        'Blocked after failed logins': 'No',
      })
      expect(await access(throttled, role)).toMatchObject({
        verdict: expect.stringMatching(
          /^Can log in, but not from everywhere\. After too many failed attempts/,
        ),
        'Last login': expect.stringMatching(/^\d/),
        'Failed logins': expect.stringMatching(/^10 failed logins, wrong password/),
        'Blocked after failed logins': expect.stringMatching(
          /^Until \d.*\d\d:\d\d, from where the attempts were made/,
        ),
      })
    }
    const { page } = await access(guessed, 'auditor')
    expect(eventsIn(page)).toEqual(['7 failed logins, wrong password'])
    expect(page.text).not.toMatch(/visitor|not logged in/i)
  })

  test('shows the latest five entries of both accounts, newest first, and leads on to all', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 500n })
    await refillTimes(customer, 11)
    const page = await open(customer)
    const lines = page.html
      .querySelectorAll('[aria-labelledby="entries-heading"] li')
      .map((line) => line.textContent.replace(/\s+/g, ' ').trim())
    expect(lines).toHaveLength(5)
    expect(lines[0]).toMatch(/^Refill · Courtesy REF-11 \+11\.00 .* · Balance · The system 66\.00$/)
    expect(lines.map((line) => /\+\d+\.00/.exec(line)?.[0])).toEqual([11, 10, 9, 8, 7].map((n) => `+${n}.00`))
    const figures = page.html.querySelectorAll('.account-figure').map((figure) => figure.textContent.trim())
    expect(figures).toEqual(['66.00\u00a0USD', '5.00\u00a0USD'])
    expect(page.html.querySelector('[aria-labelledby="entries-heading"] a')?.getAttribute('href')).toBe(
      `/customers/${customer.id}/ledger`,
    )
  })

  test("shows this customer's latest events in words, also one that no version knows any more", async () => {
    const [customer, other] = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    const { system, reseller } = purser.northwind
    await done(SetTags, by(system), { id: customer.id }, { tags: ['vip'] })
    await done(SetTags, by(system), { id: other.id }, { tags: ['not this one'] })
    await purser.services.database.prisma.auditRow.create({
      data: {
        resellerId: reseller.id,
        id: uuidv7(),
        event: 'customer.teleported',
        actorKind: 'system',
        actorName: 'test',
        customerId: customer.id,
        details: {},
      },
    })
    await refillTimes(customer, 1)
    expect(eventsIn(await open(customer))).toEqual([
      'The system refilled 1.00 USD (Courtesy): 0.00 USD → 1.00 USD',
      expect.stringContaining('customer.teleported'),
      'The system added the tags vip',
    ])
  })

  test('says of an event that it was done by staff logged in as the customer', async () => {
    const customer = await makeCustomer(purser.northwind, { teamType: 'individual' })
    const admin = await purser.as(purser.northwind.staff.admin)
    await enter(admin, customer, 'admin')
    const profile = await admin.get('/console/profile')
    await admin.submit(profile, { phone: '+1 555 0199' }, { action: '/console/profile' })
    const [changed, started] = eventsIn(await open(customer))
    expect(changed).toMatch(/^Admin Person \(logged in as this customer\) changed phone .*\+1 555 0199$/)
    expect(started).toBe('Admin Person started Admin Login: Ticket 4711')
  })

  test('events are shown to those only who may read the audit log', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 100n })
    for (const [role, sees] of Object.entries({
      owner: true,
      admin: true,
      auditor: true,
      finance: false,
      support: false,
    })) {
      const browser = await purser.as(purser.northwind.staff[role as 'owner'])
      const page = await open(customer, browser)
      expect(page.status).toBe(200)
      expect(page.html.querySelector('#audit-heading') !== null, role).toBe(sees)
      if (!sees) expect(page.text).not.toContain('refilled 1.00')
    }
  })

  test('each role finds the buttons that it may use', async () => {
    const customer = await makeCustomer(purser.northwind, { teamType: 'default' })
    const offered = async (role: 'owner' | 'finance' | 'support' | 'auditor') => {
      const page = await open(customer, await purser.as(purser.northwind.staff[role]))
      const targets = page.html
        .querySelectorAll('main a, main form')
        .map((part) => part.getAttribute('href') ?? part.getAttribute('action') ?? '')
      const inside = targets.filter((target) => target.startsWith(`/customers/${customer.id}/`))
      return [...new Set(inside.map((target) => target.split('/').slice(3).join('/')))].sort()
    }
    expect(await offered('auditor')).toEqual(['billing', 'ledger'])
    expect(await offered('finance')).toEqual([
      'alerts',
      'balance',
      'billing',
      'charges',
      'credits',
      'ledger',
      'overdraft',
    ])
    expect(await offered('support')).toEqual([
      'billing',
      'ledger',
      'login-as?mode=readonly',
      'tags',
      'verification',
    ])
    expect(await offered('owner')).toEqual([
      'alerts',
      'balance',
      'billing',
      'billing/profile',
      'charges',
      'credits',
      'edit',
      'ledger',
      'login-as?mode=admin',
      'login-as?mode=readonly',
      'overdraft',
      'password-link',
      'password-reset',
      'state',
      'tags',
      'team',
      'verification',
    ])
  })

  test('costs two statements however many rows there are', async () => {
    const [bare, full] = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    await refillTimes(full, 25)
    await done(SetTags, by(purser.northwind.system), { id: full.id }, { tags: ['a', 'b', 'c', 'd', 'e'] })
    await done(SetTags, by(purser.northwind.system), { id: bare.id }, { tags: ['a'] })
    await transaction(purser.services, async (db) => {
      for (let n = 0; n < 25; n++) {
        await record(db, purser.northwind.system, customerVerificationSent, {
          customer: full,
          email: full.email,
        })
      }
    })
    const cost = await statementsOf(() => open(bare))
    // Who asks, and all that is on the page.
    expect(cost).toBe(2)
    expect(await statementsOf(() => open(full))).toBe(cost)
  })

  test('the ID may be typed in lower case; what is none is not found', async () => {
    const customer = await makeCustomer(purser.northwind)
    expect((await owner.get(`/customers/${customer.id.toLowerCase()}`)).status).toBe(200)
    const nobody = await owner.get('/customers/0000000000')
    expect(nobody.status).toBe(404)
    expect(wordsOf(nobody)).toContain('Customer not found.')
  })
})
