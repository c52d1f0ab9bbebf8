import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { sharedBrowser, Tabs } from '../support/browser.ts'
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
afterAll(async () => {
  await purser.stop()
})

/** Somebody who is logged in, in a browser with a device. */
async function someone() {
  const member = await makeMember(purser.northwind, 'owner')
  const page = await tabs.open(browser, purser, { member })
  return { member, page, device: await Device.of(page) }
}

test('a passkey is added, logs in alone and after the password, proves who it is, and is removed', async () => {
  const { member, page, device } = await someone()
  const warnings: string[] = []
  page.context().on('console', (message) => {
    if (/Unrecognized feature/.test(message.text())) warnings.push(message.text())
  })
  await addPasskey(page, 'Laptop')
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
  await removal.getByText('You have confirmed that it is you.').waitFor()
  await page.keyboard.press('Enter')
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
  await addPasskey(page, 'Laptop')
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  await addPasskey(page, 'Laptop once more')
  await page.getByText('This device already has one of your passkeys.').waitFor()
  expect(await page.getByLabel('Name').inputValue()).toBe('Laptop once more')
  expect(await page.locator('[data-passkey="create"]').getAttribute('data-cancelled')).toBe(
    'No passkey was created. You can try again.',
  )

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

test('in a dialog, the proof takes its place, and the form comes back as it was typed', async () => {
  const { page } = await someone()
  await addPasskey(page, 'Laptop')
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  const { id } = await makeCustomer(purser.northwind)
  await page.goto(`/customers/${id}`)
  await page.getByRole('button', { name: /^Actions for/ }).press('Enter')
  await page.getByRole('link', { name: 'Overdraft' }).and(page.locator(':visible')).press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.locator('[name="overdraft"]').waitFor()
  await ageProofs(purser)
  await dialog.locator('[name="overdraft"]').fill('12.50')
  await dialog.getByLabel('Reason').fill('Typed by hand')
  await dialog.getByRole('button', { name: 'Set overdraft' }).click()
  await dialog.getByRole('button', { name: 'Use a passkey' }).press('Enter')
  await dialog.getByText('You have confirmed that it is you.').waitFor()
  expect(await dialog.getByLabel('Reason').inputValue()).toBe('Typed by hand')
  await dialog.getByRole('button', { name: 'Set overdraft' }).click()
  await page.locator('.flash').waitFor()
  const customer = await purser.owner.prisma.customer.findFirstOrThrow({ where: { id } })
  expect(customer.overdraft).toBe(1_250n)
})

test('a page that was open for long asks for another challenge first', async () => {
  const { page } = await someone()
  await addPasskey(page, 'Laptop')
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  await logOut(page)
  const challenge = page.locator('[name="challenge"]')
  const before = await challenge.inputValue()
  await page.evaluate(() => {
    performance.now = () => 5 * 60_000
  })
  // So that the page stays: what is sent does not fit.
  await page.locator('[name="csrf"]').evaluate((field) => field.remove())
  const sent = page.waitForRequest((request) => request.method() === 'POST')
  await page.getByRole('button', { name: 'Log in with a passkey' }).click()
  const fields = new URLSearchParams((await sent).postData() ?? '')
  expect(fields.get('challenge')).not.toBe(before)
  expect(fields.get('passkey')).toContain('authenticatorData')
})

test('no passkey is created before the proof, nor without a name', async () => {
  const { member, page, device } = await someone()
  await ageProofs(purser, { id: member.id })
  await page.goto('/account/factors')
  await page.getByRole('link', { name: 'Add a passkey' }).press('Enter')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByLabel('Password').press('Enter')
  const name = page.getByLabel('Name')
  await name.waitFor()
  const fault = () => name.evaluate((field) => (field as HTMLInputElement).validationMessage)
  for (const blank of ['', '   ', '\u2003\u200b']) {
    await name.fill(blank)
    await page.getByRole('button', { name: 'Create a passkey' }).click()
    await name.press('Enter')
    expect(await fault()).toBe('This field is required.')
    expect(await name.evaluate((field) => field === document.activeElement)).toBe(true)
  }
  expect([await device.passkeys(), new URL(page.url()).pathname]).toEqual([
    0,
    '/account/factors/passkeys/new',
  ])
  await name.fill('Laptop')
  expect(await fault()).toBe('')
  await name.press('Enter')
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  expect(await device.passkeys()).toBe(1)
})

test('a page that was open past the proof asks for it with the name that was typed, before it creates one', async () => {
  const { member, page, device } = await someone()
  await page.goto('/account/factors/passkeys/new')
  await page.getByLabel('Name').fill('Typed by hand')
  await ageProofs(purser, { id: member.id })
  await page.evaluate(() => {
    performance.now = () => 5 * 60_000
  })
  await page.getByRole('button', { name: 'Create a passkey' }).click()
  await page.getByLabel('Password').fill(PASSWORD)
  expect(await device.passkeys()).toBe(0)
  await page.getByLabel('Password').press('Enter')
  await page.getByText('You have confirmed that it is you.').waitFor()
  expect(await page.getByLabel('Name').inputValue()).toBe('Typed by hand')
  await page.getByRole('button', { name: 'Create a passkey' }).click()
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
})

test('what is typed after a passkey that was not sent is what counts', async () => {
  const { page } = await someone()
  await addPasskey(page, 'Laptop')
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  await page.goto('/account/proof')
  // As the browser's Back brings a page: with what the passkey has left in it.
  await page.locator('[name="passkey"]').evaluate((field) => field.setAttribute('value', 'left over'))
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByLabel('Password').press('Enter')
  await page.getByText('You have confirmed that it is you.').waitFor()
})

test('a passkey that is asked for after its session has ended leads to the login, and nothing that was typed is lost', async () => {
  const { member, page } = await someone()
  await addPasskey(page, 'Laptop')
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  await page.goto('/account/factors/passkeys/new')
  await page.getByLabel('Name').fill('Typed by hand')
  await purser.owner.prisma.session.deleteMany({ where: { staffId: member.id } })
  await page.evaluate(() => {
    performance.now = () => 5 * 60_000
  })
  await page.getByRole('button', { name: 'Create a passkey' }).click()
  await page.getByLabel('E-mail address').fill(member.email)
  await page.getByRole('button', { name: 'Log in with a passkey' }).click()
  await page.getByText('You are logged in again.').waitFor()
  expect(await page.getByLabel('Name').inputValue()).toBe('Typed by hand')
})

test('without JavaScript, and at another address, there is the password and the code', async () => {
  const { member, page } = await someone()
  await addPasskey(page, 'Laptop')
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  const plain = await tabs.open(browser, purser, { script: false })
  await plain.goto('/login')
  expect(await plain.getByRole('button', { name: 'Log in with a passkey' }).count()).toBe(0)
  await plain.getByLabel('E-mail address').fill(member.email)
  await plain.getByLabel('Password').fill(PASSWORD)
  await plain.getByRole('button', { name: 'Log in', exact: true }).click()
  await plain.getByLabel('Code').waitFor()
  expect(await plain.getByRole('button', { name: 'Use a passkey' }).count()).toBe(0)
  const own = await tabs.open(browser, purser, { member: purser.northwind.staff.support, script: false })
  await own.goto('/account/factors')
  await own.getByText('Passkeys need JavaScript.').waitFor()

  const elsewhere = await tabs.open(browser, purser)
  await elsewhere.goto(`${purser.url.replace('localhost', '127.0.0.1')}/login`)
  await elsewhere.getByRole('button', { name: 'Log in', exact: true }).waitFor()
  expect(await elsewhere.getByRole('button', { name: 'Log in with a passkey' }).count()).toBe(0)
})
