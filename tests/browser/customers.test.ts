import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { chooseAction, expectNoComplaints, sharedBrowser, openTab, rowOf } from '../support/browser.ts'
import { makeCustomer } from '../support/cast.ts'
import { violations } from '../support/looks.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { customerRow } from '../support/rows.ts'

let purser: RunningPurser
let browser: Browser
let page: Page

beforeAll(async () => {
  purser = await startPurser()
  browser = await sharedBrowser()
})
afterEach(async () => {
  expectNoComplaints(page)
  await page.context().close()
})
afterAll(async () => {
  await purser.stop()
})

test('OFF and ON again, from the list', async () => {
  const { email } = await makeCustomer(purser.northwind)
  page = await openTab(browser, purser, { member: purser.northwind.staff.admin })
  await page.goto(`/customers?q=${encodeURIComponent(email)}`)
  expect(await rowOf(page, email).locator('td:nth-child(8) b').textContent()).toBe('ON')

  const off = await chooseAction(page, email, 'Turn off')
  await off.getByRole('button', { name: 'Turn off' }).click()
  // The browser itself asks for the reason first.
  expect(await off.isVisible()).toBe(true)
  await off.getByLabel('Reason').fill('Cards were stolen')
  await off.getByLabel('Message').fill('Please call us.')
  await off.getByRole('button', { name: 'Turn off' }).click()
  await page.locator('.flash').getByText(`${email} can no longer log in`).waitFor()
  expect(await rowOf(page, email).locator('td:nth-child(8) b').textContent()).toBe('OFF')

  const on = await chooseAction(page, email, 'Turn on')
  expect(await on.textContent()).toContain('Cards were stolen')
  await on.getByRole('button', { name: 'Turn on' }).click()
  await page.locator('.flash').getByText(`${email} can log in again`).waitFor()
  expect(await rowOf(page, email).locator('td:nth-child(8) b').textContent()).toBe('ON')
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

test('of two who edit the same customer the second chooses by keyboard what to save, in a page that everybody can read', async () => {
  const customer = await makeCustomer(purser.northwind, { name: 'As It Was' })
  page = await openTab(browser, purser, { member: purser.northwind.staff.owner, width: 1280 })
  await page.goto(`/customers/${customer.id}/edit`)
  const admin = await purser.as(purser.northwind.staff.admin)
  await admin.submit(await admin.get(`/customers/${customer.id}/edit`), {
    name: 'Theirs',
    phone: '+1 555 0100',
  })
  await page.locator('#field-name').fill('Mine')
  await page.keyboard.press('Enter')
  await page.locator('.last-change').getByText('Admin Person').waitFor()

  for (const width of [1280, 360]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 800 })
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      expect(await violations(page), `${width} ${colorScheme}`).toEqual([])
    }
  }

  const [name, phone] = [page.locator('#field-name'), page.locator('#field-phone')]
  const chosen = (field: string) => page.locator(`[name="take.${field}"]:checked`).inputValue()
  // What only the other person has changed is proposed, and shown.
  expect([await chosen('name'), await chosen('phone')]).toEqual(['yours', 'theirs'])
  expect([await name.inputValue(), await phone.inputValue()]).toEqual(['Mine', '+1 555 0100'])

  // One choice for all of them, by the arrows; each field follows.
  await page.locator('[name="take"]:checked').focus()
  await page.keyboard.press('ArrowDown')
  expect([await name.inputValue(), await phone.inputValue()]).toEqual(['Mine', ''])
  await page.keyboard.press('ArrowDown')
  expect([await name.inputValue(), await phone.inputValue()]).toEqual(['Theirs', '+1 555 0100'])
  expect([await chosen('name'), await chosen('phone')]).toEqual(['theirs', 'theirs'])

  // One field's own choice comes next by Tab after the field, and what is typed into the field is the reader's own.
  await name.focus()
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('take.name')
  await page.keyboard.press('ArrowUp')
  expect([await chosen('name'), await name.inputValue()]).toEqual(['yours', 'Mine'])
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('End')
  await page.keyboard.type(', after all')
  expect(await chosen('name')).toBe('yours')
  await page.keyboard.press('Enter')
  await page.locator('.flash').waitFor()
  expect(await customerRow(purser.northwind, customer)).toMatchObject({
    name: 'Mine, after all',
    phone: '+1 555 0100',
  })
})
