import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { expectNoComplaints, sharedBrowser, openTab } from '../support/browser.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { makeTag } from '../support/scene.ts'
import { tokenOf } from '../support/visit.ts'

const EMAIL = 'ruth@customer.example'
const [NAME, TEAM, NEW_TEAM, REFERENCE] = ['רות כהן 5', 'צוות 3', 'צוות (4)', 'לקוח 12']
const TAGS = ['זהב 7', 'כסף', 'אבן 2']
const OWN = [NAME, TEAM, NEW_TEAM, REFERENCE, ...TAGS]

let purser: RunningPurser
let browser: Browser
let page: Page
let id: string

beforeAll(async () => {
  purser = await startPurser()
  browser = await sharedBrowser()
  const { northwind } = purser
  const facts = { email: EMAIL, name: NAME, teamName: TEAM, externalReference: REFERENCE, balance: 12_345n }
  id = (await makeCustomer(northwind, facts)).id
  const silver = (await Promise.all(TAGS.map((tag) => makeTag(northwind, tag))))[1] as string
  const owner = await purser.as(northwind.staff.owner)
  const tags = await owner.get(`/customers/${id}/tags`)
  await owner.submit(tags, { tags: TAGS })
  const csrf = await tokenOf(owner)
  expect((await owner.post(`/customers/${id}/team`, { csrf, teamName: NEW_TEAM })).status).toBe(303)
  // "merged … into כסף (1 customers)": a number behind a name.
  const merged = await makeTag(northwind, 'ברזל 8')
  OWN.push('ברזל 8')
  const edit = await owner.get(`/tags/${merged}/edit`)
  expect((await owner.submit(edit, { into: silver }, { action: '/merger' })).status).toBe(303)
})
afterEach(async () => {
  expectNoComplaints(page)
  await page.context().close()
})
afterAll(async () => {
  await purser.stop()
})

/**
 * What does not stand where it belongs: each word, and each text in Hebrew as one, has to be to the right of what comes before it in
 * its cell, sentence or heading, or on a later line.
 */
function misplaced(on: Page): Promise<string[]> {
  return on.evaluate((own) => {
    const blocks = 'td, th, dd, dt, li, summary, h1, h2, p, button, .flash'
    const escaped = own.map((text) => text.replace(/[()]/g, '\\$&'))
    const pieces = new RegExp(`${escaped.join('|')}|[^\\s\\u2066-\\u2069]+`, 'g')
    const last = new Map<Element, { text: string; right: number; bottom: number }>()
    const wrong: string[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement
      const block = parent?.closest(blocks)
      if (!parent || !block || parent.closest('.visually-hidden')) continue
      // What is cut off at the end of a column ends there.
      const room = parent.closest('.truncate, .customers td, .tag-chip bdi')?.getBoundingClientRect()
      for (const found of node.textContent?.matchAll(pieces) ?? []) {
        const range = document.createRange()
        range.setStart(node, found.index)
        range.setEnd(node, found.index + found[0].length)
        const rects = [...range.getClientRects()].filter(({ width }) => width > 0)
        const [first, end] = [rects[0], rects.at(-1)]
        if (!first || !end || (room && first.left >= room.right)) continue
        const before = last.get(block)
        const isRight = !before || first.left >= before.right - 1.5
        const isBelow = !before || first.top + first.height / 2 >= before.bottom
        if (!isRight && !isBelow) wrong.push(`${found[0]} after ${before.text}`)
        const right = Math.min(end.right, room?.right ?? end.right)
        last.set(block, { text: found[0], right, bottom: end.bottom })
      }
    }
    return wrong
  }, OWN)
}

/** Takes away what isolates, as if nobody had thought of it. */
const withoutIsolation = (on: Page) =>
  on.evaluate(() => {
    for (const bdi of document.querySelectorAll('bdi')) bdi.replaceWith(...bdi.childNodes)
    document.body.normalize()
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      node.textContent = (node.textContent ?? '').replace(/[\u2066-\u2069]/g, '')
    }
  })

const ADDRESSES = () => ['/customers', `/customers/${id}`, '/audit', `/customers/${id}/edit`]

test.each([1440, 360])(
  'names in Hebrew leave what stands beside them in its place, at %i px',
  async (width) => {
    page = await openTab(browser, purser, { member: purser.northwind.staff.owner, width })
    for (const address of ADDRESSES()) {
      await page.goto(address)
      expect([address, await misplaced(page)]).toEqual([address, []])
    }
  },
)

test('without isolation the same look finds what is misplaced', async () => {
  page = await openTab(browser, purser, { member: purser.northwind.staff.owner })
  await page.goto('/audit')
  await withoutIsolation(page)
  expect(await misplaced(page)).not.toEqual([])
})

test('the cells of a row keep the order of their columns', async () => {
  page = await openTab(browser, purser, { member: purser.northwind.staff.owner })
  await page.goto('/customers')
  const row = page.getByRole('row').filter({ hasText: EMAIL })
  const columns = await page
    .locator('thead th')
    .evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().x))
  const cells = await row
    .locator('td')
    .evaluateAll((found) => found.map((cell) => cell.getBoundingClientRect().x))
  expect(cells).toEqual(columns)
  expect(cells).toEqual(cells.toSorted((one, other) => one - other))
})
