import { AxeBuilder } from '@axe-core/playwright'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { chooseAction, sharedBrowser, Tabs, type TabOptions } from '../support/browser.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { ageProofs } from '../support/proof.ts'
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

async function listWith(email: string, options: TabOptions = {}) {
  const page = await tabs.open(browser, purser, { member: purser.northwind.staff.admin, ...options })
  await page.goto(`/customers?q=${encodeURIComponent(email)}`)
  return page
}

const overdraftOf = async (id: string) =>
  (await purser.owner.prisma.customer.findFirstOrThrow({ where: { id } })).overdraft

test('in a dialog, by keyboard alone: the question takes its place, the form comes back in it, and Enter sends it', async () => {
  const { id, email } = await makeCustomer(purser.northwind)
  const page = await listWith(email)
  await page.goto(`/customers/${id}`)
  await page.getByRole('button', { name: /^Actions for/ }).press('Enter')
  await page.getByRole('link', { name: 'Overdraft' }).and(page.locator(':visible')).press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.locator('[name="overdraft"]').waitFor()
  await ageProofs(purser)
  await page.keyboard.type('12.50')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Typed by hand')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')

  const password = dialog.getByLabel('Password')
  await password.waitFor()
  const note = dialog.getByText('This was not submitted yet.')
  expect([await note.isVisible(), await dialog.getByRole('alert').count()]).toEqual([true, 0])
  expect(await dialog.getByRole('heading').textContent()).toBe('Confirm that it is you')
  expect(await password.evaluate((field) => field === document.activeElement)).toBe(true)
  const { violations } = await new AxeBuilder({ page }).include('dialog').analyze()
  expect(violations.map((one) => one.id)).toEqual([])
  await page.keyboard.type('not the password')
  await page.keyboard.press('Enter')
  await dialog.getByText('This is not your current password.').waitFor()
  expect(await note.isVisible()).toBe(true)
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')

  const reason = dialog.getByLabel('Reason')
  await reason.waitFor()
  expect(await reason.inputValue()).toBe('Typed by hand')
  expect(await dialog.getByRole('alert').textContent()).toContain('You have confirmed that it is you.')
  expect(await overdraftOf(id)).toBe(0n)
  await dialog.locator('[name="overdraft"]').press('Enter')
  await page.locator('.flash').waitFor()
  expect(await overdraftOf(id)).toBe(1_250n)
})

test('without JavaScript: a page of its own, and the form after it', async () => {
  const { id, email } = await makeCustomer(purser.northwind)
  const page = await listWith(email, { script: false, width: 360 })
  await page.goto(`/customers/${id}/overdraft`)
  await ageProofs(purser)
  await page.locator('[name="overdraft"]').fill('12.50')
  await page.getByLabel('Reason').fill('Typed by hand')
  await page.getByRole('button', { name: 'Set overdraft' }).click()
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Confirm that it is you' }).click()
  expect(await page.getByLabel('Reason').inputValue()).toBe('Typed by hand')
  expect(await overdraftOf(id)).toBe(0n)
  await page.getByRole('button', { name: 'Set overdraft' }).click()
  await page.locator('.flash').waitFor()
  expect(await overdraftOf(id)).toBe(1_250n)
})

test('Admin Login asks in the tab that it opens, and goes on there', async () => {
  const { email } = await makeCustomer(purser.northwind)
  const page = await listWith(email)
  const dialog = await chooseAction(page, email, 'Admin Login')
  await ageProofs(purser)
  await dialog.getByLabel('Reason').fill('Ticket 4711')
  const [tab] = await Promise.all([
    page.context().waitForEvent('page'),
    dialog.getByRole('button', { name: 'Log in as this customer' }).click(),
  ])
  await tab.getByLabel('Password').fill(PASSWORD)
  await tab.getByRole('button', { name: 'Confirm that it is you' }).click()
  expect(await tab.getByLabel('Reason').inputValue()).toBe('Ticket 4711')
  await tab.getByRole('button', { name: 'Log in as this customer' }).click()
  await tab.waitForURL('**/console')
  expect(page.context().pages()).toHaveLength(2)
})

test('a message with a way on stays until it is closed, any other goes by itself', async () => {
  const page = await tabs.open(browser, purser, { member: purser.northwind.staff.admin })
  await page.clock.install()
  const prove = async (next: string) => {
    await page.goto(`/account/proof?next=${next}`)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Confirm that it is you' }).click()
    await page.locator('.flash').getByText('You have confirmed that it is you.').waitFor()
  }
  await prove('/ledger/export.csv')
  await page.clock.runFor(60_000)
  expect(await page.getByRole('link', { name: 'Download the file' }).isVisible()).toBe(true)
  await page.getByRole('button', { name: 'Dismiss' }).click()
  expect(await page.locator('.flash').count()).toBe(0)
  await prove('/ledger')
  await page.clock.runFor(10_000)
  expect(await page.locator('.flash').count()).toBe(0)
})

test('a page that comes back after the proof begins at the sentence that says so', async () => {
  const page = await tabs.open(browser, purser, { member: purser.northwind.staff.owner })
  await page.goto('/settings')
  await ageProofs(purser)
  await page.getByRole('textbox', { name: 'Name', exact: true }).first().press('Enter')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByLabel('Password').press('Enter')
  await page.getByText('You have confirmed that it is you.').waitFor()
  const focused = await page.evaluate(() => document.activeElement?.textContent ?? '')
  expect(focused).toContain('You have confirmed that it is you.')
  await page.keyboard.press('Tab')
  const isNextInForm = await page.evaluate(() =>
    Boolean(document.activeElement?.closest('form')?.querySelector('.form-errors')),
  )
  expect(isNextInForm).toBe(true)
})
