import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { chooseAction, expectNoComplaints, openBrowser, openTab, rowOf } from '../support/browser.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
let browser: Browser
let page: Page

beforeAll(async () => {
  purser = await startPurser()
  browser = await openBrowser()
})
afterEach(async () => {
  expectNoComplaints(page)
  await page.context().close()
})
afterAll(async () => {
  await browser.close()
  await purser.stop()
})

test('OFF and ON again, from the list', async () => {
  const { email } = await makeCustomer(purser.northwind)
  page = await openTab(browser, purser, { member: purser.northwind.staff.admin })
  await page.goto(`/customers?q=${encodeURIComponent(email)}`)
  expect(await rowOf(page, email).locator('.state').textContent()).toBe('ON')

  const off = await chooseAction(page, email, 'Turn off')
  await off.getByRole('button', { name: 'Turn off' }).click()
  // The browser itself asks for the reason first.
  expect(await off.isVisible()).toBe(true)
  await off.getByLabel('Reason').fill('Cards were stolen')
  await off.getByLabel('Message').fill('Please call us.')
  await off.getByRole('button', { name: 'Turn off' }).click()
  await page.locator('.flash').getByText(`${email} can no longer log in`).waitFor()
  expect(await rowOf(page, email).locator('.state').textContent()).toBe('OFF')

  const on = await chooseAction(page, email, 'Turn on')
  expect(await on.textContent()).toContain('Cards were stolen')
  await on.getByRole('button', { name: 'Turn on' }).click()
  await page.locator('.flash').getByText(`${email} can log in again`).waitFor()
  expect(await rowOf(page, email).locator('.state').textContent()).toBe('ON')
})
