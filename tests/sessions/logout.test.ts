import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { enter } from '../support/login-as.ts'
import { type Answer, type Visitor, valueOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

/** A browser that is logged in to both sites. */
async function inBoth() {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  const browser = await purser.as(purser.northwind.staff.admin)
  const login = await browser.get('/console/northwind/login')
  await browser.submit(login, { email: customer.email, password: PASSWORD })
  return browser
}
const logOut = async (browser: Visitor, page: string, action: string) =>
  browser.submit(await browser.get(page), {}, { action })

/** What an answer takes away in a browser: its cookies, and what the header names. */
const cleared = ({ headers }: Answer) => ({
  cookies: headers
    .getSetCookie()
    .filter((line) => line.includes('Expires=Thu, 01 Jan 1970'))
    .map((line) => line.split('=')[0]),
  data: headers.get('Clear-Site-Data'),
})

describe('a logout clears the session of its own site, and the cache', () => {
  test.each([
    ['the portal', '/customers', '/logout', 'purser-portal', 'purser-console', '/console'],
    ['the console', '/console', '/console/logout', 'purser-console', 'purser-portal', '/customers'],
  ])('%s', async (_site, page, action, own, other, stillOpen) => {
    const browser = await inBoth()
    const answer = await logOut(browser, page, action)
    expect(answer.status).toBe(303)
    expect(cleared(answer)).toEqual({ cookies: [own], data: '"cache"' })
    expect(browser.cookies.has(other)).toBe(true)
    expect([browser.cookies.has('purser-device'), browser.cookies.has('purser-console-device')]).toEqual([
      true,
      true,
    ])
    expect((await browser.get(stillOpen)).status).toBe(200)
    expect((await browser.get(page)).status).toBe(303)
  })

  test('also of a session that is over', async () => {
    const browser = await inBoth()
    const page = await browser.get('/customers')
    await purser.owner.prisma.session.deleteMany({ where: { staffId: { not: null } } })
    const csrf = valueOf(await browser.get('/login'), 'csrf') ?? ''
    const answer = await browser.post('/logout', { csrf })
    expect(page.status).toBe(200)
    expect(cleared(answer)).toEqual({ cookies: ['purser-portal'], data: '"cache"' })
  })

  test.each([['/console/login-as/end'], ['/console/logout']])(
    'Exit of a login as a customer (%s) leaves the staff member in the portal',
    async (address) => {
      const customer = await makeCustomer(purser.northwind)
      const browser = await purser.as(purser.northwind.staff.admin)
      const csrf = valueOf(await enter(browser, customer, 'admin'), 'csrf') ?? ''
      const answer = await browser.post(address, { csrf })
      expect(cleared(answer)).toEqual({ cookies: ['purser-console'], data: '"cache"' })
      expect((await browser.get('/customers')).status).toBe(200)
    },
  )
})
