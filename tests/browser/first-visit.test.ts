import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Tabs, sharedBrowser } from '../support/browser.ts'
import { makeCrowd, mixedCrowd } from '../support/crowd.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
let browser: Browser
const tabs = new Tabs()
beforeAll(async () => {
  purser = await startPurser()
  await makeCrowd(purser.northwind, mixedCrowd(100), { from: 0x100000 })
  browser = await sharedBrowser()
})
afterEach(() => tabs.close())
afterAll(async () => {
  await purser.stop()
})

/** Opens a page; the bytes of each answer that came over the network, with its headers. */
async function transferred(tab: Page, address: string): Promise<number[]> {
  const network = await tab.context().newCDPSession(tab)
  await network.send('Network.enable')
  const sizes: number[] = []
  network.on('Network.loadingFinished', ({ encodedDataLength }) => {
    // What was kept from before counts as nothing.
    if (encodedDataLength > 0) sizes.push(encodedDataLength)
  })
  await tab.goto(address, { waitUntil: 'networkidle' })
  await network.detach()
  return sizes
}

test('a first visit to a full list is a few small answers, and the next page is one', async () => {
  const tab = await tabs.open(browser, purser, { member: purser.northwind.staff.owner })
  const sizes = await transferred(tab, '/customers')
  expect(await tab.getByRole('row').count()).toBeGreaterThan(40)
  expect(sizes.length).toBeGreaterThan(3)
  expect(sizes.length).toBeLessThanOrEqual(10)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(160_000)
  expect(await transferred(tab, '/ledger')).toHaveLength(1)
})
