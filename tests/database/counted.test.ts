import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const sql = (text: string, ...values: unknown[]) => purser.owner.pool.query(text, values)

/** Rows of each list, so many more; each inserted as it would have been left. */
const MORE = {
  invites: (count: number) =>
    sql(
      `insert into invites (reseller_id, id, kind, staff_id, staff_name, expires_at)
       select $1, gen_random_uuid(), 'reusable', $2, 'The owner', now() + interval '1 day' from generate_series(1, $3)`,
      purser.northwind.reseller.id,
      purser.northwind.staff.owner.id,
      count,
    ),
  'login-as': async (count: number) => {
    const customer = await makeCustomer(purser.northwind)
    return sql(
      `insert into login_as (reseller_id, id, customer_id, staff_id, mode, reason, portal_session, code_hash, code_expires_at, expires_at, ended_at, ended_by)
       select $1, gen_random_uuid(), $2, $3, 'readonly', 'A look', 'x', gen_random_uuid()::text, now(), now(), now(), 'exit' from generate_series(1, $4)`,
      purser.northwind.reseller.id,
      customer.id,
      purser.northwind.staff.owner.id,
      count,
    )
  },
  audit: (count: number) =>
    sql(
      `insert into audit_rows (reseller_id, id, event, actor_kind, actor_name, details)
       select $1, gen_random_uuid(), 'tag.removed', 'system', 'test', json_build_object('name', n::text, 'customers', 0) from generate_series(1, $2) n`,
      purser.northwind.reseller.id,
      count,
    ),
}

test.each([
  ['invites', '/invites', 'invites'],
  ['login-as', '/login-as', 'login-as sessions'],
  ['audit', '/audit?event=tag.removed', 'events'],
] as const)('%s are counted on all pages, up to 1,000', async (list, address, things) => {
  const owner = await purser.as(purser.northwind.staff.owner)
  const says = async () => wordsOf(await owner.get(address))
  await MORE[list](3)
  expect(await says()).toContain(`3 ${things}`)
  await MORE[list](60)
  expect(await says()).toContain(`63 ${things}`)
  await MORE[list](937)
  expect(await says()).toContain(`1,000 ${things}`)
  await MORE[list](1)
  expect(await says()).toContain(`More than 1,000 ${things}`)
})

test('activity that fits two filters is counted as well, and narrowed lists are', async () => {
  const owner = await purser.as(purser.northwind.staff.owner)
  expect(wordsOf(await owner.get('/audit?event=tag.removed&person=system'))).toContain(
    'More than 1,000 events',
  )
  expect(wordsOf(await owner.get('/audit?event=tag.removed&person=customers'))).not.toContain('events')
  expect(wordsOf(await owner.get('/invites?state=open'))).toContain('More than 1,000 invites')
  expect(wordsOf(await owner.get(`/login-as?staff=${purser.northwind.staff.owner.id}`))).toContain(
    'More than 1,000 login-as sessions',
  )
})
