import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { chooseAction, logInAs, logInToConsole, sharedBrowser, rowOf, Tabs } from '../support/browser.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

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

/** An admin with the list open, this customer in it. */
async function listWith({ email }: { email: string }, { script = true, width = 1440 } = {}): Promise<Page> {
  const staff = await tabs.open(browser, purser, {
    member: purser.northwind.staff.admin,
    script,
    width,
  })
  await staff.goto(`/customers?q=${encodeURIComponent(email)}`)
  return staff
}

const banner = (page: Page) => page.getByRole('complementary', { name: 'Logged in as a customer' })
/** What is to be seen of the banner, white space folded. */
const said = async (page: Page) => (await banner(page).innerText()).replace(/\s+/g, ' ').trim()

/** Presses what closes the tab, which may be gone before the press is told as done. */
const leaveBy = (tab: Page, way: Locator) =>
  way.click({ noWaitAfter: true }).catch((error: unknown) => {
    if (!tab.isClosed()) throw error
  })

describe('Admin Login', () => {
  test('from the row’s menu into a new tab; the profile is edited there; Exit closes that tab, and the customer sees it', async () => {
    const customer = await makeCustomer(purser.northwind, { name: 'Ada Bergman', password: PASSWORD })
    const staff = await listWith(customer)
    const dialog = await chooseAction(staff, customer.email, 'Admin Login')
    expect(await dialog.getByRole('radio', { name: 'Admin Login' }).isChecked()).toBe(true)
    // The browser itself asks for the reason first.
    await dialog.getByRole('button', { name: 'Log in as this customer' }).click()
    expect(await dialog.isVisible()).toBe(true)
    await staff.keyboard.press('Escape')

    const tab = await logInAs(staff, customer, 'Admin Login')
    await staff.getByRole('dialog').waitFor({ state: 'hidden' })
    expect(await said(tab)).toMatch(
      new RegExp(
        `^Admin Login Admin Person is logged in as ${customer.email}\\. (30:00|29:\\d\\d) left Exit$`,
      ),
    )
    await tab.getByRole('link', { name: 'Profile' }).first().click()
    await tab.getByRole('textbox', { name: 'Name', exact: true }).fill('Ada Berg')
    await tab.getByRole('button', { name: 'Save' }).click()
    await tab.locator('.flash').filter({ hasText: 'saved' }).waitFor()
    expect(await said(tab)).toContain('Exit')
    // What is the customer's alone says so.
    expect(await tab.getByLabel('Your password').isDisabled()).toBe(true)

    await Promise.all([
      tab.waitForEvent('close'),
      leaveBy(tab, banner(tab).getByRole('button', { name: 'Exit' })),
    ])
    expect(staff.context().pages()).toEqual([staff])
    expect(new URL(staff.url()).pathname).toBe('/customers')
    const ended = { where: { customerId: customer.id, event: 'login_as.ended' } }
    expect(await purser.services.database.prisma.auditRow.count(ended)).toBe(1)
    await staff.goto('/console')
    expect(new URL(staff.url()).pathname).toBe('/console/login')

    const own = await tabs.open(browser, purser)
    await logInToConsole(own, customer)
    await own.getByRole('link', { name: 'Security' }).click()
    const visits = own.getByRole('region', { name: 'Logins by staff of Northwind Cloud' })
    const words = (await visits.innerText()).replace(/\s+/g, ' ')
    expect(words).toMatch(/Admin Person Admin Login From .+ to .+ Reason: Ticket 4711/)
  })

  test('where the portal stands in no other tab, Exit leads to the customer', async () => {
    const customer = await makeCustomer(purser.northwind)
    const staff = await listWith(customer)
    const tab = await logInAs(staff, customer, 'Admin Login')
    await staff.close()
    await banner(tab).getByRole('button', { name: 'Exit' }).click()
    await tab.waitForURL(`**/customers/${customer.id}`)
  })

  test('without JavaScript: a page asks, the banner says until when, Exit leads out', async () => {
    const customer = await makeCustomer(purser.northwind)
    const staff = await listWith(customer, { script: false })
    await rowOf(staff, customer.email)
      .getByRole('button', { name: /^Actions for/ })
      .click()
    await staff.getByRole('link', { name: 'Admin Login' }).and(staff.locator(':visible')).click()
    await staff.getByLabel('Reason').fill('Ticket 4711')
    const [tab] = await Promise.all([
      staff.context().waitForEvent('page'),
      staff.getByRole('button', { name: 'Log in as this customer' }).click(),
    ])
    await tab.waitForURL('**/console')
    expect(await said(tab)).toMatch(/30 minutes left, until \d\d:\d\d Exit$/)
    await banner(tab).getByRole('button', { name: 'Exit' }).click()
    await tab.waitForURL(`**/customers/${customer.id}`)
  })
})

