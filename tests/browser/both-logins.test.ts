import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { chooseAction, logInAs, logInToConsole, sharedBrowser, rowOf, Tabs } from '../support/browser.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
let browser: Browser
const tabs = new Tabs()

beforeAll(async () => {
  purser = await startPurser()
  browser = await sharedBrowser()
})
afterEach(() => tabs.close())
afterAll(async () => {
  await purser.stop()
})

const mode = (tab: Page) => tab.locator('.login-as strong')

test('the portal and both logins in tabs beside each other, and the customer in a browser of their own', async () => {
  const ada = await makeCustomer(purser.northwind, { password: PASSWORD })
  const bo = await makeCustomer(purser.northwind)
  const portal = await tabs.open(browser, purser, { member: purser.northwind.staff.admin })
  await portal.goto('/customers')

  const first = await logInAs(portal, ada, 'ReadOnly Login')
  expect(await mode(first).textContent()).toBe('ReadOnly Login')
  const own = await tabs.open(browser, purser)
  await logInToConsole(own, ada)
  await own.getByRole('heading', { name: 'Overview' }).waitFor()
  expect(await own.locator('.login-as').count()).toBe(0)

  // The portal goes on: a form that was open before is sent, and the page in the console works after it.
  const balance = await chooseAction(portal, ada.email, 'Manage Balance')
  const shown = balance.locator(':visible')
  await balance.getByLabel('Amount').and(shown).fill('42.50')
  await balance.getByLabel('Reason').and(shown).selectOption({ label: 'Courtesy' })
  await balance.getByRole('button', { name: /^Refill/ }).click()
  await portal.locator('.flash').filter({ hasText: ada.email }).waitFor()
  for (const page of [first, own]) {
    await page.reload()
    expect(await page.locator('main').textContent()).toContain('42.50')
  }
  await own.goto('/console/profile')
  await own.getByRole('textbox', { name: 'Name', exact: true }).fill('Ada herself')
  await own.getByRole('button', { name: 'Save' }).click()
  await own.locator('.flash').filter({ hasText: 'saved' }).waitFor()

  // Another login as a customer takes the place of the first, whose form cannot be sent any more: it would be the wrong customer's.
  await portal.reload()
  const earlier = await logInAs(portal, ada, 'Admin Login')
  await earlier.goto('/console/profile')
  await earlier.getByRole('textbox', { name: 'Name', exact: true }).fill('Meant for Ada')
  await portal.reload()
  const warning = `In another tab, you are logged in as ${ada.email} (Admin Login). That session ends when you start this one.`
  const asking = await chooseAction(portal, bo.email, 'Admin Login')
  expect(await asking.textContent()).toContain(warning)
  await portal.keyboard.press('Escape')
  expect(await earlier.title()).toContain(ada.email)
  const second = await logInAs(portal, bo, 'Admin Login')
  expect(await mode(second).textContent()).toBe('Admin Login')
  await earlier.getByRole('status').getByText('Admin Login has ended.').waitFor()
  await earlier.getByRole('button', { name: 'Save' }).click()
  await earlier
    .getByText(`This form is out of date, so nothing was saved. You are now logged in as ${bo.email}`)
    .waitFor()
  await first.reload()
  expect(await first.locator('.login-as').textContent()).toContain(bo.email)
  const stays = await purser.services.database.prisma.loginAs.findMany({ orderBy: { id: 'asc' } })
  expect(stays.map(({ customerId, endedBy }) => [customerId, endedBy])).toEqual([
    [ada.id, 'replaced'],
    [ada.id, 'replaced'],
    [bo.id, null],
  ])
  await second.goto('/console/profile')
  await second.getByRole('textbox', { name: 'Name', exact: true }).fill('Bo, helped')
  await second.getByRole('button', { name: 'Save' }).click()
  await second.locator('.flash').filter({ hasText: 'saved' }).waitFor()
  await portal.reload()
  expect(await rowOf(portal, bo.email).count()).toBe(1)

  // Logging out of the portal ends the console's tab, with its reason; the customer's own login goes on.
  await portal.locator('.account-button').click()
  await portal.getByRole('button', { name: 'Log out' }).click()
  await portal.waitForURL('**/login')
  await second.getByRole('link', { name: 'Overview' }).click()
  await second.getByRole('heading', { name: 'Admin Login has ended' }).waitFor()
  expect(await second.locator('main').textContent()).toContain('the staff member logged out')
  await second.getByRole('link', { name: 'Back to customer' }).click()
  await second.waitForURL(/\/login\?next=/)
  await own.goto('/console')
  await own.getByRole('heading', { name: 'Overview' }).waitFor()
})
