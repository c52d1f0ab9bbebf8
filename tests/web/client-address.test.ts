import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { PASSWORD } from '../support/cast.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser({ env: { TRUST_PROXY: '1' } })
})
afterAll(() => purser.stop())

// What a proxy says of the browser's address is written into rows of a type that takes addresses only.
test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8::7', '2001:db8::7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['fe80::1%eth0', 'fe80::1'],
  ['unknown', null],
  ["'; drop table postings", null],
  ['203.0.113.7:4711', null],
  ['', '127.0.0.1'],
])('"%s" behind a trusted proxy is noted as %s, and the action is done', async (forwarded, noted) => {
  const browser = purser.visitor()
  const { email, id } = purser.northwind.staff.owner
  const headers = { 'X-Forwarded-For': forwarded }
  const form = await browser.get('/login', headers)
  const answer = await browser.submit(form, { email, password: PASSWORD }, { headers })
  expect(answer.status).toBe(303)
  const row = await purser.services.database.prisma.auditRow.findFirst({
    where: { actorId: id, event: 'staff.logged_in' },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
  })
  expect(row?.ip).toBe(noted)
})
