import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { passwordToken } from '../support/scene.ts'
import { type Answer, type Visitor, flashOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const NEW = 'a-quite-new-password-2026'

/** Sets the password of the link's person in this browser, and goes where that leads. */
async function setPassword(browser: Visitor, token: string): Promise<Answer> {
  const form = await browser.get(`/set-password/${token}`)
  const answer = await browser.submit(form, { password: NEW }, { action: token })
  expect(answer.status).toBe(303)
  return browser.follow(answer)
}

test('a password set by link while a colleague is logged in ends at a page that says who is in', async () => {
  const { owner, support } = purser.northwind.staff
  const browser = await purser.as(owner)
  const token = await passwordToken(purser, purser.northwind, { staffId: support.id, email: support.email })
  const page = await setPassword(browser, token)
  expect(page.status).toBe(200)
  expect(wordsOf(page)).toContain(
    `You are logged in as ${owner.email}, but this link is for ${support.email}`,
  )
  expect(flashOf(page)).toContain('Your password is set')
  // Logging out leads to the login, with the link's person filled in.
  const login = await browser.follow(await browser.submit(page, {}, { action: '/logout' }))
  expect(valueOf(login, 'email')).toBe(support.email)
  expect((await browser.submit(login, { password: NEW })).status).toBe(303)
  expect((await browser.get('/staff')).status).toBe(403)
})

test("one's own leads to the login with one's address", async () => {
  const { finance } = purser.northwind.staff
  const browser = await purser.as(finance)
  const token = await passwordToken(purser, purser.northwind, { staffId: finance.id, email: finance.email })
  const login = await setPassword(browser, token)
  expect([login.status, valueOf(login, 'email')]).toEqual([200, finance.email])
})

test('in the console as well', async () => {
  const [ada, bo] = [
    await makeCustomer(purser.northwind, { password: PASSWORD }),
    await makeCustomer(purser.northwind),
  ]
  const browser = await purser.asCustomer(ada)
  const token = await passwordToken(purser, purser.northwind, { customerId: bo.id, email: bo.email })
  const page = await setPassword(browser, token)
  expect(wordsOf(page)).toContain(`You are logged in as ${ada.email}, but this link is for ${bo.email}`)
  const login = await browser.follow(await browser.submit(page, {}, { action: '/logout' }))
  expect(valueOf(login, 'email')).toBe(bo.email)
})
