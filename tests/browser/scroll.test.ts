import type { Browser, Page } from 'playwright-core'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { refill } from '../support/postings.ts'
import { sharedBrowser, Tabs } from '../support/browser.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { enter } from '../support/login-as.ts'

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

/** Scrolls to the end of a page that is several screens long, and says where something stands in the window then. */
async function placeAtTheEnd(page: Page, selector: string) {
  const { screens } = await page.evaluate(() => ({
    screens: document.documentElement.scrollHeight / innerHeight,
  }))
  expect(screens).toBeGreaterThan(2)
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
  await page.waitForFunction(() => scrollY > innerHeight)
  const { top, bottom } = await page.locator(selector).evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect()
    return { top, bottom }
  })
  // Never -0, which is not equal to 0.
  return { top: Math.round(top) + 0, height: Math.round(bottom - top) }
}

async function longStatement() {
  const customer = await makeCustomer(purser.northwind)
  for (let at = 0; at < 40; at++) {
    await refill(purser.northwind.system, customer, {
      idempotencyKey: uuidv7(),
      amount: 1_00n,
      reason: 'courtesy',
      comment: '',
      note: `Line ${at}`,
      reference: '',
      confirmDuplicate: false,
    })
  }
  return customer
}

describe.each([
  { width: 1440, height: 900 },
  { width: 900, height: 700 },
  { width: 360, height: 740 },
])('at $width px', (size) => {
  test.each(['readonly', 'admin'] as const)(
    'the banner of a login as a customer stays on top (%s), and leaves the screen to the page',
    async (mode) => {
      const customer = await longStatement()
      const visitor = await purser.as(purser.northwind.staff.admin)
      await enter(visitor, customer, mode)
      for (const script of [true, false]) {
        const page = await tabs.open(browser, purser, { visitor, script, ...size })
        await page.goto('/console/billing')
        if (script) {
          const { top, height } = await placeAtTheEnd(page, '.login-as')
          expect(top).toBe(0)
          expect(height / size.height).toBeLessThan(0.2)
        }
        await page.mouse.wheel(0, 100_000)
        const exit = page.getByRole('button', { name: 'Exit' })
        await expect.poll(async () => (await exit.boundingBox())?.y ?? -1).toBeGreaterThanOrEqual(0)
        const box = await exit.boundingBox()
        expect((box?.y ?? 1e6) + (box?.height ?? 0)).toBeLessThan(size.height)
      }
    },
  )
})

test('the portal’s sidebar stays beside a long page, and is as high as the window', async () => {
  const { id: resellerId } = purser.northwind.reseller
  await purser.owner.prisma.auditRow.createMany({
    // Equal ones in a row would be one row.
    data: Array.from({ length: 60 }, (_, place) => ({
      resellerId,
      id: uuidv7(),
      event: place % 2 === 0 ? 'staff.logged_in' : 'staff.logged_out',
      actorKind: 'system' as const,
      actorName: 'test',
      details: {},
    })),
  })
  const page = await tabs.open(browser, purser, { member: purser.northwind.staff.owner })
  await page.goto('/audit')
  expect(await placeAtTheEnd(page, '.sidebar')).toEqual({ top: 0, height: 900 })
})
