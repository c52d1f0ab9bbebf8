import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCustomer, PASSWORD } from '../support/cast.ts'
import { readCsv } from '../support/csv.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import type { Visitor } from '../support/visit.ts'

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'

let purser: RunningPurser
let auditor: Visitor
beforeAll(async () => {
  purser = await startPurser()
  auditor = await purser.as(purser.northwind.staff.auditor)
})
afterAll(() => purser.stop())

/** Tries to log in with this browser, and gives the event of it. */
async function tryWith(
  browser: string,
  { at = '/login', email = purser.northwind.staff.admin.email, password = PASSWORD } = {},
) {
  const visitor = purser.visitor()
  await visitor.submit(await visitor.get(at), { email, password }, { headers: { 'User-Agent': browser } })
  return purser.services.database.prisma.auditRow.findFirstOrThrow({
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
  })
}

test('staff, customers and people not logged in leave events that keep the browser', async () => {
  expect(await tryWith(FIREFOX)).toMatchObject({ event: 'staff.logged_in', userAgent: FIREFOX })
  expect(await tryWith(FIREFOX, { password: 'not this one at all' })).toMatchObject({
    event: 'staff.login_failed',
    actorKind: 'visitor',
    userAgent: FIREFOX,
  })
  const { email } = await makeCustomer(purser.northwind, { password: PASSWORD })
  expect(await tryWith(FIREFOX, { at: '/console/northwind/login', email })).toMatchObject({
    event: 'customer.logged_in',
    actorKind: 'customer',
    userAgent: FIREFOX,
  })
})

test('what a logged-in person does keeps the browser of that request, not of the login', async () => {
  const customer = await makeCustomer(purser.northwind)
  const admin = await purser.as(purser.northwind.staff.admin)
  const form = await admin.get(`/customers/${customer.id}/tags`)
  await admin.submit(form, { tags: 'VIP' }, { headers: { 'User-Agent': FIREFOX } })
  const row = await purser.services.database.prisma.auditRow.findFirstOrThrow({
    where: { customerId: customer.id, event: 'customer.tagged' },
  })
  expect(row.userAgent).toBe(FIREFOX)
})

test('a long or hostile name is cut and cleaned', async () => {
  expect((await tryWith(`a\tb\x85c${'~'.repeat(4000)}`)).userAgent).toBe(`a b c${'~'.repeat(507)}`)
  expect((await tryWith('\x85')).userAgent).toBeNull()
})

test('the page names the browser and has the whole text; the file has it in its last column', async () => {
  const { id } = await tryWith(FIREFOX)
  const page = await auditor.get('/audit')
  const facts = page.html.querySelector('table.audit tbody tr dl')?.textContent.replace(/\s+/g, ' ')
  expect(facts).toContain(`Browser Firefox on Windows ${FIREFOX}`)
  const [headings = [], ...lines] = readCsv((await auditor.get('/audit/export.csv')).text)
  expect(headings.at(-1)).toBe('user_agent')
  expect(lines.find((line) => line.includes(id))?.at(-1)).toBe(FIREFOX)
})
