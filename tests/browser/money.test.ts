import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { chooseAction, expectNoComplaints, sharedBrowser, openTab, rowOf } from '../support/browser.ts'
import { setCredits } from '../support/postings.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

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

async function openList(options: { script?: boolean; width?: number } = {}) {
  page = await openTab(browser, purser, { member: purser.northwind.staff.finance, ...options })
  await page.goto('/customers')
}

const dialog = () => page.getByRole('dialog')
/** Both forms of Manage Balance are in the page, and one of them is shown. */
const field = (label: string) => dialog().getByLabel(label).and(page.locator(':visible'))

const postingsOf = ({ id }: { id: string }) =>
  purser.services.database.prisma.posting.count({ where: { customerId: id } })

describe('Charge, in a dialog over the list', () => {
  test('says which part comes from where before it is sent, and a double click charges once', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 2_000n, credits: 500n })
    await openList()
    await chooseAction(page, customer.email, 'Charge')
    const foreseen = async (amount: string) => {
      await field('Amount').fill(amount)
      const shown = await dialog().locator('.before-after [data-after-box] output:visible').allTextContents()
      return { shown: shown.map((one) => one.replace('\u00a0USD', '')), isShort: await short.isVisible() }
    }
    const short = dialog().locator('[data-short]')
    expect(await foreseen('')).toEqual({ shown: [], isShort: false })
    expect(await foreseen('4.99')).toEqual({ shown: ['4.99', '0.00', '20.00'], isShort: false })
    expect(await foreseen('25')).toEqual({ shown: ['5.00', '20.00', '0.00'], isShort: false })
    expect(await foreseen('25.01')).toMatchObject({ isShort: true })
    expect(await foreseen('1e1')).toEqual({ shown: [], isShort: false })
    expect(await foreseen('7.5')).toEqual({ shown: ['5.00', '2.50', '17.50'], isShort: false })
    await field('Description').fill('GPU hours')
    const button = dialog().getByRole('button', { name: /^Charge/ })
    expect(await button.textContent()).toContain('Charge 7.50')
    await button.dblclick()
    await page.getByText(`Charged 7.50\u00a0USD to ${customer.email}`).waitFor()
    expect(await rowOf(page, customer.email).textContent()).toContain('17.50')
    expect(await postingsOf(customer)).toBe(3)
  })
})

describe('Manage Balance, in a dialog over the list', () => {
  test('a double click refills once, and the list keeps its state', async () => {
    const customer = await makeCustomer(purser.northwind)
    await openList()
    await page.goto(`/customers?q=${encodeURIComponent(customer.email)}`)
    await chooseAction(page, customer.email, 'Manage Balance')
    await field('Amount').fill('1,150.5')
    await field('Reason').selectOption({ label: 'Courtesy' })
    const button = dialog().getByRole('button', { name: /^Refill/ })
    expect(await button.textContent()).toContain('Refill 1,150.50')
    await button.dblclick()
    await page.getByText(`Refilled ${customer.email}`).waitFor()
    expect(await rowOf(page, customer.email).textContent()).toContain('1,150.50')
    expect(new URL(page.url()).searchParams.get('q')).toBe(customer.email)
    expect(await postingsOf(customer)).toBe(1)
  })

  test('deducting too much says what is available, and keeps what was typed', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 2_000n })
    await openList()
    await chooseAction(page, customer.email, 'Manage Balance')
    await dialog().locator('.segments').getByText('Deduct').click()
    await field('Amount').fill('20.01')
    await field('Reason').selectOption({ label: 'Refund' })
    await field('Internal comment').fill('sent back')
    await dialog()
      .getByRole('button', { name: /^Deduct/ })
      .click()
    await dialog().locator('.field-error').getByText('Only 20.00').waitFor()
    expect(await field('Amount').inputValue()).toBe('20.01')
    expect(await field('Internal comment').inputValue()).toBe('sent back')
    expect(await postingsOf(customer)).toBe(1)

    await field('Amount').fill('20')
    await dialog()
      .getByRole('button', { name: /^Deduct/ })
      .click()
    await page.getByText(`from ${customer.email}`).waitFor()
    expect(await postingsOf(customer)).toBe(2)
  })

  test('Escape closes it and gives the focus back to the menu of that row', async () => {
    const customer = await makeCustomer(purser.northwind)
    await openList()
    await chooseAction(page, customer.email, 'Manage Balance')
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'hidden' })
    expect(await focused()).toBe(`Actions for ${customer.email}`)
  })

  test('Back closes it and stays on the page; Escape and Back ask before they discard what was typed', async () => {
    const customer = await makeCustomer(purser.northwind)
    await openList()
    const asked: string[] = []
    let answer = false
    page.on('dialog', (question) => {
      asked.push(question.message())
      return answer ? question.accept() : question.dismiss()
    })
    await chooseAction(page, customer.email, 'Manage Balance')
    await page.goBack()
    await dialog().waitFor({ state: 'hidden' })
    expect(new URL(page.url()).pathname).toBe('/customers')
    expect(await focused()).toBe(`Actions for ${customer.email}`)
    expect(asked).toEqual([])

    await chooseAction(page, customer.email, 'Manage Balance')
    await field('Amount').fill('25')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.evaluate(() => history.back())
    await expect.poll(() => asked.length).toBe(3)
    expect(await field('Amount').inputValue()).toBe('25')
    answer = true
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'hidden' })
    expect(new Set(asked)).toEqual(new Set(['Discard what you entered?']))
    expect(new URL(page.url()).pathname).toBe('/customers')
  })
})

