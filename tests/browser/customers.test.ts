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

test('a new customer, made once by a double click, with tags, credits and a profile', async () => {
  page = await openTab(browser, purser, { member: purser.northwind.staff.owner })
  await page.goto('/customers')
  await page.getByRole('link', { name: 'New Customer Account' }).click()
  await page.getByLabel('Customer account').fill('New.Person@customer.example')
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Nora New')
  await page.getByLabel('Tags').fill('Partner, Berlin')
  await page.getByLabel('Opening credits').fill('12.5')
  const company = page.getByLabel('Company name')
  expect(await company.isVisible()).toBe(false)
  await page.getByLabel('Kind').selectOption({ label: 'Enterprise' })
  await company.fill('New Harbour Ltd')
  await page.getByLabel('Legal name').fill('New Harbour Limited')
  await page.getByLabel('Address line 1').fill('1 Quay')
  await page.getByLabel('City').fill('Hamburg')
  await page.getByLabel('Postal code').fill('20095')
  await page.getByLabel('Country').selectOption({ label: 'Germany' })
  await page.getByRole('button', { name: 'Create customer' }).dblclick()
  await page.waitForURL(/\/customers\/[0-9A-Z]{10}$/)
  await page.locator('.flash').getByText('new.person@customer.example').waitFor()
  const words = await page.locator('main').textContent()
  for (const word of [
    'Nora New',
    'Partner',
    'Berlin',
    '12.50',
    'Not verified',
    'New Harbour Limited',
    'Default',
  ]) {
    expect(words).toContain(word)
  }

  const { prisma } = purser.owner
  const made = await prisma.customer.findMany({ where: { email: 'new.person@customer.example' } })
  expect(made).toHaveLength(1)
  expect(await prisma.mail.count({ where: { customerId: made[0]?.id ?? '' } })).toBe(1)
})

test('an address that is taken leads to the customer who has it, and nothing typed is lost', async () => {
  const { id, email } = await makeCustomer(purser.northwind)
  page = await openTab(browser, purser, { member: purser.northwind.staff.owner })
  await page.goto('/customers/new')
  await page.getByLabel('Customer account').fill(email)
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Somebody Else')
  await page.getByLabel('Tags').fill('kept')
  await page.getByRole('button', { name: 'Create customer' }).click()
  const link = page.getByRole('link', { name: `Open ${email}` })
  await link.waitFor()
  expect(await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe('Somebody Else')
  expect(await page.getByLabel('Tags').inputValue()).toBe('kept')
  await link.click()
  await page.waitForURL(`**/customers/${id}`)
})
