import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  chooseAction,
  logInToConsole,
  openBrowser,
  rowOf,
  type TabOptions,
  Tabs,
  pasted,
} from '../support/browser.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { MailServer } from '../support/mail-server.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { tablesHolding } from '../support/rows.ts'

const mailServer = new MailServer()
const log: string[] = []
let purser: RunningPurser
let browser: Browser
const tabs = new Tabs()

beforeAll(async () => {
  await mailServer.start()
  purser = await startPurser({
    works: true,
    log,
    env: { SMTP_URL: `smtp://127.0.0.1:${mailServer.port}`, LOG_LEVEL: 'trace' },
  })
  browser = await openBrowser({ keepsPages: true })
})
afterEach(() => tabs.close())
afterAll(async () => {
  await browser.close()
  await purser.stop()
  await mailServer.stop()
})

const open = (options: TabOptions = {}) => tabs.open(browser, purser, options)
const openAdmin = () => open({ member: purser.northwind.staff.admin })

/** The list with this customer alone in it. */
const listOf = (page: Page, { email }: { email: string }) =>
  page.goto(`/customers?q=${encodeURIComponent(email)}`)

const shown = (page: Page) => page.locator('[data-password]')

async function generate(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Generate New Password' }).click()
  return (await shown(page).textContent()) ?? ''
}

test('generate, copy, confirm; the customer logs in with it, and has to choose another before anything else', async () => {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  const staff = await openAdmin()
  const seen: string[] = []
  staff.on('request', (request) => seen.push(request.url()))
  await staff.context().grantPermissions(['clipboard-write'])
  await listOf(staff, customer)
  const dialog = await chooseAction(staff, customer.email, 'Reset Password')
  const password = await generate(staff)
  expect(password).toMatch(/^\w{20}$/)
  // With it goes where to use it.
  expect(await dialog.textContent()).toContain('/console/northwind/login')
  // Enter, Enter copies it: nothing puts a password in force that nobody has seen.
  expect(await staff.evaluate(() => document.activeElement?.matches('[data-copy]'))).toBe(true)
  await Promise.all([
    dialog.getByRole('button', { name: 'Copied' }).waitFor(),
    dialog.getByRole('button', { name: 'Copy' }).click(),
  ])
  expect(await pasted(staff)).toBe(password)
  await dialog.getByRole('button', { name: 'Confirm New Password' }).click()
  const flash = staff.locator('.flash').filter({ hasText: customer.email })
  expect(await flash.textContent()).toContain('valid for 72 hours')
  // Over the list the list stays where it was.
  expect(new URL(staff.url()).searchParams.get('q')).toBe(customer.email)

  const console_ = await open()
  await logInToConsole(console_, customer)
  await console_.locator('.form-errors').waitFor()
  await logInToConsole(console_, customer, password)
  await console_.getByRole('heading', { name: 'Choose your own password' }).waitFor()
  for (const elsewhere of ['/console', '/console/billing', '/console/profile', '/console/security']) {
    await console_.goto(elsewhere)
    expect(new URL(console_.url()).pathname).toBe('/console/password')
  }
  expect(await console_.getByRole('link', { name: 'Billing' }).count()).toBe(0)
  await console_.getByLabel('Temporary password').fill(password)
  await console_.getByLabel('New password').fill('zebra lamp river moon')
  await console_.getByRole('button', { name: 'Set password' }).click()
  await console_.getByRole('heading', { name: 'Overview' }).waitFor()
  await console_.getByRole('link', { name: 'Billing', exact: true }).click()
  await console_.waitForURL('**/console/billing')

  const cookies = [...(await staff.context().cookies()), ...(await console_.context().cookies())]
  expect(await tablesHolding(purser, password)).toEqual([])
  expect(mailServer.mails.map((mail) => JSON.stringify(mail)).join()).not.toContain(password)
  expect([...seen, ...cookies.map(({ value }) => value)].join('\n')).not.toContain(password)
  expect(await staff.content()).not.toContain(password)
  // The same search does find what is there to be found.
  expect(await tablesHolding(purser, customer.email)).not.toEqual([])
  expect(log.join('')).toContain(`/customers/${customer.id}/password-reset`)
  expect(log.join('')).not.toContain(password)
})