test('credits that somebody else set meanwhile: the dialog shows the new value, and sending again works', async () => {
  const customer = await makeCustomer(purser.northwind, { credits: 1_000n })
  await openList()
  await chooseAction(page, customer.email, 'Manage Credits')
  await field('Credits').fill('30')
  await field('Reason').selectOption({ label: 'Courtesy' })
  await field('Visible to customer').fill('for your patience')
  const { system } = purser.northwind
  const manual = { idempotencyKey: 'meanwhile', reason: 'courtesy', comment: '', note: '' } as const
  await setCredits(system, customer, { ...manual, credits: 2_500n, seen: 1_000n })

  await dialog().getByRole('button', { name: /^Set/ }).click()
  await dialog().getByText('Credits have changed to 25.00').waitFor()
  expect(await field('Credits').inputValue()).toBe('30')
  expect(await field('Visible to customer').inputValue()).toBe('for your patience')
  expect(await dialog().locator('.before-after').textContent()).toContain('25.00')
  await dialog().getByRole('button', { name: /^Set/ }).click()
  await page.getByText(`Set credits for ${customer.email} to 30.00`).waitFor()
  expect(await postingsOf(customer)).toBe(3)
})

/** What a screen reader would call the element that has the focus. */
const focused = () =>
  page.evaluate(() => {
    const { activeElement: element } = document
    return (element?.getAttribute('aria-label') ?? element?.textContent ?? '').trim()
  })

/** Presses Tab until the focus is there. */
async function tabTo(name: string | RegExp) {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    const reached = await focused()
    if (typeof name === 'string' ? reached === name : name.test(reached)) return
  }
  throw new Error(`Sixty times Tab did not lead to ${name}.`)
}

test('by keyboard alone: from the list to a booked refill', async () => {
  const customer = await makeCustomer(purser.northwind)
  await openList()
  await page.goto(`/customers?q=${encodeURIComponent(customer.email)}`)
  await tabTo(`Actions for ${customer.email}`)
  await page.keyboard.press('Enter')
  await tabTo('Manage Balance')
  await page.keyboard.press('Enter')
  await dialog().waitFor()
  // The dialog opens with the focus in its first field.
  await page.keyboard.type('25')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Court')
  await tabTo(/^Refill 25\.00/)
  await page.keyboard.press('Enter')
  await page.getByText(`Refilled ${customer.email}`).waitFor()
  expect(await postingsOf(customer)).toBe(1)
  // And from there to the next action, by the arrows of the menu.
  await expect.poll(focused).toBe(`Actions for ${customer.email}`)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('End')
  const last = await focused()
  await page.keyboard.press('ArrowDown')
  const first = await focused()
  await page.keyboard.press('ArrowUp')
  expect(await focused()).toBe(last)
  await page.keyboard.press('Home')
  expect(await focused()).toBe(first)
  expect(first).not.toBe(last)
})

test('without JavaScript the same forms are pages', async () => {
  const customer = await makeCustomer(purser.northwind)
  await openList({ script: false })
  await rowOf(page, customer.email)
    .getByRole('button', { name: /^Actions for/ })
    .click()
  await page.getByRole('link', { name: 'Manage Balance' }).and(page.locator(':visible')).click()
  await page.waitForURL(`**/customers/${customer.id}/balance`)
  const refill = page.getByRole('region', { name: 'Refill' })
  await refill.getByLabel('Amount').fill('12,3')
  await refill.getByLabel('Reason').selectOption({ label: 'Courtesy' })
  await refill.getByRole('button', { name: 'Refill' }).click()
  await page.getByText('Enter an amount such as').waitFor()
  expect(await refill.getByLabel('Amount').inputValue()).toBe('12,3')
  await refill.getByLabel('Amount').fill('12.30')
  await refill.getByRole('button', { name: 'Refill' }).click()
  await page.getByText(`Refilled ${customer.email}`).waitFor()
  expect(await postingsOf(customer)).toBe(1)
})
