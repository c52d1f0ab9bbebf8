import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { enter } from '../support/login-as.ts'
import { type Visitor, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

/** Turns a customer OFF or ON in the portal, as the owner. */
async function turn(customer: { id: string }, fields: Record<string, string>) {
  return owner.submit(await owner.get(`/customers/${customer.id}/state`), fields)
}
const turnOff = (customer: { id: string }) =>
  turn(customer, { reason: 'A secret reason', message: 'Call us on Monday.' })

/** A customer of northwind with a live page in a browser. */
async function live() {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  const browser = await purser.asCustomer(customer)
  return { customer, browser, page: await browser.get('/console/profile') }
}

describe('turning a customer OFF', () => {
  test('after ON the old session stays dead, and a new login lives', async () => {
    const { customer, browser } = await live()
    const second = await purser.asCustomer(customer)
    await turnOff(customer)
    await browser.get('/console')
    await turn(customer, {})
    for (const old of [browser, second]) {
      const told = await old.get('/console')
      expect(told.status).toBe(403)
      expect(wordsOf(told)).toContain('is now on again. Log in to continue.')
    }
    const form = await browser.get('/console/northwind/login')
    await browser.submit(form, { email: customer.email, password: PASSWORD })
    expect((await browser.get('/console')).status).toBe(200)
  })

  test('leaves other customers alone', async () => {
    const { browser } = await live()
    await turnOff((await live()).customer)
    expect((await browser.get('/console')).status).toBe(200)
  })

  test('leaves a ReadOnly Login going on', async () => {
    const customer = await makeCustomer(purser.northwind)
    const support = await purser.as(purser.northwind.staff.support)
    await enter(support, customer, 'readonly')
    await turnOff(customer)
    expect((await support.get('/console')).status).toBe(200)
  })
})

test('a session’s cookie that nobody knows leads to the login, not to a reason', async () => {
  const visitor = purser.visitor()
  visitor.cookies.set('purser-console', 's%3Anothing.signature')
  expect((await visitor.get('/console')).location).toBe('/console/login')
  const csrf = valueOf(await visitor.get('/console/login'), 'csrf') ?? ''
  expect((await visitor.post('/console/logout', { csrf })).location).toBe('/console/login')
})
