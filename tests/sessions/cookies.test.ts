import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { Visitor, flashOf } from '../support/visit.ts'

const APP_URL = 'https://purser.example.com'
let plain: RunningPurser
let secure: RunningPurser
beforeAll(async () => {
  plain = await startPurser()
  secure = await startPurser({ env: { APP_URL } })
})
afterAll(async () => {
  await plain.stop()
  await secure.stop()
})

/** Every cookie that a login sets, from the first page on. */
async function cookiesOfLogin(purser: RunningPurser, origin: string) {
  const lines: string[] = []
  const browser = new (class extends Visitor {
    override async send(...args: Parameters<Visitor['send']>) {
      const answer = await super.send(...args)
      lines.push(...answer.headers.getSetCookie())
      return answer
    }
  })(purser.url)
  const { email } = purser.northwind.staff.owner
  const form = await browser.get('/login')
  const answer = await browser.submit(form, { email, password: PASSWORD }, { headers: { Origin: origin } })
  expect(answer.status).toBe(303)
  return lines
}

test('cookies are HttpOnly and SameSite=Lax', async () => {
  const lines = await cookiesOfLogin(plain, plain.url)
  expect(lines.map((line) => line.split('=')[0]).sort()).toEqual([
    'purser-device',
    'purser-portal',
    'purser-portal-csrf',
  ])
  for (const line of lines) {
    expect(line).toContain('; HttpOnly')
    expect(line).toContain('; SameSite=Lax')
    expect(line).toContain('; Path=/')
    expect(line).not.toContain('; Secure')
  }
})

test('over https they are Secure and bound to this host, also where the proxy says nothing', async () => {
  const lines = await cookiesOfLogin(secure, APP_URL)
  expect(lines.map((line) => line.split('=')[0]).sort()).toEqual([
    '__Host-purser-device',
    '__Host-purser-portal',
    '__Host-purser-portal-csrf',
  ])
  for (const line of lines) {
    expect(line).toContain('; HttpOnly')
    expect(line).toContain('; SameSite=Lax')
    expect(line).toContain('; Secure')
    expect(line).toContain('; Path=/')
    expect(line).not.toContain('Domain=')
  }
})

test('the session’s cookie ends with the browser', async () => {
  const lines = await cookiesOfLogin(plain, plain.url)
  expect(lines.find((line) => line.startsWith('purser-portal='))).not.toMatch(/expires|max-age/i)
})

test('another cookie of ours in the place of the flash, signed as it is, says nothing and breaks nothing', async () => {
  const browser = await plain.as(plain.northwind.staff.owner)
  const customer = await makeCustomer(plain.northwind, { password: PASSWORD })
  const theirs = await plain.asCustomer(customer)
  const page = await theirs.get('/console/profile')
  await theirs.submit(page, { name: 'Somebody Else' }, { action: '/console/profile' })
  const others = [browser.cookies.get('purser-portal'), theirs.cookies.get('purser-console-flash')]
  for (const value of others) {
    expect(value).toMatch(/^s%3A/)
    browser.cookies.set('purser-portal-flash', value ?? '')
    const answer = await browser.get('/customers')
    expect(answer.status).toBe(200)
    expect(flashOf(answer)).toBe('')
  }
})
