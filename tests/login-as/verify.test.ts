import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LoginAsMode } from '../../src/generated/prisma/client.ts'
import { makeCustomer, makeMember } from '../support/cast.ts'
import { letPass } from '../support/clock.ts'
import { runCommand } from '../support/command.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { askToEnter, enter } from '../support/login-as.ts'
import { endOverdueLoginAs, verifyLedger } from '../support/rounds.ts'
import { tamper } from '../support/tamper.ts'
import { waitFor } from '../support/wait.ts'

let purser: RunningPurser
let owner: pg.Client
/** The logins as customers that are changed behind the database's back, by how they ended. */
let exit: string
let idle: string
let stopped: string
let neverEntered: string
let open: string

beforeAll(async () => {
  purser = await startPurser()
  owner = new pg.Client(purser.database.ownerUrl)
  await owner.connect()
  exit = await leftByExit()
  stopped = await endedFromThePortal()
  neverEntered = await ranOut(2, async (staff, customer) => askToEnter(staff, customer, 'admin'))
  idle = await ranOut(11, async (staff, customer) => enter(staff, customer, 'readonly'))
  open = (await inside('readonly')).id
  const { prisma } = purser.services.database
  const unfinished = () => prisma.loginAsEvent.count({ where: { endedAt: null } })
  await waitFor(async () => (await unfinished()) === 0, { what: 'all answers to end' })
})
afterAll(async () => {
  await owner.end()
  await purser.stop()
})

const idOf = async (customer: { id: string }) => {
  const { id } = await purser.owner.prisma.loginAs.findFirstOrThrow({ where: { customerId: customer.id } })
  return id
}

/** A staff member of their own inside a new customer's console. */
async function inside(mode: LoginAsMode) {
  const customer = await makeCustomer(purser.northwind)
  const staff = await purser.as(await makeMember(purser.northwind, 'admin'))
  await enter(staff, customer, mode)
  return { staff, id: await idOf(customer) }
}

/** With a file, a write, a refusal and what is not there. */
async function leftByExit() {
  const { staff, id } = await inside('admin')
  await staff.get('/console/billing/statement.csv')
  await staff.submit(await staff.get('/console/profile'), { name: 'Another Name' }, { action: '/profile' })
  await staff.post('/console/profile', { name: 'Without a token' })
  await staff.get('/console/nothing-here')
  await staff.submit(await staff.get('/console'), {}, { action: '/login-as/end' })
  return id
}

async function endedFromThePortal() {
  const { id } = await inside('readonly')
  const admin = await purser.as(purser.northwind.staff.owner)
  await admin.get(`/login-as/${id}/events.csv`)
  const answer = await admin.submit(await admin.get(`/login-as/${id}`), {}, { action: `/${id}/end` })
  expect(answer.status).toBe(303)
  return id
}

/** One that is noted as over some minutes after it began. */
async function ranOut(
  minutes: number,
  begin: (staff: Awaited<ReturnType<RunningPurser['as']>>, customer: { id: string }) => Promise<unknown>,
) {
  const customer = await makeCustomer(purser.northwind)
  await begin(await purser.as(await makeMember(purser.northwind, 'admin')), customer)
  await letPass(purser.database, minutes)
  await endOverdueLoginAs(purser.services)
  return idOf(customer)
}

const verify = (resellerId?: string) => verifyLedger(purser.services.database, { resellerId })

const TABLES = ['login_as', 'login_as_events', 'audit_rows']

/** What is found after a change that no guard lets anybody make. */
const broken = (sql: string, id: string) =>
  tamper(owner, { tables: TABLES, guarded: TABLES, sql, values: [id] }, async () => {
    expect((await verify(purser.eastgate.reseller.id)).fault).toBeNull()
    return verify()
  })

test('what nobody touched is proved, however each ended', async () => {
  const ends = await owner.query('select ended_by from login_as order by created_at')
  expect(ends.rows.map(({ ended_by }) => ended_by)).toEqual([
    ...['exit', 'stopped', 'never_entered', 'idle', null],
  ])
  expect(await verify()).toEqual({ entries: 0, accounts: 0, fault: null })
})

