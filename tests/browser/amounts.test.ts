import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { chooseAction, expectNoComplaints, sharedBrowser, openTab } from '../support/browser.ts'
import { type House, makeCustomer } from '../support/cast.ts'
import { proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
let browser: Browser
let page: Page
/** In dinars, which have three decimals, written as in France. */
let tunis: House

beforeAll(async () => {
  purser = await startPurser()
  browser = await sharedBrowser()
  const money = { currency: 'TND', currencyScale: 3, locale: 'fr-FR' }
  await purser.services.database.prisma.reseller.update({
    where: { id: purser.eastgate.reseller.id },
    data: money,
  })
  const reseller = { ...purser.eastgate.reseller, ...money }
  tunis = { ...purser.eastgate, reseller, system: { ...purser.eastgate.system, reseller } }
})
afterEach(async () => {
  expectNoComplaints(page)
  await page.context().close()
})
afterAll(async () => {
  await purser.stop()
})

type Customer = Awaited<ReturnType<typeof makeCustomer>>
const prove = (customer: Customer) => proveLedger(purser.services.database.pool, customer)

async function open(
  path: string,
  { house = purser.northwind, ...options }: { house?: House; script?: boolean; width?: number } = {},
) {
  page = await openTab(browser, purser, { member: house.staff.owner, ...options })
  await page.goto(path)
}
const field = (label: string) => page.getByLabel(new RegExp(`^${label}`)).and(page.locator(':visible'))
const button = (name: RegExp) => page.getByRole('button', { name }).and(page.locator(':visible'))
const unchanged = () => page.locator('[data-unchanged]')

// Before anything is booked there: later the currency is fixed.
test('a threshold in a currency that is chosen beside it is read by the server alone, and then by both', async () => {
  await open('/settings', { house: tunis })
  const choice = page.locator('[data-readings]')
  const type = (typed: string) => field('Alert below').fill(typed)
  await type('12,500')
  await choice.waitFor()
  expect(await choice.textContent()).toMatch(/12\s500,000\sTND\s+12,500\sTND/)
  // In euros it is one amount: what was to be chosen between dinars is gone.
  await page.getByLabel('Currency').selectOption('EUR')
  expect(await choice.isVisible()).toBe(false)
  await type('12,50')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved the settings.').waitFor()

  await page.getByLabel('Currency').selectOption('TND')
  await type('12,500')
  expect(await choice.isVisible()).toBe(false)
  await page.getByRole('button', { name: 'Save' }).click()
  await choice.waitFor()
  await type('13,500')
  expect(await choice.textContent()).toMatch(/13\s500,000\sTND\s+13,500\sTND/)
  await choice.getByLabel(/^13,500/).check()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved the settings.').waitFor()
  const { lowBalanceThreshold, currency } = await purser.services.database.prisma.reseller.findUniqueOrThrow({
    where: { id: tunis.reseller.id },
  })
  expect([currency, lowBalanceThreshold]).toEqual(['TND', 13_500n])
  await type('')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved the settings.').waitFor()
})

describe('what the page filled in is typed over, not into', () => {
  test('in a dialog that opens with the focus there', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 60_000n })
    await open('/customers')
    await chooseAction(page, customer.email, 'Manage Credits')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('700')
    expect(await field('Credits').inputValue()).toBe('700')
  })

  test('on a page of its own, by its autofocus, by Tab and by a press; a second press sets the cursor', async () => {
    const customer = await makeCustomer(purser.northwind)
    await open(`/customers/${customer.id}/overdraft`)
    // A browser does autofocus when it first draws the page, which may be after its load.
    await page.waitForFunction('document.activeElement.matches("input")')
    await page.keyboard.type('500')
    expect(await field('Overdraft').inputValue()).toBe('500')
    await page.reload()
    await page.getByLabel('Reason').focus()
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.type('12')
    expect(await field('Overdraft').inputValue()).toBe('12')
    await page.reload()
    await page.getByLabel('Reason').click()
    await field('Overdraft').click()
    await page.keyboard.type('7')
    expect(await field('Overdraft').inputValue()).toBe('7')
    await field('Overdraft').click()
    await page.keyboard.type('5')
    expect((await field('Overdraft').inputValue()).length).toBe(2)
  })

  test('a limit among others', async () => {
    const { prisma } = purser.services.database
    const resellerId = purser.northwind.reseller.id
    await prisma.role.updateMany({ where: { resellerId, id: 'finance' }, data: { dayMax: 60_000n } })
    await open('/staff/limits')
    await page.locator('[name="financeDayMax"]').click()
    await page.keyboard.type('700')
    expect(await page.locator('[name="financeDayMax"]').inputValue()).toBe('700')
    await prisma.role.updateMany({ where: { resellerId, id: 'finance' }, data: { dayMax: null } })
  })
})

