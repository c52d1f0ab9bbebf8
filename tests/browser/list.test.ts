import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { expectNoComplaints, logIn, openBrowser, openTab } from '../support/browser.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
let browser: Browser
let page: Page

beforeAll(async () => {
  purser = await startPurser()
  browser = await openBrowser()
  for (let number = 1; number <= 55; number++) {
    await makeCustomer(purser.northwind, {
      email: `anna-${number}@customer.example`,
      teamName: number % 2 ? `Harbour ${number}` : `Meadow ${number}`,
      state: number % 10 === 0 ? 'OFF' : 'ON',
      balance: BigInt(number),
    })
  }
})
afterEach(async () => {
  expectNoComplaints(page)
  await page.context().close()
})
afterAll(async () => {
  await browser.close()
  await purser.stop()
})

const accounts = async () =>
  (await page.locator('tbody .col-account a').allTextContents()).map((text) => text.trim())
const searchBox = () => page.getByRole('searchbox', { name: 'Search customers' })
const asked = () => Object.fromEntries(new URL(page.url()).searchParams)

test('log in, search while typing, filter, open a customer, and Back is where one was', async () => {
  page = await openTab(browser, purser)
  await logIn(page, purser.northwind.staff.support)
  expect(await page.title()).toContain('Customers')
  expect((await accounts())[0]).toBe('anna-55@customer.example')

  await searchBox().pressSequentially('Meadow', { delay: 30 })
  await page.waitForFunction(() => location.search.includes('q=Meadow'))
  await expect.poll(async () => (await accounts()).length).toBe(27)
  expect(await searchBox().evaluate((box) => box === document.activeElement)).toBe(true)
  expect(await searchBox().inputValue()).toBe('Meadow')

  await page.getByRole('combobox', { name: 'State' }).selectOption({ label: 'OFF' })
  await expect.poll(accounts).toEqual([50, 40, 30, 20, 10].map((number) => `anna-${number}@customer.example`))
  await page.getByRole('link', { name: 'Balance' }).click()
  await page.waitForURL(/sort=/)
  expect(asked()).toEqual({ q: 'Meadow', state: 'OFF', sort: '-balance' })

  await page.getByRole('link', { name: 'anna-30@customer.example' }).click()
  await page.waitForURL(/\/customers\/[0-9A-Z]{10}$/)
  await page.goBack()
  expect(asked()).toEqual({ q: 'Meadow', state: 'OFF', sort: '-balance' })
  expect(await accounts()).toHaveLength(5)
  expect(await searchBox().inputValue()).toBe('Meadow')

  const bookmark = page.url()
  await page.goto('/')
  await page.goto(bookmark)
  expect(await accounts()).toHaveLength(5)
})

test('a filter is taken away alone, and all of them at once', async () => {
  page = await openTab(browser, purser, { member: purser.northwind.staff.auditor })
  await page.goto('/customers?q=Meadow&state=OFF')
  await page.getByRole('link', { name: 'Remove State: OFF' }).click()
  await page.waitForURL((url) => !url.searchParams.has('state'))
  expect(await accounts()).toHaveLength(27)
  await page.getByRole('link', { name: 'Clear all' }).click()
  await page.waitForURL('**/customers')
  expect(await accounts()).toHaveLength(50)
})

test.each([true, false])('pages on and back, with JavaScript: %s', async (script) => {
  page = await openTab(browser, purser, { member: purser.northwind.staff.auditor, script })
  await page.goto('/customers')
  const first = await accounts()
  await page.getByRole('link', { name: 'Older' }).click()
  await page.waitForURL(/after=/)
  expect(await accounts()).toHaveLength(5)
  await page.getByRole('link', { name: 'Newer' }).click()
  await page.waitForURL(/before=/)
  expect(await accounts()).toEqual(first)
})

test.each([true, false])(
  'from details, edited and saved, back to the page and row, with JavaScript: %s',
  async (script) => {
    page = await openTab(browser, purser, { member: purser.northwind.staff.admin, script, height: 500 })
    await page.goto('/customers?q=anna')
    await page.getByRole('link', { name: 'Older' }).click()
    await page.waitForURL(/after=/)
    const list = page.url()
    const row = () => page.getByRole('link', { name: 'anna-2@customer.example' })
    await row().click()
    await page.waitForURL(/\/customers\/[0-9A-Z]{10}$/)
    const { pathname } = new URL(page.url())
    // Its own page, as one gets it in a new tab, also where there is a dialog.
    if (script) await page.evaluate((address) => location.assign(address), `${pathname}/edit`)
    else await page.getByRole('link', { name: 'Edit', exact: true }).first().click()
    await page.waitForURL(/\/edit$/)
    await page.getByLabel('Name').fill('Anna')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(`**${pathname}`)
    await page
      .getByRole('navigation', { name: 'Breadcrumb' })
      .getByRole('link', { name: 'Customers' })
      .click()
    await page.waitForURL(list)
    if (script) await expect.poll(() => row().evaluate((link) => link === document.activeElement)).toBe(true)
    expect(await row().isVisible()).toBe(true)
  },
)

test('nothing found says so, and what to do', async () => {
  page = await openTab(browser, purser, { member: purser.northwind.staff.owner })
  await page.goto('/customers')
  await searchBox().fill('nobody is called so')
  await page.getByText('No customers match').waitFor()
  await page.getByRole('link', { name: 'Clear filters' }).click()
  await expect.poll(async () => (await accounts()).length).toBe(50)
})

test('the slash key leads to the search box', async () => {
  page = await openTab(browser, purser, { member: purser.northwind.staff.owner })
  await page.goto('/customers')
  await page.keyboard.press('/')
  await page.keyboard.type('anna-7')
  await expect.poll(accounts).toEqual(['anna-7@customer.example'])
  // Several hits stay a list, one is opened.
  await searchBox().fill('Harbour')
  await page.keyboard.press('Enter')
  await expect.poll(async () => (await accounts()).length).toBe(28)
  await searchBox().fill('anna-9@')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/customers\/[0-9A-Z]{10}$/)
  expect(await page.title()).toContain('anna-9@customer.example')
  // Staff have no page of their own: their row is where things are done.
  await page.goto('/staff')
  await page.getByRole('searchbox', { name: 'Search staff' }).fill('Finance Person')
  await page.keyboard.press('Enter')
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
    .toBe('Role of finance@northwind.example')
  expect(new URL(page.url()).pathname).toBe('/staff')
})