test('it is shown once: neither a reload nor Back shows it, from a dialog or from the page', async () => {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  const staff = await openAdmin()
  await listOf(staff, customer)
  await chooseAction(staff, customer.email, 'Reset Password')
  const first = await generate(staff)
  await staff.reload()
  expect(await staff.content()).not.toContain(first)
  await chooseAction(staff, customer.email, 'Reset Password')
  expect(await shown(staff).count()).toBe(0)
  const second = await generate(staff)
  expect(second).not.toBe(first)
  await staff.goto('/tags')
  await staff.goBack()
  await rowOf(staff, customer.email).waitFor()
  expect(await staff.content()).not.toContain(second)

  await staff.goto(`/customers/${customer.id}/password-reset`)
  const [answer] = await Promise.all([
    staff.waitForResponse((response) => response.request().method() === 'POST'),
    staff.getByRole('button', { name: 'Generate New Password' }).click(),
  ])
  expect(answer.headers()['cache-control']).toBe('no-store')
  const third = (await shown(staff).textContent()) ?? ''
  await staff.goto('/tags')
  // The browser asks whether to send the form again, which would make another one; so there is no page to go back to.
  await staff.goBack().catch((error: Error) => expect(error.message).toContain('ERR_CACHE_MISS'))
  const content = () => staff.content().catch(() => `still on the way, as good as ${third}`)
  await expect.poll(content).not.toContain(third)
})

test('a page that is put away loses it, should a browser keep the page after all', async () => {
  const customer = await makeCustomer(purser.northwind)
  const staff = await openAdmin()
  await staff.goto(`/customers/${customer.id}/password-reset`)
  const password = await generate(staff)
  await staff.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
  expect(await staff.content()).not.toContain(password)
})

test('instead of a password, a link by mail: the customer sets a password with it and logs in', async () => {
  const customer = await makeCustomer(purser.northwind)
  const staff = await openAdmin()
  await listOf(staff, customer)
  const dialog = await chooseAction(staff, customer.email, 'Reset Password')
  await dialog.getByRole('button', { name: 'Send a link to' }).click()
  await staff.locator('.flash').filter({ hasText: customer.email }).waitFor()

  const { text } = await mailServer.mailTo(customer.email)
  const [link = ''] = /http\S+\/set-password\/\S+/.exec(text) ?? []
  const person = await open()
  await person.goto(new URL(link).pathname)
  await person.getByLabel('New password').fill('zebra lamp river moon')
  await person.getByRole('button', { name: 'Set password' }).click()
  await logInToConsole(person, customer, 'zebra lamp river moon')
  await person.getByRole('heading', { name: 'Overview' }).waitFor()
})

test('without JavaScript the same, on pages', async () => {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  const staff = await open({ member: purser.northwind.staff.admin, script: false })
  await listOf(staff, customer)
  await rowOf(staff, customer.email)
    .getByRole('button', { name: /^Actions for/ })
    .click()
  await staff.getByRole('link', { name: 'Reset Password' }).and(staff.locator(':visible')).click()
  const password = await generate(staff)
  expect(await staff.getByRole('button', { name: 'Copy' }).isVisible()).toBe(false)
  await staff.getByRole('button', { name: 'Confirm New Password' }).click()
  // Back to the list that it was begun from.
  await staff.waitForURL(/\/customers(\?|$)/)
  await staff.locator('.flash').filter({ hasText: 'is valid for' }).waitFor()
  await rowOf(staff, customer.email).getByRole('link', { name: customer.email, exact: true }).click()
  await staff.getByText('Temporary, expires').waitFor()
  expect(await staff.content()).not.toContain(password)
})