describe('the page that asks, which opens a new tab', () => {
  /** With a clock that stands still, so that a press is as quick as it likes. */
  async function askFor(customer: { id: string }) {
    const staff = await tabs.open(browser, purser, { member: purser.northwind.staff.admin })
    await staff.clock.install({ time: new Date('2026-11-23T12:00:00Z') })
    await staff.goto(`/customers/${customer.id}/login-as?mode=admin`)
    await staff.clock.pauseAt(new Date('2026-11-23T13:00:00Z'))
    await staff.getByLabel('Reason').fill('Ticket 4711')
    return { staff, button: staff.getByRole('button', { name: 'Log in as this customer' }) }
  }

  test('sends a double click once, and can be sent again afterwards', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { staff, button } = await askFor(customer)
    const [tab] = await Promise.all([staff.context().waitForEvent('page'), button.dblclick()])
    await tab.waitForURL('**/console')
    await staff.clock.runFor(1_000)
    const [again] = await Promise.all([staff.context().waitForEvent('page'), button.click()])
    await again.waitForURL('**/console')
    expect(staff.context().pages()).toHaveLength(3)
    const stays = await purser.services.database.prisma.loginAs.count({ where: { customerId: customer.id } })
    expect(stays).toBe(2)
  })

  test('comes back in that tab where it is refused, and goes on there', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { staff, button } = await askFor(customer)
    await purser.owner.prisma.customer.updateMany({
      where: { id: customer.id },
      data: { state: 'OFF', stateReason: 'Unpaid' },
    })
    const [tab] = await Promise.all([staff.context().waitForEvent('page'), button.click()])
    await tab.getByText('Only ReadOnly Login is possible').first().waitFor()
    // ReadOnly Login, which is possible, is chosen there.
    await tab.getByRole('button', { name: 'Log in as this customer' }).click()
    await tab.waitForURL('**/console')
    expect(staff.context().pages()).toHaveLength(2)
  })
})

describe('the banner', () => {
  /** In the console, with a clock that is turned by hand. */
  async function enterWithClock(width?: number) {
    const customer = await makeCustomer(purser.northwind)
    const tab = await logInAs(await listWith(customer, { width }), customer, 'Admin Login')
    await tab.clock.install()
    await tab.reload()
    return { customer, tab }
  }
  const minutes = (count: number) => count * 60_000

  test('counts down, quietly; a page that is left alone warns, and Stay here keeps it open', async () => {
    const { tab } = await enterWithClock()
    const status = banner(tab).getByRole('status')
    await tab.clock.runFor(minutes(1))
    expect(await said(tab)).toMatch(/2[89]:\d\d left/)
    await tab.clock.runFor(minutes(6))
    expect(await said(tab)).toMatch(/2[23]:\d\d left/)
    expect(await status.textContent()).toBe('')
    expect(await banner(tab).getByRole('timer').getAttribute('aria-live')).toBe(null)

    await tab.clock.runFor(minutes(1.6))
    expect(await said(tab)).toMatch(/Ends in \d:\d\d unless you open a page/)
    expect(await status.textContent()).toBe('Admin Login ends in less than two minutes.')
    await banner(tab).getByRole('button', { name: 'Stay logged in' }).click()
    await banner(tab).getByText('left', { exact: false }).waitFor()
    expect(await said(tab)).toMatch(/2[01]:\d\d left Exit$/)
    expect(await status.textContent()).toBe('')
  })

  test('says when the time is up, and leads out', async () => {
    const { customer, tab } = await enterWithClock(360)
    // In a narrow window it leaves room for the page.
    expect((await banner(tab).boundingBox())?.height).toBeLessThan(100)
    await tab.clock.runFor(minutes(10.1))
    const over = `Admin Login has ended. You are no longer logged in as ${customer.email}`
    await banner(tab).getByRole('status').getByText(over).waitFor()
    expect(await said(tab)).not.toContain('left')
    expect(await banner(tab).getByRole('button', { name: 'Exit' }).isVisible()).toBe(false)
    // The portal's tab is still there to go on in.
    await Promise.all([
      tab.waitForEvent('close'),
      (async () => {
        await leaveBy(tab, banner(tab).getByRole('link', { name: 'Back to customer' }))
        // The time is turned by hand here, also that in which the other tab is asked.
        await tab.clock.runFor(1_000).catch(() => {})
      })(),
    ])
    expect(tab.context().pages()).toHaveLength(1)
  })

  test('a page in another tab counts as a page', async () => {
    const { tab } = await enterWithClock()
    await tab.clock.runFor(minutes(8.2))
    expect(await said(tab)).toContain('Ends in')
    const other = await tab.context().newPage()
    // Its own clock stands where that of the first one stands.
    await other.clock.install({ time: await tab.evaluate(() => Date.now()) })
    await other.goto('/console/billing')
    // The tabs tell each other, in their own time.
    const goneOn = async () => {
      await tab.clock.runFor(1_000)
      return said(tab)
    }
    await expect.poll(goneOn).toMatch(/2\d:\d\d left Exit$/)
  })
})
