import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

/**
 * Starts the Chromium that came from npm; about a second. Close it in afterAll. Not with the package's own arguments: those switch
 * off what these tests are about (the same-origin policy), and run everything in one process, which ends with the first tab.
 * `keepsPages`: as people's browsers, it keeps a page that was left for Back (playwright switches that off).
 */
export async function openBrowser({ keepsPages = false } = {}): Promise<Browser> {
  // No sandbox, because there is none for root and in most containers, and nothing but our own pages is opened.
  const args = ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none']
  return chromium.launch({
    executablePath: await sparticuz.executablePath(),
    args,
    headless: true,
    ...(keepsPages && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
  })
}
