import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyLedger } from '../../src/ledger/verification/verify.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { askToEnter, enter } from '../support/stay.ts'

let purser: RunningPurser
let owner: pg.Client
/** A session that is over, with three requests; and one that lasts. */
let over: string
let live: string

beforeAll(async () => {
  purser = await startPurser()
  owner = new pg.Client(purser.database.ownerUrl)
  await owner.connect()
  over = await visit('admin', async (staff) => {
    await staff.get('/console/billing')
    await staff.submit(await staff.get('/console'), {}, { action: '/login-as/end' })
  })
  // Each of them ends in another way, or not at all, and all of this holds.
  await visit('readonly', async (staff) => {
    await staff.submit(await staff.get('/customers'), {}, { action: '/logout' })
  })
  await visit('readonly', async (staff, customer) => {
    await enter(staff, customer, 'admin')
  })
  await visit('admin', async (_staff, customer) => {
    const desk = await purser.as(purser.northwind.staff.owner)
    const page = await desk.get(`/customers/${customer.id}/state`)
    await desk.submit(page, { reason: 'Unpaid', message: '' }, { action: '/suspension' })
  })
  const asked = await makeCustomer(purser.northwind)
  await askToEnter(await purser.as(purser.northwind.staff.admin), asked, 'readonly')
  live = await visit('readonly', async (staff) => {
    await staff.get('/console/billing')
  })
})
afterAll(async () => {
  await owner.end()
  await purser.stop()
})

type Staff = Awaited<ReturnType<RunningPurser['as']>>

/** Logs in as a new customer, does something there, and gives the id of the first session. */
async function visit(
  mode: 'readonly' | 'admin',
  work: (staff: Staff, customer: { id: string }) => Promise<unknown>,
): Promise<string> {
  const customer = await makeCustomer(purser.northwind)
  const staff = await purser.as(purser.northwind.staff.admin)
  await enter(staff, customer, mode)
  await work(staff, customer)
  const { id } = await purser.services.database.prisma.loginAs.findFirstOrThrow({
    where: { customerId: customer.id },
    orderBy: { id: 'asc' },
  })
  return id
}

const verify = (resellerId?: string) => verifyLedger(purser.services.database, { resellerId })

const GUARDED = ['login_as', 'login_as_events', 'audit_rows']

/** Does what no guard lets anybody do, as the tables' owner with the triggers off, verifies, and puts everything back. */
async function afterTampering(sql: string, id: string) {
  for (const table of GUARDED) {
    await owner.query(`create temp table copy_of_${table} as select * from ${table}`)
    await owner.query(`alter table ${table} disable trigger user`)
  }
  try {
    const { rowCount } = await owner.query(sql, [id])
    expect(rowCount).toBe(1)
    return {
      northwind: await verify(purser.northwind.reseller.id),
      eastgate: await verify(purser.eastgate.reseller.id),
    }
  } finally {
    for (const table of GUARDED.toReversed()) await owner.query(`delete from ${table}`)
    for (const table of GUARDED) {
      await owner.query(`insert into ${table} select * from copy_of_${table}`)
      await owner.query(`drop table copy_of_${table}`)
      await owner.query(`alter table ${table} enable trigger user`)
    }
  }
}

test('logins as a customer that ended in their ways, last, or were never entered hold', async () => {
  const ends = await purser.services.database.prisma.loginAs.findMany({ select: { endedBy: true } })
  expect(new Set(ends.map(({ endedBy }) => endedBy))).toEqual(
    new Set(['exit', 'staff_logout', 'replaced', 'customer_off', null]),
  )
  expect((await verify()).fault).toBeNull()
})

const START = 'is not what its start in the audit log says'
const END = 'is not over as its end in the audit log says'
const REQUESTS = 'requests of the login as a customer are missing'

describe('what was changed behind the guards is found, of this reseller alone', () => {
  test.each<[name: string, what: string, sql: string, which: () => string]>([
    ['another reason', START, `update login_as set reason = 'Nothing' where id = $1`, () => over],
    ['another mode', START, `update login_as set mode = 'readonly' where id = $1`, () => over],
    ['another person', START, 'update login_as set staff_id = gen_random_uuid() where id = $1', () => live],
    [
      'no start in the log',
      START,
      `delete from audit_rows where deed = 'login_as.started' and details->>'loginAs' = $1`,
      () => live,
    ],
    [
      'another reason in the log',
      START,
      `update audit_rows set details = details || '{"reason":"Nothing"}' where deed = 'login_as.started' and details->>'loginAs' = $1`,
      () => live,
    ],
    [
      'another customer in the log',
      START,
      `update audit_rows set customer_id = 'ZZZZZZZZZZ' where deed = 'login_as.started' and details->>'loginAs' = $1`,
      () => over,
    ],
    [
      'a start that is told twice',
      START,
      `insert into audit_rows select (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid()))).*
       from audit_rows a where deed = 'login_as.started' and details->>'loginAs' = $1`,
      () => over,
    ],
    [
      'an end that was taken back',
      END,
      'update login_as set ended_at = null, ended_by = null where id = $1',
      () => over,
    ],
    ['another end', END, `update login_as set ended_by = 'idle' where id = $1`, () => over],
    [
      'an end that nobody told',
      END,
      `update login_as set ended_at = now(), ended_by = 'exit' where id = $1`,
      () => live,
    ],
    [
      'no end in the log',
      END,
      `delete from audit_rows where deed = 'login_as.ended' and details->>'loginAs' = $1`,
      () => over,
    ],
    [
      'a request in between',
      REQUESTS,
      'delete from login_as_events where login_as_id = $1 and seq = 2',
      () => over,
    ],
    [
      'the last request',
      REQUESTS,
      'delete from login_as_events where login_as_id = $1 and seq = (select requests from login_as where id = $1)',
      () => live,
    ],
    [
      'the last request and its count',
      REQUESTS,
      'with gone as (delete from login_as_events where login_as_id = $1 and seq = 1) update login_as set requests = requests - 1 where id = $1',
      () => over,
    ],
    ['when it was entered', REQUESTS, 'update login_as set entered_at = null where id = $1', () => over],
  ])('%s', async (_name, what, sql, which) => {
    const { northwind, eastgate } = await afterTampering(sql, which())
    expect(northwind.fault?.what).toContain(what)
    expect(northwind.fault?.where).toContain(which())
    expect(eastgate.fault).toBeNull()
  })

  test('and a session that is not there at all', async () => {
    const sql = `with pages as (delete from login_as_events where login_as_id = $1::uuid) delete from login_as where id = $1::uuid`
    await owner.query(
      'alter table login_as_events drop constraint login_as_events_reseller_id_login_as_id_fkey',
    )
    const { northwind } = await afterTampering(sql, over)
    expect(northwind.fault).toMatchObject({ where: expect.stringContaining(over) as string })
  })
})

test('everything is as it was', async () => {
  expect((await verify()).fault).toBeNull()
})