const NO_START =
  'the login-as session has no start in the audit log, or one with another customer, person, mode, reason, time or address'
const NO_END =
  'the login-as session has no end in the audit log, or one with another customer, person, mode, reason or time'
const NOT_THE_STOPPER = 'the login-as session does not name the person who ended it from the portal'
const NOT_THERE = 'the audit log names a login-as session that does not exist'
const NO_SUCH_TIME = 'the login-as session was started, used or open outside its allowed time'
const GAP = 'the requests of the login-as session have gaps in their numbers or do not match its count'
const OUTSIDE = 'the request started outside its login-as session, or ended before it started'
const LACKS = 'the request has no ID, status or end'

const change = (what: string) => `update login_as set ${what} where id = $1`
const request = (what: string) => `update login_as_events set ${what} where login_as_id = $1 and seq = 2`
const event = (name: string, what: string) =>
  `update audit_rows set ${what} where event = 'login_as.${name}' and details->>'loginAs' = $1::text`
const without = (name: string) =>
  `delete from audit_rows where event = 'login_as.${name}' and details->>'loginAs' = $1::text`
const twice = (name: string) =>
  `insert into audit_rows (reseller_id, id, at, event, actor_kind, actor_id, actor_name, for_customer_id, customer_id, details, ip, user_agent)
   select reseller_id, gen_random_uuid(), at, event, actor_kind, actor_id, actor_name, for_customer_id, customer_id, details, ip, user_agent
   from audit_rows where event = 'login_as.${name}' and details->>'loginAs' = $1::text`
const removed = (where: string) => `delete from login_as_events where login_as_id = $1 and ${where}`
const last = '(select max(seq) from login_as_events where login_as_id = $1)'
const another = (column: string) =>
  `(select ${column} from login_as o where o.id <> $1 and o.${column} <> login_as.${column} limit 1)`

