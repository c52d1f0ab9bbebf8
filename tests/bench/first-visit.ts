import { openBrowser } from '../support/chromium.ts'
import { credentialsOf, emailsFor } from './people.ts'

/** What a browser asks for that was never here before, and what comes back, with headers. */
export interface FirstVisit {
  requests: number
  kilobytes: number
}

/** Logs in with a browser that has nothing in its cache, which leads to the list of customers. It accepts Brotli, as on HTTPS. */
export async function measureFirstVisit(url: string): Promise<FirstVisit> {
  const browser = await openBrowser()
  try {
    const page = await browser.newPage()
    const devtools = await page.context().newCDPSession(page)
    const visit = { requests: 0, bytes: 0 }
    const note = ({ encodedDataLength }: { encodedDataLength: number }) => {
      // What came from the cache again has no length.
      if (encodedDataLength > 0) visit.requests += 1
      visit.bytes += encodedDataLength
    }
    devtools.on('Network.loadingFinished', note)
    devtools.on('Network.requestWillBeSent', ({ redirectResponse }) => {
      if (redirectResponse) note(redirectResponse)
    })
    await devtools.send('Network.enable')
    await page.goto(`${url}/login`, { waitUntil: 'networkidle' })
    const { email, password } = credentialsOf(emailsFor(1)[0] ?? '')
    await page.getByLabel('E-mail').fill(email)
    await page.locator('input[type=password]').fill(password)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/customers', { waitUntil: 'networkidle' })
    return { requests: visit.requests, kilobytes: visit.bytes / 1000 }
  } finally {
    await browser.close()
  }
}
