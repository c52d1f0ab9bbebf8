import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setupAddress } from '../../src/resellers/setup.ts'
import { expectNoComplaints, logIn, sharedBrowser, openTab } from '../support/browser.ts'
import { type EmptyPurser, startEmptyPurser } from '../support/purser.ts'

let purser: EmptyPurser
let browser: Browser

beforeAll(async () => {
  purser = await startEmptyPurser()
  browser = await sharedBrowser()
})
afterAll(async () => {
  await purser.stop()
})

test('from the printed address to an empty list, and in again by the login page', async () => {
  const { pathname, search } = new URL((await setupAddress(purser.services)) ?? '')
  const page = await openTab(browser, purser)
  await page.goto(`${pathname}${search}`)
  // The browser's own time zone and language, and a short name made from the company's.
  expect(await page.getByLabel('Time zone').inputValue()).toBe('America/New_York')
  expect(await page.getByLabel('Language and region').inputValue()).toBe('en-GB')
  await page.getByLabel('Company').fill('Nørth & Wind Café Ltd.')
  expect(await page.getByLabel('Short name in addresses').inputValue()).toBe('north-wind-cafe-ltd')
  await page.getByLabel('Company').fill('Northwind Cloud')
  await page.getByLabel('Short name in addresses').fill('northwind')
  await page.getByLabel('Currency').selectOption('EUR')
  await page.getByLabel('Time zone').selectOption('Europe/Berlin')
  await page.getByLabel('Your name').fill('Rosa Owen')
  await page.getByLabel('Your e-mail address').fill('rosa@northwind.example')

  await page.getByLabel('Password').fill('password12345678')
  await page.getByRole('button', { name: 'Set up' }).click()
  await page.locator('.field-error').waitFor()
  expect(await page.getByLabel('Company').inputValue()).toBe('Northwind Cloud')
  expect(await page.getByLabel('Currency').inputValue()).toBe('EUR')

  const password = 'zebra lamp river moon'
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Set up' }).click()
  await page.getByRole('heading', { name: 'First steps' }).waitFor()
  expect(await page.locator('.sidebar .brand').textContent()).toContain('Northwind Cloud')

  await page.getByText('Rosa Owen').click()
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.waitForURL('**/login')
  await logIn(page, { email: 'rosa@northwind.example' }, password)
  expect(await setupAddress(purser.services)).toBeNull()
  expectNoComplaints(page)
})
