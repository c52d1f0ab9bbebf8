import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { logInToConsole, sharedBrowser, Tabs } from '../support/browser.ts'
import { PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { Device, addPasskey, logOut } from '../support/device.ts'
import { ageProofs } from '../support/proof.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
let browser: Browser
const tabs = new Tabs()
beforeAll(async () => {
  purser = await startPurser({ atLocalhost: true })
  browser = await sharedBrowser()
})
afterEach(() => tabs.close())
afterAll(() => purser.stop())

/** What axe finds, and whether the page is wider than the window. */
async function faultsOf(page: Page): Promise<string[]> {
  // By the legacy mode it opens no tab of its own for each look; what it adds is for frames of other sites, which no page has.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
  const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
  return [...violations.map(({ id }) => id), ...(isWide ? ['wide'] : [])]
}

test.each([
  { width: 360, scheme: 'light' },
  { width: 1440, scheme: 'dark' },
] as const)('its pages are accessible and fit, $scheme at $width', async ({ width, scheme }) => {
  const member = await makeMember(purser.northwind, 'owner')
  const page = await tabs.open(browser, purser, { member, width, scheme })
  await Device.of(page)
  const faults: [string, string[]][] = []
  const look = async (what: string) => faults.push([what, await faultsOf(page)])
  await page.goto('/account/factors/passkeys/new')
  await look('new')
  await addPasskey(page, 'A name as long as people give to a device that they have for work')
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  await page.goto('/account/factors')
  await look('factors')
  await page.goto('/account/proof')
  await page.getByRole('button', { name: 'Use a passkey' }).waitFor()
  await look('proof')
  await logOut(page)
  await look('login')
  await page.getByLabel('E-mail address').fill(member.email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  await page.getByRole('button', { name: 'Use a passkey' }).waitFor()
  await look('factor')
  expect(faults.filter(([, found]) => found.length > 0)).toEqual([])
})

test.each([
  { width: 360, scheme: 'dark' },
  { width: 1280, scheme: 'light' },
] as const)('a customer has passkeys as staff do: $width px wide, $scheme', async (options) => {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  const page = await tabs.open(browser, purser, options)
  const device = await Device.of(page)
  const looksRight = async (at: string) => expect([at, await faultsOf(page)]).toEqual([at, []])
  const again = async () => {
    await page.context().clearCookies({ name: 'purser-console' })
    await page.goto('/console/northwind/login')
  }
  await logInToConsole(page, customer)
  await page.waitForURL('**/console')
  await page.goto('/console/security')
  await looksRight('security')
  await page.goto('/console/security/factors')
  await looksRight('factors, none')
  await page.getByRole('link', { name: 'Add an authenticator app' }).press('Enter')
  await page.getByRole('textbox', { name: 'Code' }).waitFor()
  await looksRight('an app')
  await page.goto('/console/security/factors')
  await page.getByRole('link', { name: 'Add a passkey' }).press('Enter')
  await page.getByLabel('Name').fill('Phone')
  await looksRight('a passkey')
  await page.getByLabel('Name').press('Enter')
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  await looksRight('recovery codes')
  expect(await device.passkeys()).toBe(1)

  await again()
  await page.getByRole('button', { name: 'Log in with a passkey' }).press('Enter')
  await page.waitForURL('**/console')

  await again()
  await logInToConsole(page, customer)
  await page.waitForURL('**/console/login/factor')
  await looksRight('the second step')
  await page.getByRole('button', { name: 'Use a passkey' }).press('Enter')
  await page.waitForURL('**/console')

  await page.goto('/console/security/factors')
  await looksRight('factors, one')
  await ageProofs(purser, { id: customer.id })
  const removal = page.locator('details', { hasText: 'Phone' })
  await removal.locator('summary').press('Enter')
  await removal.getByRole('button', { name: 'Remove' }).press('Enter')
  await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor()
  await looksRight('the proof')
  await page.getByRole('button', { name: 'Use a passkey' }).press('Enter')
  await removal.getByText('You have confirmed that it is you.').waitFor()
  await looksRight('factors, one that waited for the proof')
  await page.keyboard.press('Enter')
  await page.getByText('Removed Phone.').waitFor()
  // It leads nobody into the portal either, which has the same host.
  await page.goto('/login')
  await page.getByRole('button', { name: 'Log in with a passkey' }).press('Enter')
  await page.getByText('This passkey does not log in to any account here.').waitFor()
})
