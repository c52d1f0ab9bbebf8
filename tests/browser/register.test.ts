import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { logInToConsole, sharedBrowser, pasted, rowOf, type TabOptions, Tabs } from '../support/browser.ts'
import { MailServer } from '../support/mail-server.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

const password = 'zebra lamp river moon'
const mailServer = new MailServer()
let purser: RunningPurser
let browser: Browser
const tabs = new Tabs()

beforeAll(async () => {
  await mailServer.start()
  purser = await startPurser({ works: true, env: { SMTP_URL: `smtp://127.0.0.1:${mailServer.port}` } })
  browser = await sharedBrowser()
})
afterEach(() => tabs.close())
afterAll(async () => {
  await purser.stop()
  await mailServer.stop()
})

const open = (options: TabOptions = {}) => tabs.open(browser, purser, options)
const openOwner = (script = true) => open({ member: purser.northwind.staff.owner, script })

const pathIn = (text: string, kind: string) => {
  const [link] = new RegExp(`http\\S+/${kind}/\\S+`).exec(text) ?? []
  return new URL(link ?? 'http://nothing.example').pathname
}

/** Registers on the open page of an invite, with the least that it takes. */
async function register(page: Page, { email, name }: { email?: string; name: string }) {
  if (email) await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('New password').fill(password)
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('heading', { name: 'Check your e-mail' }).waitFor()
}

/** What the staff's list says of the team type. */
async function typeInList(staff: Page, email: string) {
  await staff.goto(`/customers?q=${encodeURIComponent(email)}`)
  return (await rowOf(staff, email).locator('td').nth(2).textContent())?.trim()
}

async function fillInAddress(page: Page, legalName: string) {
  await page.getByLabel('Legal name').fill(legalName)
  await page.getByLabel('Address line 1').fill('1 Quay')
  await page.getByLabel('Postal code').fill('20095')
  await page.getByLabel('City').fill('Hamburg')
  await page.getByLabel('Country').selectOption({ label: 'Germany' })
}

/** Presses the button and sees what it says of it, which it does for two seconds only. */
const pressInvite = async (staff: Page, says: string) => {
  await staff.getByRole('button', { name: 'Invite Customer' }).click()
  await Promise.all([
    staff.getByRole('button', { name: says }).waitFor(),
    staff.getByRole('button', { name: 'Copy the open link' }).click(),
  ])
}

