import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { chooseAction, logInAs, logInToConsole, sharedBrowser, Tabs } from '../support/browser.ts'
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

const MESSAGE = 'Please call us about the unpaid bill.'

test('OFF ends a live console page: the next click says so, in the reseller’s words, and so does a form', async () => {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  const reader = await tabs.open(browser, purser)
  await logInToConsole(reader, customer)
  await reader.getByRole('heading', { name: 'Overview' }).waitFor()
  const writer = await tabs.open(browser, purser, { script: false })
  await logInToConsole(writer, customer)
  await writer.goto('/console/profile')

  const staff = await tabs.open(browser, purser, { member: purser.northwind.staff.admin })
  await staff.goto(`/customers?q=${encodeURIComponent(customer.email)}`)
  const stay = await logInAs(staff, customer, 'Admin Login')
  const off = await chooseAction(staff, customer.email, 'Turn off')
  await off.getByLabel('Reason').fill('Does not pay')
  await off.getByLabel('Message').fill(MESSAGE)
  await off.getByRole('button', { name: 'Turn off' }).click()
  await staff.locator('.flash').filter({ hasText: 'can no longer log in' }).waitFor()

  await reader.getByRole('link', { name: 'Billing', exact: true }).click()
  await reader.getByRole('heading', { name: 'Your account is turned off' }).waitFor()
  const words = (await reader.locator('main').textContent()) ?? ''
  expect(words).toContain(`Northwind Cloud has turned off your account. ${MESSAGE}`)
  expect(words).not.toContain('Does not pay')

  await writer.getByRole('textbox', { name: 'Name', exact: true }).fill('Typed too late')
  await writer.getByRole('button', { name: 'Save' }).click()
  await writer.locator('main').getByText(MESSAGE).waitFor()
  await logInToConsole(writer, customer)
  await writer.locator('.form-errors').getByText(MESSAGE).waitFor()

  await stay.getByRole('link', { name: 'Security' }).click()
  await stay.getByText('the customer was turned off').waitFor()
  await stay.getByRole('link', { name: 'Back to customer' }).click()
  await stay.waitForURL(`**/customers/${customer.id}`)

  const on = await chooseAction(staff, customer.email, 'Turn on')
  await on.getByRole('button', { name: 'Turn on' }).click()
  await staff.locator('.flash').filter({ hasText: 'can log in again' }).waitFor()
  // The page that was open stays ended; logging in works.
  await reader.reload()
  await reader.getByRole('link', { name: 'Log in' }).click()
  await logInToConsole(reader, customer)
  await reader.getByRole('heading', { name: 'Overview' }).waitFor()
})
