import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { expectNoComplaints, logInToConsole, sharedBrowser, openTab } from '../support/browser.ts'
import { type View, consoleViews } from '../support/console-pages.ts'
import { NARROW, faults, faultsWithoutScript } from '../support/looks.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
let browser: Browser
let views: View[]

beforeAll(async () => {
  purser = await startPurser()
  browser = await sharedBrowser()
  views = await consoleViews(purser)
}, 120_000)
afterAll(async () => {
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
      const isWhose = !/^(Read-?Only|Admin) ?Login/i.test(who) || (await page.title()).includes('Console of ')
      if (!isWhose) found.push(`is called ${await page.title()}`)
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

test('what is pointed at keeps the console’s colour', { timeout: 60_000 }, async () => {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  for (const scheme of ['light', 'dark'] as const) {
    const page = await openTab(browser, purser, { scheme })
    await logInToConsole(page, customer)
    for (const room of ['Billing', 'Security']) {
      await page.getByRole('link', { name: room }).first().click()
      await page.getByRole('heading', { name: room, level: 1 }).waitFor()
      for (const link of await page.locator('main a:visible').all()) {
        await link.hover()
        // Blue has far more blue than green in it; teal has as much of both, and gray too.
        expect({ [await link.innerText()]: await isBlue(link) }).toEqual({ [await link.innerText()]: false })
      }
    }
    await page.context().close()
  }
})

const isBlue = (link: Locator) =>
  link.evaluate((element) => {
    const paint = new OffscreenCanvas(1, 1).getContext('2d')!
    paint.fillStyle = getComputedStyle(element).color
    paint.fillRect(0, 0, 1, 1)
    const [, green = 0, blue = 0] = paint.getImageData(0, 0, 1, 1).data
    return blue - green > 24
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
