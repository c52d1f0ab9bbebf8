import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { logInAs, logInToConsole, sharedBrowser, Tabs } from '../support/browser.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { listRoutes } from '../support/routes.ts'
import { changedSince, tableDigests } from '../support/rows.ts'

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

const REASON = 'ReadOnly Login: you can view everything, but change nothing.'

/** Every page of the console that a customer meets inside. */
const pages = () =>
  listRoutes(purser.services)
    .filter(({ method, path }) => method === 'GET' && path.startsWith('/console') && !/[:.]/.test(path))
    .map(({ path }) => path)
    .filter((path) => !/login|logout|forgotten/.test(path))

/** The forms that change something, but the banner's own. */
const forms = (page: Page) => page.locator('form[method="post"]:not(.login-as form)')

test('every form of every page is disabled and says why; sent all the same, it is refused and nothing changes', async () => {
  // Not verified, without a profile, and logged in elsewhere: so that there is a form on every page.
  const customer = await makeCustomer(purser.northwind, { teamType: 'default', password: PASSWORD })
  const own = await tabs.open(browser, purser)
  await logInToConsole(own, customer)
  await own.waitForURL('**/console')
  const staff = await tabs.open(browser, purser, { member: purser.northwind.staff.support })
  await staff.goto('/customers')
  const tab = await logInAs(staff, customer, 'ReadOnly Login')
  // So that nobody is seen again, and noted as such, while the tables are compared.
  const lastSeenAt = new Date(Date.now() + 3_600_000)
  await purser.owner.prisma.loginAs.updateMany({ data: { lastSeenAt } })
  await purser.owner.prisma.session.updateMany({ data: { lastSeenAt } })
  const before = await tableDigests(purser)

  const tried: Record<string, number> = {}
  for (const address of pages()) {
    await tab.goto(address)
    const { pathname } = new URL(tab.url())
    if (tried[pathname] !== undefined) continue
    const count = await forms(tab).count()
    tried[pathname] = count
    if (count > 0) expect(await tab.locator('main').textContent()).toContain(REASON)
    for (let place = 0; place < count; place++) {
      await tab.goto(address)
      const form = forms(tab).nth(place)
      const controls = form.locator('input:not([name="csrf"]), select, textarea, button')
      expect(await controls.evaluateAll((all) => all.filter((one) => !one.matches(':disabled')).length)).toBe(
        0,
      )
      const [answer] = await Promise.all([
        tab.waitForResponse((response) => response.request().method() === 'POST'),
        form.evaluate((element: HTMLFormElement) => {
          for (const part of element.querySelectorAll('[disabled]')) part.removeAttribute('disabled')
          for (const field of element.querySelectorAll<HTMLInputElement>('input:not([type="hidden"])')) {
            field.value = 'Mallory'
          }
          element.noValidate = true
          element.requestSubmit()
        }),
      ])
      expect(answer.status()).toBe(403)
      await tab.getByText('ReadOnly Login: you can view everything, but change nothing.').waitFor()
    }
  }
  expect(tried).toEqual({
    '/console': 1,
    '/console/billing': 0,
    '/console/billing-profile': 1,
    '/console/profile': 2,
    '/console/password': 1,
    '/console/security': 2,
    '/console/security/proof': 1,
    '/console/security/factors': 0,
  })
  // What staff did is written down, and nothing else is.
  expect(await changedSince(before, purser)).toEqual([
    'audit_rows',
    'login_as',
    'login_as_events',
    'refused_requests',
  ])

  // The customer is logged in still, and may do all of it.
  await own.goto('/console/profile')
  expect(await forms(own).locator('button:disabled').count()).toBe(0)
})