describe('what was changed behind its back is found, and named', () => {
  test.each<[string, string, () => string, string]>([
    ['its customer', change(`customer_id = ${another('customer_id')}`), () => exit, NO_START],
    ['its staff member', change(`staff_id = ${another('staff_id')}`), () => exit, NO_START],
    ['its mode', change(`mode = 'readonly'`), () => exit, NO_START],
    ['its reason', change(`reason = 'Ticket 4712'`), () => exit, NO_START],
    ['its reason, while it lasts', change(`reason = ''`), () => open, NO_START],
    ['its address', change(`ip = '10.0.0.1'`), () => exit, NO_START],
    ['that it had an address', change(`ip = null`), () => exit, NO_START],
    ['its browser', change(`user_agent = 'another'`), () => exit, NO_START],
    [
      'when it began',
      change(`created_at = created_at - interval '1 day', expires_at = expires_at - interval '1 day'`),
      () => exit,
      NO_START,
    ],
    ['its start, which is gone', without('started'), () => exit, NO_START],
    ['its start, twice', twice('started'), () => exit, NO_START],
    [
      'the reason in its start',
      event('started', `details = details || '{"reason": "x"}'`),
      () => exit,
      NO_START,
    ],
    ['who it was in its start', event('started', `actor_id = 'somebody'`), () => exit, NO_START],
    [
      'whose console it was in its start',
      event('started', `customer_id = '0000000000'`),
      () => exit,
      NO_START,
    ],
    [
      'a start of nothing that ever was',
      `insert into audit_rows (reseller_id, id, event, actor_kind, actor_name, customer_id, details)
       select reseller_id, gen_random_uuid(), 'login_as.started', 'staff', 'x', customer_id, '{"loginAs": "nonsense"}' from login_as where id = $1`,
      () => exit,
      NOT_THERE,
    ],
    ['why it ended', change(`ended_by = 'staff_logout'`), () => exit, NO_END],
    ['that it ended', change('ended_by = null, ended_at = null'), () => exit, NO_END],
    [
      'that it lasts',
      change(`ended_by = 'exit', ended_at = now(), last_seen_at = now()`),
      () => open,
      NO_END,
    ],
    ['when it ended, later', change(`ended_at = ended_at + interval '7 minutes'`), () => exit, NO_END],
    ['when it ended, earlier', change(`ended_at = ended_at - interval '7 minutes'`), () => exit, NO_END],
    [
      'when it was idle for too long',
      change(`ended_at = ended_at - interval '2 minutes'`),
      () => idle,
      NO_END,
    ],
    ['when it was used last', change(`last_seen_at = last_seen_at - interval '1 ms'`), () => idle, NO_END],
    [
      'when it was used last: before it was entered',
      change(`last_seen_at = last_seen_at - interval '1 hour'`),
      () => exit,
      NO_SUCH_TIME,
    ],
    ['its end, which is gone', without('ended'), () => exit, NO_END],
    ['its end, twice', twice('ended'), () => idle, NO_END],
    ['the reason in its end', event('ended', `details = details || '{"by": "idle"}'`), () => exit, NO_END],
    ['for whom it was in its end', event('ended', 'for_customer_id = null'), () => exit, NO_END],
    ['when its end was noted', event('ended', `at = at - interval '1 hour'`), () => exit, NO_END],
    [
      'who ended it, in its end',
      event('ended', `details = details || '{"stoppedBy": "nobody"}'`),
      () => stopped,
      NOT_THE_STOPPER,
    ],
    [
      'who ended it, in that person’s event',
      event('stopped', `actor_name = 'nobody'`),
      () => stopped,
      NOT_THE_STOPPER,
    ],
    ['that somebody ended it', without('stopped'), () => stopped, NOT_THE_STOPPER],
    ['that somebody ended it, twice', twice('stopped'), () => stopped, NOT_THE_STOPPER],
    ['that nobody ended it', event('refused', `event = 'login_as.stopped'`), () => exit, NOT_THE_STOPPER],
    [
      'a login as a customer, with all that was done in it',
      `with gone as (delete from login_as_events where login_as_id = $1) delete from login_as where id = $1`,
      () => exit,
      NOT_THERE,
    ],
    [
      'one that is gone together with its start and end: what was refused and exported is left',
      `with gone as (delete from login_as_events where login_as_id = $1),
         untold as (delete from audit_rows where event in ('login_as.started', 'login_as.ended') and details->>'loginAs' = $1::text)
       delete from login_as where id = $1`,
      () => exit,
      NOT_THERE,
    ],
    ['that it was entered', change('entered_at = null'), () => exit, NO_SUCH_TIME],
    [
      'that it was never entered',
      change(`entered_at = created_at + interval '3 seconds'`),
      () => neverEntered,
      NO_SUCH_TIME,
    ],
    [
      'when it was entered',
      change(`entered_at = code_expires_at + interval '6 minutes'`),
      () => open,
      NO_SUCH_TIME,
    ],
    [
      'how long its code was good',
      change(`code_expires_at = code_expires_at + interval '1 hour'`),
      () => exit,
      NO_SUCH_TIME,
    ],
    ['how many requests there were', change('requests = requests - 1'), () => exit, GAP],
    ['its last request, which is gone', removed(`seq = ${last}`), () => exit, GAP],
    ['its first request, which is gone', removed('seq = 1'), () => exit, GAP],
    [
      'one in between, and its number',
      `with gone as (${removed('seq = 3')}) ${change('requests = requests - 1')}`,
      () => exit,
      GAP,
    ],
    ['the number of a request', request('seq = 99'), () => exit, GAP],
    [
      'a request that came from somewhere else',
      `update login_as_events set login_as_id = (select id from login_as where ended_by = 'stopped'), seq = 99
       where login_as_id = $1 and seq = ${last}`,
      () => exit,
      GAP,
    ],
    [
      'a request too many',
      `insert into login_as_events (reseller_id, id, login_as_id, method, path, seq, request_id)
       select reseller_id, gen_random_uuid(), id, 'GET', '/console', requests + 1, 'x' from login_as where id = $1`,
      () => idle,
      GAP,
    ],
    [
      'when a request came: before',
      request(`at = at - interval '10 minutes', ended_at = at - interval '10 minutes'`),
      () => exit,
      OUTSIDE,
    ],
    [
      'when a request came: after',
      request(`at = at + interval '10 minutes', ended_at = at + interval '10 minutes'`),
      () => exit,
      OUTSIDE,
    ],
    [
      'when a request came: after its half hour',
      `update login_as_events set at = at + interval '40 minutes', ended_at = at + interval '40 minutes' where login_as_id = $1`,
      () => open,
      OUTSIDE,
    ],
    ['when a request ended', request(`ended_at = at - interval '10 minutes'`), () => exit, OUTSIDE],
    ['the id of a request', request('request_id = null'), () => exit, LACKS],
    ['when a request ended, which is gone', request('ended_at = null'), () => exit, LACKS],
    [
      'all that is kept of a request since',
      request(`request_id = null, ended_at = null, at = at + interval '10 minutes'`),
      () => exit,
      LACKS,
    ],
  ])('%s', async (_what, sql, id, sentence) => {
    const { fault } = await broken(sql, id())
    expect(fault?.what).toBe(sentence)
    expect(fault?.where).toContain(purser.northwind.reseller.id)
  })

  test('in its own reseller, and all holds again where it is undone', async () => {
    const tampering = { tables: TABLES, guarded: TABLES, sql: change(`mode = 'readonly'`), values: [exit] }
    await tamper(owner, tampering, async () => {
      expect((await verify(purser.eastgate.reseller.id)).fault).toBeNull()
      expect((await verify(purser.northwind.reseller.id)).fault).toEqual((await verify()).fault)
    })
    expect(await verify()).toMatchObject({ fault: null })
  })
})

