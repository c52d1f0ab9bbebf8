import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Tabs, sharedBrowser, pasted } from '../support/browser.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { makeWaiting } from '../support/scene.ts'

// What is done many times a day is counted: keys by keyboard alone, or clicks.

let purser: RunningPurser
let browser: Browser
const tabs = new Tabs()

beforeAll(async () => {
  purser = await startPurser()
  browser = await sharedBrowser()
})
afterEach(() => tabs.close())
afterAll(async () => {
  await purser.stop()
})

const openAs = (role: 'owner' | 'admin' | 'finance' | 'support') =>
  tabs.open(browser, purser, { member: purser.northwind.staff[role] })

/** A keyboard that counts what is pressed. */
class Keys {
  readonly #page: Page
  count = 0

  constructor(page: Page) {
    this.#page = page
  }

  async press(...keys: string[]) {
    for (const key of keys) await this.#page.keyboard.press(key)
    this.count += keys.length
  }

  type = (text: string) => this.press(...text)

  /** Tab until this is reached, by the name that a screen reader says. */
  async reach(name: RegExp) {
    for (let steps = 0; steps < 40; steps += 1) {
      await this.press('Tab')
      const reached = await this.#page.evaluate(
        () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
      )
      if (name.test(reached.trim())) return
    }
    throw new Error(`Nothing called ${name} was reached.`)
  }
}

test('Support finds a customer by company in 16 keys, and sees at one look why she cannot log in', async () => {
  const customer = await makeCustomer(purser.northwind, {
    name: 'Ada Bergman',
    teamType: 'enterprise',
    companyName: 'Redwood Motors',
    password: PASSWORD,
  })
  const visitor = purser.visitor()
  const login = await visitor.get('/console/northwind/login')
  await visitor.submit(login, { email: customer.email, password: 'not hers' })
  await purser.northwind.owner.prisma.customer.update({
    where: { resellerId_id: { resellerId: customer.resellerId, id: customer.id } },
    data: { state: 'OFF', stateReason: 'Two invoices unpaid', stateChangedAt: new Date() },
  })
  const page = await openAs('support')
  const keys = new Keys(page)
  await page.goto('/customers')
  await keys.type('/redwood mot')
  await keys.press('Enter')
  await page.waitForURL(`**/customers/${customer.id}`)
  expect(keys.count).toBeLessThanOrEqual(16)

  const access = page.getByRole('region', { name: 'Access' })
  const words = await access.innerText()
  expect(words).toContain('Cannot log in.')
  expect(words).toContain('Two invoices unpaid')
  expect(words).toMatch(/1 failed login/)
  const box = await access.boundingBox()
  expect(box && box.y + box.height).toBeLessThanOrEqual(900)
})

test('Finance refills by keyboard alone in 32 keys, and comes back to where it was begun', async () => {
  const customer = await makeCustomer(purser.northwind, { name: 'Cy Okonkwo', balance: 1_000n })
  const page = await openAs('finance')
  const keys = new Keys(page)
  await page.goto('/customers')
  await keys.type('/okonk')
  await keys.press('Enter')
  await page.waitForURL(`**/customers/${customer.id}`)
  await keys.reach(/^Manage Balance$/)
  await keys.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await keys.type('50')
  await keys.press('Tab', 'c', 'Tab', 'Tab', 'Enter')
  await page
    .getByText(/Refilled .*50\.00/)
    .first()
    .waitFor()
  expect(keys.count).toBeLessThanOrEqual(32)
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Manage Balance')
})

/** What is focused, by the name that a screen reader says or the label in front of it. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const one = document.activeElement as HTMLInputElement | null
    return (one?.getAttribute('aria-label') ?? one?.labels?.[0]?.textContent ?? one?.textContent ?? '').trim()
  })

test('Admin invites a person by keyboard alone, and copies the open link', async () => {
  const page = await openAs('admin')
  const keys = new Keys(page)
  await page.goto('/customers')
  await keys.reach(/^Invite Customer$/)
  await keys.press('ArrowDown')
  expect(await focused(page)).toBe('E-mail a person')
  await keys.press('Enter')
  await page.waitForURL('**/invites#field-email')
  await expect.poll(() => focused(page)).toMatch(/^E-mail address/)
  await keys.type('kim@keys.example')
  await keys.press('Enter')
  await page.getByText('An e-mail is on its way to kim@keys.example').first().waitFor()
  await expect.poll(() => focused(page)).toContain('kim@keys.example')
  await keys.reach(/^Copy/)

  await page.goto('/customers')
  await keys.reach(/^Invite Customer$/)
  await keys.press('ArrowDown', 'ArrowDown', 'Enter')
  await expect.poll(() => focused(page)).toBe('Link copied')
  expect(await pasted(page)).toContain('/join/')
})

