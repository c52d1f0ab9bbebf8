import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generatePassword } from '../../src/people/generate-password.ts'
import { makeLink } from '../../src/people/one-time-link.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { customerRow, eventRows, linkRows } from '../support/rows.ts'
import { enter } from '../support/login-as.ts'
import { errorAt, flashOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const NEW = 'zebra lamp river moon'
const prisma = () => purser.owner.prisma
const withPassword = () => makeCustomer(purser.northwind, { password: PASSWORD })

async function fits({ email }: { email: string }, password: string) {
  const browser = purser.visitor()
  const answer = await browser.submit(await browser.get('/console/northwind/login'), { email, password })
  return answer.status === 303
}

describe('a customer’s own password', () => {
  test('is changed; this browser stays in under a new id, all others are out', async () => {
    const customer = await withPassword()
    const [here, elsewhere] = [await purser.asCustomer(customer), await purser.asCustomer(customer)]
    await makeLink(prisma(), {
      resellerId: customer.resellerId,
      purpose: 'set_password',
      delivery: 'copied',
      person: { customerId: customer.id },
      email: customer.email,
      minutes: 30,
    })
    const before = here.cookies.get('purser-console')
    const form = await here.get('/console/password')
    const answer = await here.submit(form, { current: PASSWORD, password: NEW }, { action: '/password' })
    expect([answer.status, answer.location]).toEqual([303, '/console/security'])
    expect(flashOf(await here.follow(answer))).toContain('Password changed.')
    expect(here.cookies.get('purser-console')).not.toBe(before)
    expect((await elsewhere.get('/console')).status).toBe(303)
    expect([await fits(customer, PASSWORD), await fits(customer, NEW)]).toEqual([false, true])
    expect((await linkRows(purser.northwind, customer))[0]?.revokedAt).not.toBeNull()
    const rows = await eventRows(purser.northwind, customer, 'customer.password_changed')
    expect(rows).toMatchObject([{ actorKind: 'customer', actorId: customer.id, details: {} }])
  })

  /** Pasted from a chat or a mail, a password brings along what stood around it. */
  const PASTED: readonly (readonly [string, (password: string) => string])[] = [
    ['a blank behind', (password) => `${password} `],
    ['a blank before', (password) => ` ${password}`],
    ['an end of line and a tab', (password) => `\t${password}\r\n`],
    ['a no-break and a zero width space', (password) => `\u00a0${password}\u200b`],
    ['marks of direction', (password) => `\u2068\u200e${password}\u2069`],
  ]

  test.each(PASTED)('a generated one is read as it is, pasted with %s', async (_what, pasted) => {
    const temporary = generatePassword()
    const customer = await makeCustomer(purser.northwind, { password: temporary })
    for (const door of ['/console/login', '/console/northwind/login']) {
      const visitor = purser.visitor()
      const answer = await visitor.submit(await visitor.get(door), {
        email: customer.email,
        password: pasted(temporary),
      })
      expect([door, answer.status, answer.location]).toEqual([door, 303, '/console'])
    }
    const browser = await purser.asCustomer(customer, temporary)
    const email = `new-${customer.email}`
    const profile = await browser.get('/console/profile')
    const moved = await browser.submit(profile, { email, password: pasted(temporary) }, { action: '/email' })
    expect(moved.status).toBe(303)

    const change = async (fields: Record<string, string>) =>
      browser.submit(await browser.get('/console/password'), fields, { action: '/password' })
    const kept = await change({ current: pasted(temporary), password: pasted(temporary) })
    expect(errorAt(kept, 'password')).toMatch(/already your password/)
    const another = generatePassword()
    expect((await change({ current: pasted(temporary), password: pasted(another) })).status).toBe(303)
    expect([await fits({ email }, another), await fits({ email }, pasted(another))]).toEqual([true, true])
  })

  test('one that somebody made up keeps its blanks', async () => {
    const customer = await makeCustomer(purser.northwind, { password: ` ${NEW} ` })
    expect([await fits(customer, NEW), await fits(customer, ` ${NEW} `)]).toEqual([false, true])
  })
})

describe('a temporary password', () => {
  async function temporary() {
    const customer = await withPassword()
    await prisma().customer.updateMany({
      where: { id: customer.id },
      data: { mustChangePassword: true, passwordExpiresAt: new Date(Date.now() + 3_600_000) },
    })
    return { customer, browser: await purser.asCustomer(customer) }
  }

  test('is replaced by one of the customer’s own; after that all is open', async () => {
    const { customer, browser } = await temporary()
    const page = await browser.get('/console/password')
    expect(wordsOf(page)).toContain('You logged in with a temporary password.')
    const answer = await browser.submit(page, { current: PASSWORD, password: NEW }, { action: '/password' })
    expect(answer.status).toBe(303)
    expect((await browser.get('/console')).status).toBe(200)
    expect(await customerRow(purser.northwind, customer)).toMatchObject({
      mustChangePassword: false,
      passwordExpiresAt: null,
    })
  })

  test('does not keep staff who look in from looking', async () => {
    const { customer } = await temporary()
    const staff = await purser.as(purser.northwind.staff.support)
    await enter(staff, customer, 'readonly')
    expect((await staff.get('/console')).status).toBe(200)
  })
})
