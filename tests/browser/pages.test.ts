import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectNoComplaints, openBrowser, openTab } from '../support/browser.ts'
import { NARROW, WIDE, faults, violations } from '../support/looks.ts'
import { misprints } from '../support/measures.ts'
import { pageAddresses } from '../support/pages.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
let browser: Browser
let addresses: { staff: string[]; visitor: string[] }

beforeAll(async () => {
  purser = await startPurser({ atLocalhost: true })
  browser = await openBrowser()
  addresses = await pageAddresses(purser)
})
afterAll(async () => {
  await browser.close()
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