test('of a request, its number is said', async () => {
  const sql = `update login_as_events set at = at - interval '10 minutes' where login_as_id = $1 and seq = 1`
  expect((await broken(sql, open)).fault?.where).toBe(
    `reseller ${purser.northwind.reseller.id}, login-as session ${open}, request 1`,
  )
})

describe('as an older version left them', () => {
  const older = `update login_as_events set request_id = null, ended_at = null`
  const agent = `update audit_rows set user_agent = null`

  test('logins as customers are proved: requests have neither id nor end, and were noted after the answer', async () => {
    const all = `with requests as (${older}, at = at + interval '20 minutes' where login_as_id <> '${open}'),
      later as (update login_as_events set at = at + interval '25 minutes', ended_at = at + interval '25 minutes' where login_as_id = '${open}' and seq > 0),
      events as (${agent}) update login_as set user_agent = 'as it was' where id = $1`
    expect(await broken(all, exit)).toMatchObject({ fault: null })
  })

  test('also where one went on across the upgrade', async () => {
    const before = `${older} where login_as_id = $1 and seq = 1`
    expect(await broken(before, exit)).toMatchObject({ fault: null })
  })
})

describe('npm run ledger:verify', { timeout: 60_000 }, () => {
  const run = () =>
    runCommand('ledger:verify', [], {
      DATABASE_URL: purser.database.appUrl,
      DATABASE_OWNER_URL: purser.database.ownerUrl,
      APP_KEY: Buffer.alloc(32, 7).toString('base64'),
    })

  test('says that the logins as customers hold, and ends with 1 and the one that does not', async () => {
    const good = await run()
    expect(good.code).toBe(0)
    expect(good.out).toContain('The requests of each login-as session are numbered without gaps')
    const sql = change(`reason = 'Ticket 4712'`)
    const { code, err } = await tamper(owner, { tables: TABLES, guarded: TABLES, sql, values: [exit] }, run)
    expect(code).toBe(1)
    expect(err).toContain(`login-as session ${exit}: the login-as session has no start`)
  })
})
