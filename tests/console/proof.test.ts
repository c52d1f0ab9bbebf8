import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Customer } from '../../src/generated/prisma/client.ts'
import { Authenticator } from '../support/authenticator.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { SITES, addApp, codeOf, secretOn } from '../support/factors.ts'
import { enter } from '../support/login-as.ts'
import { ageProofs, askedForProof, freshProofs } from '../support/proof.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import {
  type Answer,
  type Visitor,
  errorAt,
  flashOf,
  refusalOf,
  tokenOf,
  valueOf,
  wordsOf,
} from '../support/visit.ts'

const AT = '/console/security/proof'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser({ atLocalhost: true })
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma

async function someone() {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  return { customer, browser: await purser.asCustomer(customer) }
}

const prove = (browser: Visitor, page: Answer, password = PASSWORD, fields = {}) =>
  browser.submit(page, { password, ...fields }, { action: AT })

const provedSince = async ({ id }: Customer, since: Date) =>
  prisma().session.count({ where: { customerId: id, provedAt: { gte: since } } })

const eventsOf = async ({ id }: Customer) =>
  (
    await prisma().auditRow.findMany({
      where: { customerId: id, event: { contains: 'pro' } },
      orderBy: [{ at: 'asc' }, { id: 'asc' }],
    })
  ).map(({ event, actorKind, actorId, customerId }) => [event, actorKind, actorId, customerId])

describe('a customer who is asked again', () => {
  test('gives the password; a wrong one is said at its field, and both are recorded', async () => {
    const { customer, browser } = await someone()
    await ageProofs(purser, customer)
    const since = new Date()
    const page = await browser.get(`${AT}?next=/console/billing`)
    expect(page.html.querySelector('[name="code"], [data-passkey]')).toBeNull()
    const empty = await prove(browser, page, '')
    expect([empty.status, errorAt(empty, 'password')]).toEqual([422, 'This field is required.'])
    const wrong = await prove(browser, page, 'not the password')
    expect([wrong.status, errorAt(wrong, 'password')]).toEqual([422, 'This is not your current password.'])
    expect(await provedSince(customer, since)).toBe(0)
    const done = await prove(browser, wrong)
    expect([done.status, done.location]).toEqual([303, '/console/billing'])
    expect(flashOf(await browser.follow(done))).toBe('You have confirmed that it is you.')
    expect(await provedSince(customer, since)).toBe(1)
    const by = ['customer', customer.id, customer.id]
    expect(await eventsOf(customer)).toEqual([
      ['customer.proof_failed', ...by],
      ['customer.proved', ...by],
    ])
    const log = wordsOf(await (await purser.as(purser.northwind.staff.owner)).get('/audit'))
    expect(log).toContain('confirmed who they are')
    expect(log).toContain('failed to confirm who they are')
  })

  test('proves it in this session alone', async () => {
    const { customer, browser } = await someone()
    await purser.asCustomer(customer)
    await ageProofs(purser, customer)
    const since = new Date()
    await prove(browser, await browser.get(AT))
    expect(await provedSince(customer, since)).toBe(1)
  })

  test('has as many tries as for a change of the password, counted together', async () => {
    const { customer, browser } = await someone()
    let page = await browser.get(AT)
    for (let time = 0; time < 5; time++) page = await prove(browser, page, 'not the password')
    const own = await browser.get('/console/password')
    const change = { current: 'not the password', password: 'zebra lamp river moon' }
    for (let time = 0; time < 5; time++) await browser.submit(own, change, { action: '/console/password' })
    const since = new Date()
    const shut = await prove(browser, page)
    expect([shut.status, refusalOf(shut)]).toEqual([429, expect.stringMatching(/^Too many attempts/)])
    expect(await provedSince(customer, since)).toBe(0)
  })

  test('is not proved by another customer’s password, nor with a token of another site', async () => {
    const { customer, browser } = await someone()
    const other = await makeCustomer(purser.northwind, { password: 'zebra lamp river moon' })
    await purser.asCustomer(customer)
    const since = new Date()
    expect((await prove(browser, await browser.get(AT), 'zebra lamp river moon')).status).toBe(422)
    const staff = await purser.as(purser.northwind.staff.owner)
    const csrf = await tokenOf(staff)
    expect((await browser.post(AT, { csrf, password: PASSWORD })).status).toBe(403)
    expect(await provedSince(customer, since)).toBe(0)
    expect(await provedSince(other, since)).toBe(0)
  })

  test.each([
    ['/console/profile?x=1', '/console/profile?x=1'],
    ['', '/console/security'],
    ['/settings', '/console/security'],
    ['/account/proof', '/console/security'],
    ['//elsewhere.example/console', '/console/security'],
    ['https://elsewhere.example/console', '/console/security'],
    ['/console/billing/statement.csv?from=2026-01-01', '/console/billing?from=2026-01-01'],
  ])('from next=%s goes on to %s', async (next, location) => {
    const { browser } = await someone()
    const page = await browser.get(`${AT}?${new URLSearchParams({ next })}`)
    expect(page.html.querySelector('main .btn-ghost')?.getAttribute('href')).toBe(location)
    expect(await prove(browser, page)).toMatchObject({ status: 303, location })
    expect(await prove(browser, page, PASSWORD, { next })).toMatchObject({ status: 303, location })
  })

  test('logs in first where the session has ended, which is a proof', async () => {
    const { customer, browser } = await someone()
    const page = await browser.get(`${AT}?next=/console/profile`)
    await prisma().session.deleteMany({ where: { customerId: customer.id } })
    const visited = await browser.get(AT)
    expect(visited).toMatchObject({
      status: 303,
      location: `/console/northwind/login?${new URLSearchParams({ next: AT })}`,
    })
    const login = await prove(browser, page)
    expect(login.status).toBe(403)
    const since = new Date()
    const inside = await browser.submit(
      login,
      { email: customer.email, password: PASSWORD },
      { action: '/login' },
    )
    // The form comes back as any other; there is no need to send it.
    expect([inside.status, valueOf(inside, 'next', AT)]).toEqual([200, '/console/profile'])
    expect(await provedSince(customer, since)).toBe(1)
  })

  test('who has a temporary password sets another one first', async () => {
    const { customer, browser } = await someone()
    await prisma().customer.updateMany({ where: { id: customer.id }, data: { mustChangePassword: true } })
    expect(await browser.get(AT)).toMatchObject({ status: 303, location: '/console/password' })
  })
})

