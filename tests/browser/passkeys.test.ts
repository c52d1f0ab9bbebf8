import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openBrowser, Tabs } from '../support/browser.ts'
import { PASSWORD, makeMember } from '../support/cast.ts'
import { ageProofs } from '../support/proof.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
let browser: Browser
const tabs = new Tabs()
beforeAll(async () => {
  purser = await startPurser({ atLocalhost: true })
  browser = await openBrowser()
})
afterEach(() => tabs.close())
afterAll(async () => {
  await browser.close()
  await purser.stop()
})

/** The browser's own authenticator, as a device has it: it asks nobody. */
class Device {
  readonly #session: CDPSession
  readonly #id: string

  constructor(session: CDPSession, id: string) {
    this.#session = session
    this.#id = id
  }

  static async of(page: Page): Promise<Device> {
    const session = await page.context().newCDPSession(page)
    await session.send('WebAuthn.enable')
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    return new Device(session, authenticatorId)
  }

  /** Whether whoever holds it is recognized. Where not, it is as if they had cancelled. */
  recognizes(isUserVerified: boolean) {
    return this.#session.send('WebAuthn.setUserVerified', { authenticatorId: this.#id, isUserVerified })
  }

  async passkeys(): Promise<number> {
    const { credentials } = await this.#session.send('WebAuthn.getCredentials', { authenticatorId: this.#id })
    return credentials.length
  }
}

/** Somebody who is logged in, in a browser with a device. */
async function someone() {
  const member = await makeMember(purser.northwind, 'owner')
  const page = await tabs.open(browser, purser, { member })
  return { member, page, device: await Device.of(page) }
}

/** Adds a passkey, by keyboard alone. */
async function add(page: Page, name: string) {
  await page.goto('/account/factors')
  await page.getByRole('link', { name: 'Add a passkey' }).press('Enter')
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Create a passkey' }).press('Enter')
}

async function logOut(page: Page) {
  await page.context().clearCookies({ name: 'purser-portal' })
  await page.goto('/login')
}

test('a passkey is added, logs in alone and after the password, proves who it is, and is removed', async () => {
  const { member, page, device } = await someone()
  const warnings: string[] = []
  page.context().on('console', (message) => {
    if (/Unrecognized feature/.test(message.text())) warnings.push(message.text())
  })
  await add(page, 'Laptop')
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  await page.getByRole('link', { name: 'I have saved the codes' }).click()
  await page.getByText('Laptop', { exact: true }).first().waitFor()
  expect(await device.passkeys()).toBe(1)

  await logOut(page)
  await page.getByRole('button', { name: 'Log in with a passkey' }).press('Enter')
  await page.waitForURL('**/customers')

  await logOut(page)
  await page.getByLabel('E-mail address').fill(member.email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  await page.waitForURL('**/login/factor')
  await page.getByRole('button', { name: 'Use a passkey' }).press('Enter')
  await page.waitForURL('**/customers')

  await page.goto('/account/factors')
  await ageProofs(purser, { id: member.id })
  const removal = page.locator('details', { hasText: 'Laptop' })
  await removal.locator('summary').click()
  await removal.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor()
  await page.getByRole('button', { name: 'Use a passkey' }).press('Enter')
  await page.getByText('You have confirmed that it is you.').waitFor()
  await removal.locator('summary').click()
  await removal.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('Removed Laptop.').waitFor()

  // The device has it still, and it lets nobody in.
  await logOut(page)
  await page.getByLabel('E-mail address').fill(member.email)
  await page.getByRole('button', { name: 'Log in with a passkey' }).click()
  await page.getByText('This passkey does not log in to any account here.').waitFor()
  expect(await page.getByLabel('E-mail address').inputValue()).toBe(member.email)
  expect(warnings).toEqual([])
})

test('a device that has one is told so, and what was typed is kept when it is cancelled', async () => {
  const { page, device } = await someone()
  await add(page, 'Laptop')
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  await add(page, 'Laptop once more')
  await page.getByText('This device already has one of your passkeys.').waitFor()
  expect(await page.getByLabel('Name').inputValue()).toBe('Laptop once more')

  await logOut(page)
  await device.recognizes(false)
  await page.getByLabel('E-mail address').fill('typed@northwind.example')
  await page.getByLabel('Password').fill('typed as well')
  const button = page.getByRole('button', { name: 'Log in with a passkey' })
  await button.click()
  await page.getByRole('alert').getByText('No passkey was used. You can try again.').waitFor()
  expect(await page.getByLabel('E-mail address').inputValue()).toBe('typed@northwind.example')
  expect(await page.getByLabel('Password').inputValue()).toBe('typed as well')
  await device.recognizes(true)
  await button.click()
  await page.waitForURL('**/customers')
})
