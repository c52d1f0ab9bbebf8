import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Customer } from '../../src/generated/prisma/client.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { enter } from '../support/login-as.ts'
import { ageProofs, freshProofs } from '../support/proof.ts'
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
  purser = await startPurser()
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
      location: `/console/login?${new URLSearchParams({ next: AT })}`,
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
