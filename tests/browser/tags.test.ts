import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { SetTags } from '../../src/tags/set.ts'
import { by, done } from '../support/caller.ts'
import { chooseAction, expectNoComplaints, sharedBrowser, openTab, rowOf } from '../support/browser.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { customerRow } from '../support/rows.ts'

let purser: RunningPurser
let browser: Browser
let page: Page

beforeAll(async () => {
  purser = await startPurser()
  browser = await sharedBrowser()
  const { system } = purser.northwind
  const other = await makeCustomer(purser.northwind)
  await done(SetTags, by(system), { id: other.id }, { tags: ['VIP', 'net 30', 'beta'] })
})
afterEach(async () => {
  expectNoComplaints(page)
  await page.context().close()
})
afterAll(async () => {
  await purser.stop()
})

const wearsOf = async (customer: { id: string; resellerId: string }) =>
  (await customerRow(purser.northwind, customer)).tags.map(({ tag }) => tag.name).sort()

test('what is typed finds the known tags and makes new ones, over the list that stays as it was', async () => {
  const customer = await makeCustomer(purser.northwind)
  page = await openTab(browser, purser, { member: purser.northwind.staff.support })
  await page.goto(`/customers?q=${encodeURIComponent(customer.email)}&sort=email`)
  const address = page.url()
  const dialog = await chooseAction(page, customer.email, 'Set Tag')
  const offered = () => dialog.locator('.tag-option:visible').allTextContents()
  expect((await offered()).sort()).toEqual(['VIP', 'beta', 'net 30'])

  // The field has the focus. A comma makes a box of what stands before it.
  await page.keyboard.type('Brand new,vip')
  expect((await offered()).sort()).toEqual(['Brand new', 'VIP'])
  await page.keyboard.press('Enter')
  expect(await dialog.getByRole('checkbox', { name: 'VIP' }).isChecked()).toBe(true)
  expect((await offered()).length).toBe(4)
  // What is left in the field is sent as well.
  await page.keyboard.type('left over')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.locator('.flash').getByText(`Saved the tags for ${customer.email}`).waitFor()
  expect(page.url()).toBe(address)
  expect(await wearsOf(customer)).toEqual(['Brand new', 'VIP', 'left over'])
  expect(await rowOf(page, customer.email).locator('td').nth(8).textContent()).toContain('Brand new')
})

test('Escape asks before it discards what was only pressed or chosen, in any dialog; never where all is as it was', async () => {
  const customer = await makeCustomer(purser.northwind, { teamName: 'Pressed' })
  page = await openTab(browser, purser, { member: purser.northwind.staff.owner })
  let asked = 0
  page.on('dialog', (question) => {
    asked++
    return question.dismiss()
  })
  await page.goto(`/customers?q=${encodeURIComponent(customer.email)}`)
  const dialog = page.getByRole('dialog')
  const vip = dialog.getByRole('checkbox', { name: 'VIP' })
  for (const [action, choose, undo] of [
    ['Set Tag', () => vip.check({ force: true }), () => vip.uncheck({ force: true })],
    [
      'Manage Balance',
      () => dialog.getByLabel('Reason').first().selectOption({ label: 'Courtesy' }),
      () => dialog.getByLabel('Reason').first().selectOption(''),
    ],
    [
      'Manage Credits',
      () => dialog.getByRole('radio', { name: 'Add' }).check({ force: true }),
      () => dialog.getByRole('radio', { name: 'Set to' }).check({ force: true }),
    ],
  ] as const) {
    await chooseAction(page, customer.email, action)
    const before = asked
    await choose()
    await page.keyboard.press('Escape')
    await expect.poll(() => asked).toBe(before + 1)
    expect(await dialog.isVisible()).toBe(true)
    await undo()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    expect(asked).toBe(before + 1)
  }
})

test('without JavaScript it is a page of boxes and a field', async () => {
  const customer = await makeCustomer(purser.northwind)
  page = await openTab(browser, purser, { member: purser.northwind.staff.support, script: false })
  await page.goto(`/customers/${customer.id}/tags`)
  await page.getByText('net 30').click()
  await page.getByLabel('Find or add').fill('typed, typed too')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('.flash').getByText('Saved the tags for').waitFor()
  expect(await wearsOf(customer)).toEqual(['net 30', 'typed', 'typed too'])
})

test('a tag gets another colour in a dialog over the tags, and merging it asks into which', async () => {
  page = await openTab(browser, purser, { member: purser.northwind.staff.owner })
  await page.goto('/tags')
  await page.getByRole('link', { name: 'Edit tag beta' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Purple').click()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.locator('.flash').getByText('Saved tag beta').waitFor()
  expect(await page.locator('.tag-chip.tone-purple').textContent()).toContain('beta')

  await page.getByRole('link', { name: 'Edit tag beta' }).click()
  await dialog.getByText('Merge into another tag').click()
  await dialog.getByLabel('Other tag').selectOption('VIP')
  await dialog.getByRole('button', { name: 'Merge' }).click()
  await page.locator('.flash').getByText('Merged beta into VIP').waitFor()
  expect(await page.getByRole('link', { name: 'Edit tag beta' }).count()).toBe(0)
})
