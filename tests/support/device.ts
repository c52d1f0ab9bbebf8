import type { CDPSession, Page } from 'playwright-core'

/** The browser's own authenticator, as a device has it: it asks nobody. */
export class Device {
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

/** Adds a passkey, by keyboard alone. */
export async function addPasskey(page: Page, name: string) {
  await page.goto('/account/factors')
  await page.getByRole('link', { name: 'Add a passkey' }).press('Enter')
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Name').press('Enter')
}

/** Without a word to the server, and to the login page. */
export async function logOut(page: Page) {
  await page.context().clearCookies({ name: 'purser-portal' })
  await page.goto('/login')
}