describe('the button names the result, and nothing can be sent while nothing would change', () => {
  test('Manage Credits: set to, add, take away', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 60_000n })
    await open(`/customers/${customer.id}/credits`)
    expect(await button(/^Set credits to 600\.00/).isDisabled()).toBe(true)
    expect(await unchanged().textContent()).toContain('already 600.00\u00a0USD')
    expect(await unchanged().isVisible()).toBe(true)
    // Enter sends nothing either.
    await page.getByLabel('Reason').selectOption('courtesy')
    await field('Credits').press('Enter')
    expect(new URL(page.url()).pathname).toBe(`/customers/${customer.id}/credits`)

    await field('Credits').fill('700')
    expect(await button(/^Set credits to 700\.00/).isEnabled()).toBe(true)
    expect(await unchanged().isVisible()).toBe(false)
    await field('Credits').fill('600')
    expect(await button(/^Set credits to 600\.00/).isDisabled()).toBe(true)
    await field('Credits').fill('600.00')
    await page.getByText('Add', { exact: true }).click()
    // Nobody adds what is there already because it stood there.
    expect(await field('Credits').inputValue()).toBe('')
    await field('Credits').fill('50')
    expect(await button(/^Add 50\.00\sUSD, for a total of 650\.00\sUSD/).isEnabled()).toBe(true)
    await field('Credits').fill('0')
    expect(await button(/^Add/).isDisabled()).toBe(true)
    await page.getByText('Remove', { exact: true }).click()
    await field('Credits').fill('600.01')
    expect(await page.locator('[data-short]').isVisible()).toBe(true)
    await field('Credits').fill('50')
    expect(await page.locator('[data-short]').isVisible()).toBe(false)
    await button(/^Remove 50\.00\sUSD, leaving 550\.00\sUSD/).click()
    await page.getByText(`Set credits for ${customer.email} to 550.00`).waitFor()
    expect((await prove(customer)).credits).toBe(55_000n)
  })

  test('back to a target, what is there stands there again', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 60_000n })
    await open(`/customers/${customer.id}/credits`)
    await page.getByText('Add', { exact: true }).click()
    await page.getByText('Set to', { exact: true }).click()
    expect(await field('Credits').inputValue()).toBe('600.00')
  })

  test('category and expiry are asked where there will be more, and not where there will be less', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 60_000n })
    await open(`/customers/${customer.id}/credits`)
    const isAsked = () => page.locator('[name="category"]').isVisible()
    await field('Credits').fill('700')
    expect(await isAsked()).toBe(true)
    await field('Credits').fill('500')
    expect(await isAsked()).toBe(false)
    await page.getByText('Add', { exact: true }).click()
    expect(await isAsked()).toBe(true)
    await page.getByText('Remove', { exact: true }).click()
    expect(await isAsked()).toBe(false)
  })

  test('an overdraft, a threshold and limits', async () => {
    const customer = await makeCustomer(purser.northwind)
    await open(`/customers/${customer.id}/overdraft`)
    expect(await button(/^Set overdraft to 0\.00/).isDisabled()).toBe(true)
    await field('Overdraft').fill('500')
    expect(await button(/^Set overdraft to 500\.00/).isEnabled()).toBe(true)
    await page.goto(`/customers/${customer.id}/alerts`)
    expect(await button(/^Save/).isDisabled()).toBe(true)
    await page.locator('[name="threshold"]').fill('5')
    expect(await button(/^Alert below 5\.00/).isEnabled()).toBe(true)
    await page.goto('/staff/limits')
    expect(await button(/^Save limits/).isDisabled()).toBe(true)
    expect(await unchanged().isVisible()).toBe(true)
    await page.locator('[name="adminEntryMax"]').fill('5')
    expect(await button(/^Save limits/).isEnabled()).toBe(true)
    await page.locator('[name="adminEntryMax"]').fill('')
    expect(await button(/^Save limits/).isDisabled()).toBe(true)
  })

  test('without JavaScript everything can be sent, and is refused in words', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 60_000n })
    await open(`/customers/${customer.id}/credits`, { script: false })
    await page.getByLabel('Reason').selectOption('courtesy')
    await page.getByText('Add', { exact: true }).click()
    await button(/^Set credits/).click()
    await page.locator('.field-error').getByText('This field is required.').waitFor()
    expect(await page.getByLabel('Add').isChecked()).toBe(true)
    await field('Credits').fill('50')
    await button(/^Set credits/).click()
    await page.getByText(`Set credits for ${customer.email} to 650.00`).waitFor()
  })
})

