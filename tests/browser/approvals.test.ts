import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chooseAction, expectNoComplaints, sharedBrowser, openTab } from '../support/browser.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
let browser: Browser
beforeAll(async () => {
  purser = await startPurser()
  browser = await sharedBrowser()
})
afterAll(async () => {
  await purser.stop()
})

const asking = async (
  role: 'owner' | 'admin' | 'finance',
  options: { script?: boolean } = {},
): Promise<Page> => openTab(browser, purser, { member: purser.northwind.staff[role], ...options })
const balanceOf = async ({ id }: { id: string }) =>
  (await purser.services.database.prisma.customer.findFirstOrThrow({ where: { id } })).balance

test('the Owner sets a threshold, Finance enters more than that, and Admin approves it, each in their browser', async () => {
  const customer = await makeCustomer(purser.northwind)
  const owner = await asking('owner')
  await owner.goto('/staff')
  await owner.getByRole('link', { name: 'Limits' }).click()
  await owner.getByRole('group', { name: 'Finance' }).getByLabel('Approval required above').fill('1,000')
  await owner.getByRole('group', { name: 'Finance' }).getByLabel('Maximum per posting').fill('2,000')
  await owner.getByRole('group', { name: 'Owner' }).getByLabel('Approval required above').fill('10')
  await owner.getByRole('button', { name: 'Save limits' }).click()
  await owner.getByText('Saved the limits.').waitFor()
  await owner.goto('/customers/new')
  const limitOf = (page: Page) => page.getByText('Above 10.00').and(page.locator(':visible'))
  await owner.getByLabel('Opening credits').fill('10')
  await owner.getByRole('button', { name: 'Create customer', exact: true }).waitFor()
  expect(await limitOf(owner).count()).toBe(0)
  await owner.getByLabel('Opening credits').fill('10.01')
  await owner.getByRole('button', { name: 'Create customer and send credits for approval' }).waitFor()
  await limitOf(owner).waitFor()
  await owner.goto('/invites')
  expect(await limitOf(owner).count()).toBe(0)
  await owner.getByLabel('Opening credits').fill('11')
  await limitOf(owner).waitFor()

  const finance = await asking('finance')
  await finance.goto(`/customers?q=${encodeURIComponent(customer.email)}`)
  const dialog = await chooseAction(finance, customer.email, 'Manage Balance')
  const field = (label: string) => dialog.getByLabel(label).and(finance.locator(':visible'))
  const limit = dialog.getByText('Above 1,000.00').and(finance.locator(':visible'))
  const send = dialog.getByRole('button', { name: 'Send for approval' })
  await field('Amount').fill('1,000')
  await dialog.getByRole('button', { name: /^Refill 1,000.00/ }).waitFor()
  expect([await limit.count(), await send.count()]).toEqual([0, 0])
  await field('Amount').fill('1,000.01')
  await limit.waitFor()
  await dialog.getByText('After approval').and(finance.locator(':visible')).waitFor()
  // More than may be entered at all is sent to nobody, and nothing is refilled by nothing.
  const refill = dialog.getByRole('button', { name: 'Refill', exact: true })
  await field('Amount').fill('2,000.01')
  await dialog.getByText('At most 2,000.00').and(finance.locator(':visible')).waitFor()
  await refill.waitFor()
  expect(await dialog.getByText('After approval').and(finance.locator(':visible')).count()).toBe(0)
  await field('Amount').fill('0.00')
  await dialog.getByText('Enter a valid amount.').and(finance.locator(':visible')).waitFor()
  await refill.waitFor()
  await field('Amount').fill('1,000.01')
  // The amount goes along to the other form and back.
  await dialog.locator('.segments').getByText('Deduct').click()
  expect(await field('Amount').inputValue()).toBe('1,000.01')
  // There is nothing to take it from.
  await dialog.getByRole('button', { name: 'Deduct', exact: true }).waitFor()
  await dialog.locator('.segments').getByText('Refill').click()
  await field('Amount').fill('12x')
  await dialog.getByText('Enter a valid amount.').and(finance.locator(':visible')).waitFor()
  await field('Amount').fill('1,000.01')
  await field('Reason').selectOption({ label: 'Payment received' })
  expect(await field('Channel').evaluate((select: HTMLSelectElement) => select.required)).toBe(true)
  await field('Reason').selectOption({ label: 'Courtesy' })
  await send.click()
  await finance.getByText('Sent for approval.').waitFor()
  expect(await balanceOf(customer)).toBe(0n)
  await finance.getByRole('link', { name: /^Approvals/ }).click()
  await finance.getByText('someone else must approve it').waitFor()

  await finance.goto(`/customers/${customer.id}/credits`)
  const comment = finance.getByLabel('Internal comment')
  expect(await comment.evaluate((area: HTMLTextAreaElement) => area.required)).toBe(false)
  await finance.getByLabel('Reason').selectOption({ label: 'Other' })
  expect(await comment.evaluate((area: HTMLTextAreaElement) => area.required)).toBe(true)
  await finance.getByText('Remove', { exact: true }).click()
  expect(await finance.getByLabel('Category').isVisible()).toBe(false)

  // Without JavaScript, as the slowest of them may be.
  const admin = await asking('admin', { script: false })
  await admin.goto('/customers')
  await admin.getByRole('link', { name: 'Approvals 1 posting to decide' }).click()
  const card = admin.getByRole('row').filter({ hasText: customer.email })
  await card.getByText('Finance Person').first().waitFor()
  await card.getByText('Reject', { exact: true }).click()
  await card.getByRole('button', { name: /^Reject 1,000.01/ }).waitFor()
  await card.getByRole('button', { name: /^Approve 1,000.01/ }).click()
  await admin.getByText('Approved and posted').waitFor()
  expect(await balanceOf(customer)).toBe(100_001n)
  expect(await admin.locator('.badge-count').count()).toBe(0)
  for (const page of [owner, finance, admin]) {
    expectNoComplaints(page)
    await page.context().close()
  }
})
