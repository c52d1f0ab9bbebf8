import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { expectNoComplaints, logIn, sharedBrowser, openTab } from '../support/browser.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
let browser: Browser
let page: Page

beforeAll(async () => {
  purser = await startPurser()
  browser = await sharedBrowser()
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
  await purser.stop()
})

const accounts = async () =>
  (await page.locator('tbody td:first-child a').allTextContents()).map((text) => text.trim())
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
    const isFocused = (link: Locator) => link.evaluate((one) => one === document.activeElement)
    const edit = page.getByRole('link', { name: 'Edit', exact: true }).first()
    if (script) await expect.poll(() => isFocused(edit)).toBe(true)
    await page
      .getByRole('navigation', { name: 'Breadcrumb' })
      .getByRole('link', { name: 'Customers' })
      .click()
    await page.waitForURL(list)
    if (script) await expect.poll(() => isFocused(row())).toBe(true)
    expect(await row().isVisible()).toBe(true)
    // Loaded again, the page begins where any page does.
    await page.reload()
    if (script) await page.waitForFunction(() => document.readyState === 'complete')
    expect(await isFocused(row())).toBe(false)
    await row().press('Enter')
    await page.waitForURL(`**${pathname}`)
    await page.goBack()
    await page.waitForURL(list)
    if (script) await expect.poll(() => isFocused(row())).toBe(true)
  },
)

test('beside the sidebar tags are whole or counted, times take two lines at most, and wide addresses none but their own', async () => {
  const admin = await purser.as(purser.northwind.staff.admin)
  const tagged = ['Needs invoice', 'Non-profit, VIP', 'Beta tester, Late payer, Needs invoice, Partner']
  for (const [place, tags] of tagged.entries()) {
    const { id } = await makeCustomer(purser.northwind, {
      email: `maja.fontaine-${place}@kestrelrealty.example`,
      name: 'Maja Fontaine',
      teamName: 'Kestrel Realty',
    })
    await admin.submit(await admin.get(`/customers/${id}/tags`), { tags })
  }
  page = await openTab(browser, purser, { member: purser.northwind.staff.owner })
  await page.goto('/customers?q=maja')
  for (const width of [1280, 1366, 1440]) {
    await page.setViewportSize({ width, height: 900 })
    const seen = await page.locator('table.customers').evaluate((table) => {
      const shown = [...table.querySelectorAll<HTMLElement>('.tag-chip bdi')]
      const linesOf = (element: Element) => {
        const range = document.createRange()
        range.selectNodeContents(element)
        return new Set([...range.getClientRects()].map(({ top }) => Math.round(top / 8))).size
      }
      const most = (selector: string) => Math.max(...[...table.querySelectorAll(selector)].map(linesOf))
      return {
        cut: shown.filter((chip) => chip.scrollWidth > chip.clientWidth).map((chip) => chip.textContent),
        rest: [...table.querySelectorAll('.tag-rest > :first-child')].map((rest) => rest.textContent),
        timeLines: most('time'),
        addressLines: most('.customers td:first-child a'),
        nameLines: most('.customers td:first-child > bdi'),
      }
    })
    expect({ width, ...seen }).toEqual({
      width,
      cut: [],
      rest: ['+3'],
      timeLines: 2,
      addressLines: width === 1440 ? 1 : 2,
      nameLines: 1,
    })
  }
})

test('what a row has no room for is shown on hover, and its menu has lines and says whose it is on a phone', async () => {
  const { email } = await makeCustomer(purser.northwind, {
    name: 'Wilhelmina of the very long surname '.repeat(3).trim(),
    teamType: 'default',
    teamName: 'A team whose name takes many more lines than three in such a narrow column as this one',
  })
  page = await openTab(browser, purser, { member: purser.northwind.staff.owner })
  await page.goto(`/customers?q=${encodeURIComponent(email)}`)
  const titleOf = async (cell: number, selector: string) => {
    const element = page.locator(`tbody tr:first-child td:nth-child(${cell}) ${selector}`)
    await element.hover()
    return element.getAttribute('title')
  }
  expect(await titleOf(10, 'time')).toMatch(/\d{4}.*\d\d:\d\d:\d\d/)
  expect(await titleOf(3, 'a')).toMatch(/^Default because/)
  expect(await titleOf(2, 'a')).toMatch(/^A team whose name .* as this one$/)
  expect(await titleOf(1, 'a')).toBeNull()

  await page.setViewportSize({ width: 390, height: 800 })
  await page.getByRole('button', { name: `Actions for ${email}` }).click()
  expect(await page.locator('td [popover] .menu-about').innerText()).toMatch(
    /^Wilhelmina of the very long surname/,
  )
  expect(await page.locator('td [popover] hr').count()).toBe(2)
  await page.keyboard.press('ArrowDown')
  expect(await page.locator(':focus').textContent()).toBe('Admin Login')
})

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
