import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectNoComplaints, openBrowser, openTab } from '../support/browser.ts'
import { pageAddresses } from '../support/pages.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const NARROW = { width: 360, height: 740 }
const WIDE = { width: 1440, height: 900 }

let purser: RunningPurser
let browser: Browser
let addresses: { staff: string[]; visitor: string[] }

beforeAll(async () => {
  purser = await startPurser()
  browser = await openBrowser()
  addresses = await pageAddresses(purser)
})
afterAll(async () => {
  await browser.close()
  await purser.stop()
})

/** What axe finds here, a line for each rule. */
async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).withTags(WCAG).analyze()
  return found.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .map(({ target }) => target.join(' '))
        .slice(0, 3)
        .join(', ')}`,
  )
}

/** Looks at a page wide and narrow, light and dark. */
async function faults(page: Page): Promise<string[]> {
  const found: string[] = []
  const note = (where: string, lines: string[]) => found.push(...lines.map((line) => `${where}: ${line}`))
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize(WIDE)
    note(`wide, ${colorScheme}`, await violations(page))
    await page.setViewportSize(NARROW)
    note(`narrow, ${colorScheme}`, await violations(page))
  }
  const tooWide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  if (tooWide > 0) found.push(`narrow: scrolls sideways by ${tooWide} px`)
  // A table that becomes cards has nothing beyond its edge, where nobody would look for it.
  const hidden = await page.evaluate(
    () =>
      [...document.querySelectorAll('.table-scroll:has(> .cards)')].filter(
        (box) => box.scrollWidth > box.clientWidth,
      ).length,
  )
  if (hidden > 0) found.push('narrow: a list of cards hides something beside it')
  return found
}

describe('every page, wide and narrow, light and dark', () => {
  test.each(['staff', 'visitor'] as const)('as %s', { timeout: 600_000 }, async (who) => {
    const member = who === 'staff' ? { member: purser.northwind.staff.owner } : {}
    const page = await openTab(browser, purser, member)
    const wrong: Record<string, string[]> = {}
    for (const address of addresses[who]) {
      const answer = await page.goto(address)
      const found = await faults(page)
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
    const actions = await page.locator('.menu:popover-open a[data-dialog]').allTextContents()
    expect(actions.length).toBeGreaterThan(1)
    for (const action of actions) {
      await page.goto('/customers')
      await menu.click()
      await page.locator('.menu:popover-open').getByText(action.trim()).click()
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
