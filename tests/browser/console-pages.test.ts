import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { expectNoComplaints, openBrowser, openTab } from '../support/browser.ts'
import { type View, consoleViews } from '../support/console-pages.ts'
import { NARROW, faults, faultsWithoutScript } from '../support/looks.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
let browser: Browser
let views: View[]

beforeAll(async () => {
  purser = await startPurser()
  browser = await openBrowser()
  views = await consoleViews(purser)
}, 120_000)
afterAll(async () => {
  await browser.close()
  await purser.stop()
})

/** Looks at all pages of all views; a line for each fault. Of a kind that differs in few places, at the first page. */
async function overAll(
  { script }: { script: boolean },
  look: (page: Page, at: { isFirst: boolean }) => Promise<string[]>,
): Promise<Record<string, string[]>> {
  const wrong: Record<string, string[]> = {}
  for (const { who, browser: visitor, addresses, sends } of views) {
    const page = await openTab(browser, purser, { visitor, script, ...NARROW })
    for (const address of sends ? addresses : addresses.slice(0, 1)) {
      const answer = await page.goto(address)
      const found = await look(page, { isFirst: address === addresses[0] })
      if ((answer?.status() ?? 500) >= 500) found.push(`answers ${answer?.status()}`)
      if (found.length > 0) wrong[`${who}, ${address}`] = found
    }
    expectNoComplaints(page)
    await page.context().close()
  }
  return wrong
}

describe('every page of the console, and every way into it', () => {
  test('wide and narrow, light and dark', { timeout: 600_000 }, async () => {
    expect(
      await overAll({ script: true }, (page, { isFirst }) => faults(page, { isLikeOthers: !isFirst })),
    ).toEqual({})
  })

  test('narrow and without JavaScript', { timeout: 300_000 }, async () => {
    expect(await overAll({ script: false }, faultsWithoutScript)).toEqual({})
  })
})

test('the password that was generated, where it is shown', { timeout: 60_000 }, async () => {
  const customer = await makeCustomer(purser.northwind)
  for (const script of [true, false]) {
    const page = await openTab(browser, purser, { member: purser.northwind.staff.owner, script })
    await page.goto(`/customers/${customer.id}/password-reset`)
    await page.getByRole('button', { name: 'Generate New Password' }).click()
    await page.locator('[data-password]').waitFor()
    expect(script ? await faults(page) : await faultsWithoutScript(page)).toEqual([])
    expectNoComplaints(page)
    await page.context().close()
  }
})
