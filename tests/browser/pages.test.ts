import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer, makeMember } from '../support/cast.ts'
import { expectNoComplaints, sharedBrowser, openTab } from '../support/browser.ts'
import { codeOf, requireFactors } from '../support/factors.ts'
import { NARROW, WIDE, faults, violations } from '../support/looks.ts'
import { misprints } from '../support/measures.ts'
import { pageAddresses } from '../support/pages.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
let browser: Browser
let addresses: { staff: string[]; visitor: string[] }

beforeAll(async () => {
  purser = await startPurser({ atLocalhost: true })
  browser = await sharedBrowser()
  addresses = await pageAddresses(purser)
})
afterAll(async () => {
  await purser.stop()
})

describe('every page, wide and narrow, light and dark', () => {
  test.each(['staff', 'visitor'] as const)('as %s', { timeout: 600_000 }, async (who) => {
    const member = who === 'staff' ? { member: purser.northwind.staff.owner } : {}
    const page = await openTab(browser, purser, member)
    const wrong: Record<string, string[]> = {}
    for (const address of addresses[who]) {
      const answer = await page.goto(address)
      const found = await faults(page, { isLikeOthers: address !== addresses[who][0] })
      if ((answer?.status() ?? 500) >= 500) found.push(`answers ${answer?.status()}`)
      if (found.length > 0) wrong[address] = found
    }
    expect(wrong).toEqual({})
    expectNoComplaints(page)
    await page.context().close()
  })
})

describe('what opens over a page', () => {
  test('a row’s menu, its dialogs, and the drawer of a narrow window', { timeout: 120_000 }, async () => {
    const page = await openTab(browser, purser, { member: purser.northwind.staff.owner })
    await page.goto('/customers')
    const menu = page.getByRole('button', { name: /^Actions for/ }).first()
    await menu.click()
    expect(await violations(page)).toEqual([])
    const actions = await page.locator(':popover-open a[data-dialog]').allTextContents()
    expect(actions.length).toBeGreaterThan(1)
    for (const action of actions) {
      await page.goto('/customers')
      await menu.click()
      await page.locator(':popover-open').getByText(action.trim()).click()
      await page.getByRole('dialog').waitFor()
      expect({ [action]: await faults(page) }).toEqual({ [action]: [] })
      await page.setViewportSize(WIDE)
    }
    await page.setViewportSize(NARROW)
    await page.goto('/customers')
    await page.getByRole('button', { name: 'Menu' }).click()
    expect(await violations(page)).toEqual([])
    expectNoComplaints(page)
    await page.context().close()
  })
})

test(
  'who lacks a factor that is required: its set-up, and a form that waits for it',
  { timeout: 300_000 },
  async () => {
    const { northwind } = purser
    const member = await makeMember(northwind, 'finance')
    const customer = await makeCustomer(northwind)
    const page = await openTab(browser, purser, { member })
    await page.goto(`/customers/${customer.id}/balance`)
    await page.locator('form[action$="/refills"] [name="amount"]').fill('5.00')
    await requireFactors(northwind, -1)
    try {
      await page.locator('form[action$="/refills"]').evaluate((form: HTMLFormElement) => form.submit())
      await page.getByRole('heading', { name: 'Add a second factor first' }).waitFor()
      expect(await faults(page)).toEqual([])
      await page.setViewportSize(WIDE)

      // By keyboard: the set-up in another tab, and back to what was typed.
      const opened = page.context().waitForEvent('page')
      await page.getByRole('link', { name: 'Set up a second factor in a new tab' }).press('Enter')
      const setUp = await opened
      await setUp.waitForURL('/account/factors')
      expect(await faults(setUp)).toEqual([])
      await setUp.setViewportSize(WIDE)
      await setUp.locator('main').getByRole('link', { name: 'Add an authenticator app' }).press('Enter')
      await setUp.waitForURL('/account/factors/new')
      expect(await faults(setUp)).toEqual([])
      const secret = (await setUp.locator('#app-secret').textContent()) ?? ''
      await setUp.locator('[name="code"]').fill(codeOf(secret.replaceAll(' ', '')))
      await setUp.locator('[name="code"]').press('Enter')
      await setUp.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
      expect(await setUp.locator('.required-factor').count()).toBe(0)
      await setUp.getByRole('link', { name: 'I have saved the codes' }).press('Enter')
      await setUp.locator('summary', { hasText: 'Create new codes' }).press('Enter')
      expect(await faults(setUp)).toEqual([])
      await setUp.close()
      await page.getByRole('button', { name: 'Submit again' }).press('Enter')
      // A reason was not chosen yet.
      const amount = page.locator('form[action$="/refills"] [name="amount"]')
      await amount.waitFor()
      expect(await amount.inputValue()).toBe('5.00')
      expectNoComplaints(page)
    } finally {
      await requireFactors(northwind, 7 * 24 * 60)
    }
    await page.context().close()
  },
)

test('the first Tab leads past the navigation', async () => {
  const page = await openTab(browser, purser, { member: purser.northwind.staff.owner })
  await page.goto('/customers')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
  await page.context().close()
})

test('on paper a page has its rows alone, black on white and whole', { timeout: 60_000 }, async () => {
  const page = await openTab(browser, purser, { member: purser.northwind.staff.owner, scheme: 'dark' })
  await page.emulateMedia({ media: 'print' })
  // What is left of A4 between its margins.
  await page.setViewportSize({ width: 703, height: 1000 })
  for (const address of addresses.staff.filter((one) => !one.includes('?'))) {
    await page.goto(address)
    const seen = await page.evaluate(() => ({
      pressed: [...document.querySelectorAll('nav, button, .btn')]
        .filter((one) => one.checkVisibility())
        .map((one) => one.outerHTML.slice(0, 80)),
      beyond: [...document.querySelectorAll('body *')]
        .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1)
        .map((one) => one.outerHTML.slice(0, 80)),
      cut: [...document.querySelectorAll('.table-scroll')].some((box) => box.scrollWidth > innerWidth),
      paper: getComputedStyle(document.documentElement).colorScheme,
    }))
    expect({ address, ...seen, misprints: await misprints(page) }).toEqual({
      address,
      pressed: [],
      beyond: [],
      cut: false,
      paper: 'light',
      misprints: [],
    })
  }
  await page.context().close()
})

test('on paper that lies across, a page has its whole width', async () => {
  const page = await openTab(browser, purser, { member: purser.northwind.staff.owner })
  await page.emulateMedia({ media: 'print' })
  await page.setViewportSize({ width: 1047, height: 703 })
  await page.goto('/customers')
  const { x, width } = (await page.locator('main').boundingBox())!
  expect({ x, width }).toEqual({ x: 0, width: 1047 })
  await page.context().close()
})
