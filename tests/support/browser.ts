import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { type Member, PASSWORD } from './cast.ts'
import { openBrowser } from './chromium.ts'
import type { EmptyPurser } from './purser.ts'
import type { Visitor } from './visit.ts'

export { openBrowser }

let shared: Promise<Browser> | undefined

/** The Chromium of all files of a worker, which ends with it. Each tab has its own cookies, cache and storage: see openTab(). */
export function sharedBrowser(): Promise<Browser> {
  shared ??= openBrowser()
  return shared
}

export interface TabOptions {
  /** Who is logged in already; nobody where missing. */
  member?: Member
  /** Goes on where this one is: with its cookies. */
  visitor?: Visitor
  width?: number
  height?: number
  scheme?: 'light' | 'dark'
  /** False: a browser without JavaScript. */
  script?: boolean
}

const complaints = new WeakMap<BrowserContext, string[]>()

/** A browser of one's own, with one tab. What goes wrong in it, in any tab, is collected for expectNoComplaints(). */
export async function openTab(
  browser: Browser,
  purser: EmptyPurser,
  { member, visitor, width = 1440, height = 900, scheme = 'light', script = true }: TabOptions = {},
): Promise<Page> {
  const context = await browser.newContext({
    baseURL: purser.url,
    viewport: { width, height },
    colorScheme: scheme,
    javaScriptEnabled: script,
    locale: 'en-GB',
    timezoneId: 'America/New_York',
  })
  context.setDefaultTimeout(30_000)
  const cookies = visitor?.cookies ?? (member && (await purser.as(member)).cookies)
  if (cookies) {
    await context.addCookies([...cookies].map(([name, value]) => ({ name, value, url: purser.url })))
  }
  const said: string[] = []
  complaints.set(context, said)
  context.on('console', (message) => {
    // Chromium also notes each answer that is not a success; which of those is a fault, only its kind tells.
    const isStatus = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isStatus) said.push(message.text())
  })
  context.on('response', (response) => {
    const isAnswer = ['document', 'fetch'].includes(response.request().resourceType())
    const isFault = response.status() >= (isAnswer ? 500 : 400)
    if (isFault) said.push(`${response.url()} answers ${response.status()}`)
  })
  context.on('weberror', (error) => said.push(String(error.error())))
  context.on('requestfailed', (request) => {
    // A search that is typed on gives up the request before; Back to a form's answer asks before sending the form again.
    const isFault = !/ERR_ABORTED|ERR_CACHE_MISS/.test(request.failure()?.errorText ?? '')
    if (isFault) said.push(`${request.url()} failed`)
  })
  return context.newPage()
}

/** What was copied in this browser, pasted by keyboard into a page of nobody's: our own pages may not read it. */
export async function pasted(page: Page): Promise<string> {
  const paper = await page.context().newPage()
  await paper.setContent('<textarea></textarea>')
  await paper.locator('textarea').press('ControlOrMeta+V')
  const text = await paper.locator('textarea').inputValue()
  await paper.close()
  await page.bringToFront()
  return text
}

/** Fails where a script broke, the content security policy was violated or a file was missing. */
export function expectNoComplaints(page: Page) {
  expect(complaints.get(page.context())).toEqual([])
}

/** The browsers of several people in one journey. */
export class Tabs {
  #open: Page[] = []

  /** As openTab(). */
  async open(...of: Parameters<typeof openTab>): Promise<Page> {
    const tab = await openTab(...of)
    this.#open.push(tab)
    return tab
  }

  /** Closes them all; fails where expectNoComplaints() does. For afterEach. */
  async close() {
    const tabs = this.#open
    this.#open = []
    for (const tab of tabs) await tab.context().close()
    tabs.forEach(expectNoComplaints)
  }
}

/** Logs in as a person does, through the login page. */
export async function logIn(page: Page, { email }: Pick<Member, 'email'>, password = PASSWORD) {
  await page.goto('/login')
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.waitForURL('**/customers')
}

/** The row of a customer in the list. */
export const rowOf = (page: Page, email: string) => page.getByRole('row').filter({ hasText: email })

/** Opens a row's menu and one of its forms; resolves to the dialog that comes over the list. */
export async function chooseAction(page: Page, email: string, action: string): Promise<Locator> {
  await rowOf(page, email)
    .getByRole('button', { name: /^Actions for/ })
    .click()
  await page
    .getByRole('link', { name: action })
    .and(page.locator('.menu-item'))
    .and(page.locator(':visible'))
    .click()
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  return dialog
}

/** Logs a customer of northwind in to the console, through its login page. */
export async function logInToConsole(page: Page, { email }: { email: string }, password = PASSWORD) {
  await page.goto('/console/northwind/login')
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
}

/** From the open list into a customer's console, by the row's menu; resolves to the new tab. */
export async function logInAs(
  page: Page,
  { email }: { email: string },
  mode: 'Admin Login' | 'ReadOnly Login',
): Promise<Page> {
  const dialog = await chooseAction(page, email, mode)
  await dialog.getByLabel('Reason').fill('Ticket 4711')
  const [tab] = await Promise.all([
    page.context().waitForEvent('page'),
    dialog.getByRole('button', { name: 'Log in as this customer' }).click(),
  ])
  await tab.waitForURL('**/console')
  return tab
}