describe('Invite Customer', () => {
  test('the menu copies the link; who comes through it registers, verifies and completes, and is Individual', async () => {
    const staff = await openOwner()
    await staff.context().grantPermissions(['clipboard-write'])
    await staff.goto('/customers')
    await pressInvite(staff, 'Link copied')
    const link = await pasted(staff)
    expect(link).toContain(`/join/${purser.northwind.reseller.id}.`)

    const email = 'ida@customer.example'
    const person = await open()
    await person.goto(new URL(link).pathname)
    expect(await person.locator('h1').textContent()).toContain('Northwind Cloud')
    await register(person, { email, name: 'Ida Individual' })
    // It is put into its place a moment after the page is there, so that it is said aloud.
    await person.locator('.flash').filter({ hasText: email }).waitFor()
    expect(await typeInList(staff, email)).toBe('Default')

    const { text } = await mailServer.mailTo(email)
    await person.goto(pathIn(text, 'verify'))
    expect(await typeInList(staff, email)).toBe('Default')
    await person.getByRole('button', { name: 'Yes, verify this address' }).click()
    await person.getByRole('heading', { name: 'Address verified' }).waitFor()
    await person.getByRole('link', { name: 'Log in to Northwind Cloud' }).click()
    await person.getByLabel('E-mail address').fill(email)
    await person.getByLabel('Password').fill(password)
    await person.getByRole('button', { name: 'Log in' }).click()
    await person.getByText('E-mail address verified').waitFor()
    await person.getByRole('link', { name: 'Add billing profile' }).click()
    await person.getByLabel('Kind').selectOption({ label: 'Individual' })
    expect(await person.getByLabel('Company name').isVisible()).toBe(false)
    await fillInAddress(person, 'Ida Individual')
    await person.getByRole('button', { name: 'Save' }).click()
    await person.locator('.flash').filter({ hasText: 'saved' }).waitFor()
    expect(await typeInList(staff, email)).toBe('Individual')
    await person.goto('/console')
    expect(await person.getByText('Complete your registration').count()).toBe(0)

    const told = await mailServer.mailTo('owner@northwind.example')
    expect(told.text).toContain('Ida Individual')
    const [about = ''] = /http\S+\/customers\/\S+/.exec(told.text) ?? []
    await staff.goto(new URL(about).pathname)
    expect(await staff.locator('main').textContent()).toContain(email)
  })

  test('where the clipboard is refused, the link appears, marked, to be copied by hand', async () => {
    const staff = await openOwner()
    await staff.addInitScript(() => {
      Object.defineProperty(navigator, 'clipboard', { value: undefined })
      document.execCommand = () => false
    })
    await staff.goto('/customers')
    const link = staff.locator('#invite-link')
    const box = async () => (await link.boundingBox())?.width ?? 0
    expect(await box()).toBeLessThan(2)
    await pressInvite(staff, 'Copy it manually')
    expect(await box()).toBeGreaterThan(100)
    expect(await staff.evaluate(() => String(getSelection()))).toBe(await link.textContent())
  })

  test('without the clipboard of newer browsers, the old command copies it', async () => {
    const staff = await openOwner()
    await staff.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
    await staff.goto('/customers')
    await pressInvite(staff, 'Link copied')
    const search = staff.getByRole('searchbox')
    await search.focus()
    await staff.keyboard.press('ControlOrMeta+V')
    expect(await search.inputValue()).toBe(await staff.locator('#invite-link').textContent())
  })

  test('without JavaScript the link stands there to be marked', async () => {
    const staff = await openOwner(false)
    await staff.goto('/customers')
    const link = staff.locator('#invite-link')
    expect(await link.isVisible()).toBe(true)
    expect(await link.textContent()).toContain('/join/')
    await staff.setViewportSize({ width: 360, height: 800 })
    expect(await staff.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    const { x = 0, width = 0 } = (await link.boundingBox()) ?? {}
    expect([x >= 0, width > 100, x + width <= 360]).toEqual([true, true, true])
    await staff.getByRole('button', { name: 'Invite Customer' }).click()
    await staff.getByRole('link', { name: 'E-mail a person' }).click()
    await staff.waitForURL('**/invites#field-email')
    expect(await staff.locator('#own-link').isVisible()).toBe(true)
  })
})

test('a single invite by mail, with tag and credits: the company that registers through it becomes Enterprise', async () => {
  const email = 'enno@customer.example'
  const staff = await open({ member: purser.northwind.staff.admin })
  await staff.goto('/customers')
  await staff.getByRole('link', { name: 'Invites' }).click()
  await staff.getByLabel('E-mail address').fill(email)
  await staff.getByLabel('Tags').fill('Fair 2026')
  await staff.getByLabel('Opening credits').fill('25')
  await staff.getByRole('button', { name: 'Create invite' }).click()
  await staff.locator('.flash').filter({ hasText: email }).waitFor()

  const person = await open({ script: false })
  await person.goto(pathIn((await mailServer.mailTo(email)).text, 'join'))
  expect(await person.getByLabel('E-mail address').inputValue()).toBe(email)
  // Everything at once this time, and without JavaScript.
  await person.getByLabel('New password').fill(password)
  await person.getByLabel('Your name').fill('Enno Enterprise')
  await person.getByLabel('Kind').selectOption({ label: 'Enterprise' })
  await person.getByLabel('Company name').fill('Enno Shipping')
  await fillInAddress(person, 'Enno Shipping GmbH')
  await person.getByRole('button', { name: 'Register' }).click()
  await person.getByRole('heading', { name: 'Check your e-mail' }).waitFor()
  expect(await typeInList(staff, email)).toBe('Default')

  await logInToConsole(person, { email }, password)
  await person.getByRole('heading', { name: 'Complete your registration' }).waitFor()
  expect(await person.locator('main').textContent()).toContain('25.00')
  const toVerify = () =>
    mailServer.mails.find(({ to, text }) => to.includes(email) && /\/verify\//.test(text))
  await expect.poll(toVerify, { timeout: 30_000 }).toBeTruthy()
  await person.goto(pathIn(toVerify()?.text ?? '', 'verify'))
  await person.getByRole('button', { name: 'Yes, verify this address' }).click()
  await person.getByRole('heading', { name: 'Address verified' }).waitFor()
  expect(await typeInList(staff, email)).toBe('Enterprise')
  const row = await rowOf(staff, email).textContent()
  for (const word of ['Enno Shipping', 'Fair 2026', '25.00']) expect(row).toContain(word)

  expect((await mailServer.mailTo('admin@northwind.example')).text).toContain(email)
  await staff.goto('/invites')
  const invite = rowOf(staff, email)
  expect(await invite.textContent()).toContain('Used')
  await invite.getByRole('link', { name: email }).last().click()
  await staff.waitForURL(/\/customers\//)
  // Whoever follows the link again is told what to do next.
  await person.goto(pathIn((await mailServer.mailTo(email)).text, 'join'))
  expect(await person.locator('main').textContent()).toContain('has already been used')
})