test('a choice is made by its letters: filters, the kind of an invite, the reason of a posting, a role', async () => {
  const customer = await makeCustomer(purser.northwind, { name: 'Quin Adeyemi', state: 'OFF' })
  const page = await openAs('owner')
  const keys = new Keys(page)
  await page.goto('/customers')
  const reachSelect = async (name: RegExp) => {
    for (let steps = 0; steps < 40 && !name.test(await focused(page)); steps += 1) await keys.press('Tab')
    expect(await focused(page)).toMatch(name)
  }
  await reachSelect(/^State$/)
  await keys.type('of')
  await page.waitForURL(/state=OFF/)
  await page.getByRole('link', { name: customer.email }).first().waitFor()
  expect(await focused(page)).toBe('State')

  await page.goto('/ledger')
  await reachSelect(/^Kind/)
  await keys.type('d')
  await page.waitForURL(/kind=deduction/)

  await page.goto('/invites')
  await reachSelect(/^Kind/)
  await keys.type('r')
  await reachSelect(/^Maximum uses/)
  await keys.type('3')
  await keys.press('Enter')
  await page.getByText('Invite created').first().waitFor()

  await page.goto(`/customers/${customer.id}/balance`)
  await expect.poll(() => focused(page)).toMatch(/^Amount/)
  await keys.type('12')
  await keys.press('Tab')
  await keys.type('p')
  // What a payment needs comes next.
  await reachSelect(/^Channel/)
  await keys.type('b')
  await keys.press('Tab')
  await keys.type('RF-KEYS-1')
  await keys.press('Enter')
  await page.waitForURL(`**/customers/${customer.id}`)
  expect(await purser.services.database.prisma.posting.count({ where: { reference: 'RF-KEYS-1' } })).toBe(1)

  await page.goto('/staff')
  await reachSelect(/^Role of finance@/)
  await keys.type('au')
  await keys.press('Tab', 'Enter')
  await page
    .getByText(/is now Auditor/)
    .first()
    .waitFor()
})

test('a form that came back begins at the first wrong field as people see them', async () => {
  const page = await openAs('admin')
  await page.goto('/invites')
  await page.getByLabel('Valid for (days)').fill('999')
  await page.getByLabel('E-mail address').fill('nowhere')
  await page.keyboard.press('Enter')
  await page.getByText('Check 2 fields.').waitFor()
  await expect.poll(() => focused(page)).toMatch(/^Valid for/)
})

test('what leads to no form of its own gives the focus to what is new', async () => {
  const page = await openAs('owner')
  await page.goto('/staff')
  await page.getByRole('textbox', { name: 'E-mail address' }).fill('sue@keys.example')
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Sue Ito')
  await page.getByRole('combobox', { name: 'Role', exact: true }).press('s')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByText('Added sue@keys.example.').waitFor()
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('main')
})

test('who deducted what last week is answered in four clicks', async () => {
  const page = await openAs('owner')
  await page.goto('/customers')
  await page.getByRole('link', { name: 'Ledger' }).click()
  await page.getByRole('link', { name: 'Last week' }).click()
  // Opened and chosen: two clicks.
  await page.getByLabel('Kind').selectOption({ label: 'Deduction' })
  await page.waitForURL(/kind=deduction/)
  await page.waitForURL(/from=/)
})

test('Approve by keyboard leads to the next row, whose button the same key does not press', async () => {
  await makeWaiting(purser.northwind)
  const second = await makeWaiting(purser.northwind)
  const page = await openAs('admin')
  const keys = new Keys(page)
  await page.goto('/approvals')
  await keys.reach(/^Approve/)
  await keys.press('Enter')
  await page.getByText('Approved and posted').first().waitFor()
  const row = () => page.evaluate(() => document.activeElement?.outerHTML ?? '')
  expect(await row()).toContain(second.customer.id)
  await keys.press('Enter')
  expect(await purser.services.database.prisma.waitingPosting.count({ where: { state: 'waiting' } })).toBe(1)
  await keys.reach(/^Reject$/)
  await keys.press('Enter')
  await keys.reach(/^$/)
  await keys.type('no')
  await keys.press('Tab', 'Enter')
  await page
    .getByText(/^Rejected: .* Nothing was posted/)
    .first()
    .waitFor()
})