describe('a customer with second factors', () => {
  const NEW = `${SITES.customer.factors}/new`

  /** Asked for a proof by the form of new recovery codes, which is the customer’s own. */
  async function asked(browser: Visitor, customer: Customer) {
    const page = await browser.get(SITES.customer.factors)
    await ageProofs(purser, customer)
    const answer = await browser.submit(page, {}, { action: '/recovery-codes' })
    expect(askedForProof(answer)).toBe(true)
    return answer
  }

  test('proves it by a code, once, and by no recovery code', async () => {
    const { customer, browser } = await someone()
    const { secret, codes } = await addApp(purser, browser, 'Phone', SITES.customer)
    const page = await asked(browser, customer)
    const neither = await browser.submit(page, { password: '', code: '' }, { action: AT })
    expect([neither.status, errorAt(neither, 'password')]).toEqual([422, 'Enter your password or a code.'])
    const recovery = await browser.submit(page, { code: codes[0] ?? '' }, { action: AT })
    // The same is said of what only looks like one.
    const NOT_HERE = 'Recovery codes are only for logging in. Enter the code that the app shows now.'
    expect([recovery.status, errorAt(recovery, 'code')]).toEqual([422, NOT_HERE])
    const none = await browser.submit(page, { code: 'aaaa-bbbb-cccc' }, { action: AT })
    expect([none.status, errorAt(none, 'code')]).toEqual([422, NOT_HERE])
    const code = codeOf(secret)
    const done = await browser.submit(recovery, { code }, { action: AT })
    expect([done.status, refusalOf(done)]).toEqual([
      200,
      expect.stringMatching(/^You have confirmed that it is you/),
    ])
    const again = await browser.submit(await browser.get(AT), { code }, { action: AT })
    expect(again.status).toBe(422)
    expect((await eventsOf(customer)).map(([event]) => event)).toEqual([
      'customer.proof_failed',
      'customer.proof_failed',
      'customer.proved',
      'customer.proof_failed',
    ])
  })

  test('proves it by a passkey of their own, and by no one else’s', async () => {
    const { customer, browser } = await someone()
    const authenticator = new Authenticator(purser.url)
    const other = new Authenticator(purser.url)
    const stranger = await someone()
    for (const [one, by] of [
      [browser, authenticator],
      [stranger.browser, other],
    ] as const) {
      const page = await one.get(`${SITES.customer.factors}/passkeys/new`)
      expect((await one.submit(page, { name: 'Laptop', ...by.create(page) })).status).toBe(200)
    }
    const page = await asked(browser, customer)
    const wrong = await browser.submit(page, other.use(page), { action: AT })
    expect([wrong.status, refusalOf(wrong)]).toEqual([422, expect.stringMatching(/not one of yours/)])
    const fields = authenticator.use(wrong)
    expect((await browser.submit(wrong, fields, { action: AT })).status).toBe(200)
    expect((await browser.submit(wrong, fields, { action: AT })).status).toBe(422)
  })

  test('finds the form as typed after the proof, and submits it', async () => {
    const { customer, browser } = await someone()
    const page = await browser.get(NEW)
    await ageProofs(purser, customer)
    const question = await browser.submit(page, { name: 'Watch', code: codeOf(secretOn(page)) })
    expect(askedForProof(question)).toBe(true)
    const back = await prove(browser, question)
    expect([secretOn(back), valueOf(back, 'name')]).toEqual([secretOn(page), 'Watch'])
    expect(await prisma().factor.count({ where: { customerId: customer.id } })).toBe(0)
    expect((await browser.submit(back, { code: codeOf(secretOn(page)) })).status).toBe(200)
  })

  test('proves it also while the reseller requires the first one', async () => {
    const { customer } = await someone()
    const { id } = purser.northwind.reseller
    await prisma().reseller.update({
      where: { id },
      data: { customerFactors: 'required', customerFactorsRequiredAt: new Date() },
    })
    const browser = await purser.asCustomer(customer)
    expect(await browser.get('/console/profile')).toMatchObject({
      status: 303,
      location: SITES.customer.factors,
    })
    const page = await browser.get(NEW)
    await ageProofs(purser, customer)
    const question = await browser.submit(page, { name: 'Watch', code: codeOf(secretOn(page)) })
    expect(askedForProof(question)).toBe(true)
    const back = await prove(browser, question)
    expect((await browser.submit(back, { code: codeOf(secretOn(page)) })).status).toBe(200)
    expect((await browser.get('/console/profile')).status).toBe(200)
    await prisma().reseller.update({
      where: { id },
      data: { customerFactors: 'offered', customerFactorsRequiredAt: null },
    })
  })
})

describe('staff who are logged in as the customer', () => {
  test.each(['readonly', 'admin'] as const)(
    'give no proof of the customer’s, nor of their own: %s',
    async (mode) => {
      const { customer } = await someone()
      const staff = await purser.as(purser.northwind.staff.owner)
      await freshProofs(purser)
      await enter(staff, customer, mode)
      await ageProofs(purser)
      const since = new Date()
      const page = await staff.get(AT)
      expect([page.status, page.html.querySelector('main fieldset')?.hasAttribute('disabled')]).toEqual([
        200,
        true,
      ])
      const csrf = await tokenOf(staff, 'console')
      // The customer’s password, and that of the staff member, which is the same here.
      for (const password of [PASSWORD, 'not the password']) {
        expect((await staff.post(AT, { csrf, password })).status).toBe(403)
      }
      expect(await prisma().session.count({ where: { provedAt: { gte: since } } })).toBe(0)
      expect(await eventsOf(customer)).toEqual([])
    },
  )
})
