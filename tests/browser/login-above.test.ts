import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { sharedBrowser, openTab } from '../support/browser.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
let browser: Browser
let page: Page

beforeAll(async () => {
  purser = await startPurser()
  browser = await sharedBrowser()
})
afterEach(() => page.context().close())
afterAll(async () => {
  await purser.stop()
})

const runOut = () => purser.owner.prisma.session.updateMany({ data: { lastSeenAt: new Date(0) } })
const dialog = () => page.getByRole('dialog')

/** A refill typed by the owner on a page of its own, whose login runs out meanwhile, and sent. */
async function sendTooLate(customerId: string) {
  page = await openTab(browser, purser, { member: purser.northwind.staff.owner })
  await page.clock.install()
  await page.goto(`/customers/${customerId}/balance`)
  const refill = page.locator('form[action$="/refills"]')
  await refill.getByLabel('Amount').fill('12.50')
  await refill.getByLabel('Reason').selectOption('courtesy')
  await refill.getByLabel('Comment').fill('Typed slowly')
  await page.clock.fastForward('45:00')
  await runOut()
  await refill.locator('button[type="submit"]').click()
  return refill
}

const postings = (customerId: string) => purser.owner.prisma.posting.count({ where: { customerId } })

async function logIn(email: string) {
  await dialog().getByLabel('E-mail address').fill(email)
  await dialog().getByLabel('Password').fill(PASSWORD)
  await page.keyboard.press('Enter')
}

test('the login opens above the form, which keeps what was typed and is sent by its own button only', async () => {
  const { id } = await makeCustomer(purser.northwind)
  const refill = await sendTooLate(id)
  await dialog().getByText('Log in').first().waitFor()
  await logIn(purser.northwind.staff.owner.email)
  await refill.getByText('You are logged in again').waitFor()
  await dialog().waitFor({ state: 'hidden' })
  expect(await refill.getByLabel('Amount').inputValue()).toContain('12.5')
  expect(await refill.getByLabel('Comment').inputValue()).toBe('Typed slowly')
  expect(await postings(id)).toBe(0)
  await refill.locator('button[type="submit"]').click()
  await page.waitForURL((url) => !url.pathname.endsWith('/balance'))
  expect(await postings(id)).toBe(1)
})

test('somebody else who logs in there is told that what was filled in is dropped', async () => {
  const { id } = await makeCustomer(purser.northwind)
  await sendTooLate(id)
  await dialog().getByText('Log in').first().waitFor()
  await logIn(purser.northwind.staff.finance.email)
  await dialog().getByText('Someone else is logged in now').waitFor()
  await dialog().getByRole('button', { name: 'OK' }).click()
  await page.locator(`body[data-person="${purser.northwind.staff.finance.id}"]`).waitFor()
  expect(await page.locator('form[action$="/refills"]').getByLabel('Comment').inputValue()).toBe('')
  expect(await postings(id)).toBe(0)
})

test('a login that holds is asked for in silence', async () => {
  const { id } = await makeCustomer(purser.northwind)
  page = await openTab(browser, purser, { member: purser.northwind.staff.owner })
  await page.clock.install()
  await page.goto(`/customers/${id}/balance`)
  const refill = page.locator('form[action$="/refills"]')
  await refill.getByLabel('Amount').fill('1')
  await refill.getByLabel('Reason').selectOption('courtesy')
  await page.clock.fastForward('05:00')
  await refill.locator('button[type="submit"]').click()
  await page.waitForURL((url) => !url.pathname.endsWith('/balance'))
  expect(await postings(id)).toBe(1)
})

test("in the console, the login's fields have their own labels above a page that has such fields as well", async () => {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  page = await openTab(browser, purser, { visitor: await purser.asCustomer(customer), width: 390 })
  await page.clock.install()
  await page.goto('/console/profile')
  const profile = page.locator('form[action$="/profile"]')
  await profile.getByLabel('Name').fill('Typed in the console')
  await page.clock.fastForward('59:00')
  await runOut()
  await profile.locator('button[type="submit"]').click()
  await logIn(customer.email)
  await profile.getByText('You are logged in again').waitFor()
  expect(await profile.getByLabel('Name').inputValue()).toBe('Typed in the console')
  await profile.locator('button[type="submit"]').click()
  await page.getByText('Profile saved.').waitFor()
})