describe('an amount that can be read as two', () => {
  test('is offered as both while it is typed, and cannot be sent before one is chosen', async () => {
    const customer = await makeCustomer(tunis)
    await open(`/customers/${customer.id}/balance`, { house: tunis, width: 360 })
    await field('Amount').fill('12,50')
    expect(await button(/^Refill 12,500\sTND/).isVisible()).toBe(true)
    await field('Amount').fill('12,500')
    const choice = page.getByRole('group', { name: 'Which amount do you mean?' })
    expect(
      (await choice.locator('[data-reading]').allTextContents()).map((one) => one.replace(/\s/g, ' ')),
    ).toEqual(['12 500,000 TND', '12,500 TND'])
    await field('Reason').selectOption('courtesy')
    await button(/^Refill$/).click()
    expect(new URL(page.url()).pathname).toBe(`/customers/${customer.id}/balance`)
    await choice.getByLabel('12,500 TND').check()
    await button(/^Refill 12,500\sTND/).click()
    await page.getByText(`Refilled ${customer.email}`).waitFor()
    expect((await prove(customer)).balance).toBe(12_500n)
  })

  test('without JavaScript the page asks which one', async () => {
    const customer = await makeCustomer(tunis)
    await open(`/customers/${customer.id}/balance`, { house: tunis, script: false })
    const refill = page.getByRole('region', { name: 'Refill' })
    await refill.getByLabel('Amount').fill('12,500')
    await refill.getByLabel('Reason').selectOption('courtesy')
    await refill.getByLabel('Visible to customer').fill('Merci')
    await refill.getByRole('button', { name: 'Refill' }).click()
    await refill.getByText('This could mean two amounts.').waitFor()
    expect(await refill.getByLabel('Visible to customer').inputValue()).toBe('Merci')
    await refill.locator('[value="locale"]').check()
    await refill.getByRole('button', { name: 'Refill' }).click()
    await page.getByText(`Refilled ${customer.email}`).waitFor()
    expect((await prove(customer)).balance).toBe(12_500n)
  })

  test('the filters of the ledger wait for the choice', async () => {
    await open('/ledger', { house: tunis })
    await page.getByLabel('Minimum amount').fill('12,500')
    await page.locator('[name="minReading"][value="locale"]').check()
    await page.waitForURL(/minReading=locale/)
    expect(await page.getByLabel('Minimum amount').inputValue()).toBe('12,500')

    // A period leads to the same list, and the focus stays on it.
    await page.getByRole('link', { name: 'This month' }).press('Enter')
    await page.waitForURL(/from=/)
    const focused = page.locator(':focus')
    expect([await focused.textContent(), await focused.getAttribute('aria-current')]).toEqual([
      'This month',
      'true',
    ])
  })
})
