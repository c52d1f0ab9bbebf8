import type pg from 'pg'
import { by as callerBy } from '../support/caller.ts'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, connect, disconnect } from '../../src/database/client.ts'
import { openQueue } from '../../src/jobs/queue.ts'
import { ApprovePosting } from '../../src/ledger/approvals/approve.ts'
import { findWaiting } from '../../src/ledger/approvals/waiting.ts'
import { refill, setCredits } from '../support/postings.ts'
import { type Actor, systemActor } from '../../src/people/actor.ts'
import { prepareDatabase } from '../../src/startup/database.ts'
import { byHand, proveLedger } from '../support/ledger.ts'
import { endOverdueLoginAs, verifyLedger } from '../support/rounds.ts'
import { type DatabaseBefore, FIRST_NEW, databaseBefore, postBefore } from '../support/version-before.ts'

const RESELLER = 'ABCDEFGH'
const FILLED_AT = Date.now()
const [ADA, BO] = ['AAAAAAAAAA', 'BBBBBBBBBB'].map((id) => ({ id, resellerId: RESELLER })) as [Known, Known]
const [OWNER, CLERK] = [uuidv7(), uuidv7()]
type Known = { id: string; resellerId: string }

let old: DatabaseBefore
let owner: pg.Client
let database: Database
let system: Actor
/** A login as a customer that lasts across the upgrade. */
let lasting: LoginAs
/** What stood in the postings before the upgrade. */
let before: unknown[]

const post = (customer: Known, facts: Record<string, unknown>, receipt: string | null = null) =>
  postBefore(owner, { customer, receipt, clerk: { id: CLERK, email: 'clerk@old.example' } }, facts)

const paid = (reference: string) => ({ reason: 'payment_received', channel: 'cash', reference })
const refilled = (
  customer: Known,
  amount: string,
  reference: string,
  receipt: string | null = `cash:${reference}`,
) => post(customer, { kind: 'refill', deed: 'balance.refilled', amount, ...paid(reference) }, receipt)

const waiting: Record<'plain' | 'taken' | 'confirmed', string> = { plain: '', taken: '', confirmed: '' }

beforeAll(async () => {
  old = await databaseBefore(`upgrade_${process.pid}`)
  owner = old.owner
  await fill()
  before = await postings()
  await prepareDatabase(old)
  database = connect(old.appUrl, { max: 5, onError: () => {} })
  const reseller = {
    ...{ id: RESELLER, slug: 'old', name: 'Old', currency: 'USD', currencyScale: 2 },
    ...{ timeZone: 'Europe/Berlin', locale: 'en-GB' },
  }
  system = systemActor({ database, queue: openQueue() }, reseller, 'test')
})
afterAll(async () => {
  await disconnect(database)
  await old.drop()
})

/** A reseller with two people, two customers and what they did, by the version before. */
async function fill() {
  await owner.query(
    `insert into resellers (id, slug, name, currency, currency_scale, time_zone, locale) values ('${RESELLER}', 'old', 'Old', 'USD', 2, 'Europe/Berlin', 'en-GB')`,
  )
  await owner.query(
    `insert into roles (reseller_id, id, name, permissions, approval_above) values
       ('${RESELLER}', 'owner', 'Owner', '{money.approve,money.post,customers.see}', null), ('${RESELLER}', 'finance', 'Finance', '{money.post}', 20000)`,
  )
  await owner.query(
    `insert into staff (id, reseller_id, email, name, role_id) values
       ('${OWNER}', '${RESELLER}', 'owner@old.example', 'Owner', 'owner'), ('${CLERK}', '${RESELLER}', 'clerk@old.example', 'Clerk', 'finance')`,
  )
  for (const { id } of [ADA, BO]) {
    const team = uuidv7()
    await owner.query(`insert into teams (reseller_id, id, name) values ('${RESELLER}', '${team}', 'Team')`)
    await owner.query(
      `insert into customers (reseller_id, id, email, name, team_id) values ('${RESELLER}', '${id}', '${id.toLowerCase()}@old.example', 'Customer', '${team}')`,
    )
  }
  await refilled(ADA, '1000', 'INV 2026-100')
  await refilled(BO, '1000', 'inv-2026 100')
  await refilled(BO, '1000', 'INV 2026-100', null)
  await refilled(BO, '500', '12-3')
  await post(ADA, { kind: 'credits_set', deed: 'credits.set', target: '700', seen: '0', category: 'paid' })
  await post(ADA, { kind: 'charge', deed: 'customer.charged', amount: '900', reason: null, note: 'Storage' })
  waiting.plain = (await refilled(ADA, '30000', 'WAIT 1')).waiting
  waiting.taken = (await refilled(ADA, '30000', '12/3')).waiting
  waiting.confirmed = (await refilled(ADA, '30000', 'INV 2026-100', null)).waiting
  await fillLoginAs()
}

/** Logins as a customer by the version before: one that was left, one whose time ran out unseen, one never entered, and one that lasts. */
async function fillLoginAs() {
  const left = await startLoginAs('admin', { minutesAgo: 300, entered: true })
  for (const page of ['/console', '/console/billing']) await addRequest(left, page, { minutesAgo: 299 })
  await endAt(left, 'exit', { at: 298, noted: 298 })
  // A request was written down when its answer had left: the way out after the end, and a file that was read slowly long after it.
  await addRequest(left, '/console/login-as/end', { minutesAgo: 298 })
  await addRequest(left, '/console/billing/statement.csv', { minutesAgo: 200 })
  const ranOut = await startLoginAs('readonly', { minutesAgo: 180, entered: true })
  await endAt(ranOut, 'time_up', { at: 150, noted: 60 })
  const unused = await startLoginAs('readonly', { minutesAgo: 90, entered: false })
  await endAt(unused, 'never_entered', { at: 89, noted: 60 })
  lasting = await startLoginAs('admin', { minutesAgo: 2, entered: true })
  await addRequest(lasting, '/console', { minutesAgo: 1 })
}

const earlier = (minutes: number) => new Date(FILLED_AT - minutes * 60_000)

async function startLoginAs(mode: string, { minutesAgo, entered }: { minutesAgo: number; entered: boolean }) {
  const id = uuidv7()
  const at = earlier(minutesAgo)
  await owner.query(
    `insert into login_as (reseller_id, id, customer_id, staff_id, mode, reason, portal_session, code_hash, code_expires_at, created_at, entered_at,
       expires_at, last_seen_at, ip, user_agent)
     values ($1, $2, $3, $4, $5, 'Ticket 4711', 'gone', $6, $7, $8, $9, $10, $8, '10.0.0.1', 'An old browser')`,
    [
      ...[RESELLER, id, ADA.id, CLERK, mode, id, earlier(minutesAgo - 1), at, entered ? at : null],
      earlier(minutesAgo - 30),
    ],
  )
  await addEvent('login_as.started', { mode, reason: 'Ticket 4711', loginAs: id }, { at, ip: '10.0.0.1' })
  return { id, mode }
}
type LoginAs = Awaited<ReturnType<typeof startLoginAs>>

async function endAt({ id, mode }: LoginAs, by: string, { at, noted }: { at: number; noted: number }) {
  await owner.query('update login_as set ended_at = $2, ended_by = $3 where id = $1', [id, earlier(at), by])
  await addEvent(
    'login_as.ended',
    { mode, by, loginAs: id },
    { at: earlier(noted), ip: null, insteadOf: ADA.id },
  )
}

/** An event of the clerk's about Ada. Events of that version did not keep the browser. */
const addEvent = (
  event: string,
  details: Record<string, string>,
  { at: when, ip, insteadOf = null }: { at: Date; ip: string | null; insteadOf?: string | null },
) =>
  owner.query(
    `insert into audit_rows (reseller_id, id, at, deed, actor_kind, actor_id, actor_name, for_customer_id, customer_id, details, ip)
     values ($1, $2, $3, $4, 'staff', $5, 'clerk@old.example', $6, $7, $8, $9)`,
    [RESELLER, uuidv7(), when, event, CLERK, insteadOf, ADA.id, JSON.stringify(details), ip],
  )

const addRequest = ({ id }: LoginAs, page: string, { minutesAgo }: { minutesAgo: number }) =>
  owner.query(
    `insert into login_as_events (reseller_id, id, login_as_id, at, method, path, status) values ($1, $2, $3, $4, 'GET', $5, 200)`,
    [RESELLER, uuidv7(), id, earlier(minutesAgo), page],
  )

async function postings() {
  const { rows } = await owner.query(
    `select id, kind, key, fingerprint, reason, comment, note, channel, reference, receipt_key, text_salt, text_digest, actor_kind, actor_id, actor_name,
            limit_staff_id, posted_at, effective_at from postings where posted_at < (select coalesce(max(finished_at), 'infinity') from _prisma_migrations
            where migration_name like '${FIRST_NEW}%') order by id`,
  )
  return rows
}

const approve = async (id: string) => {
  const by: Actor = {
    ...system,
    ...{ kind: 'staff', id: OWNER, name: 'owner@old.example', roleId: 'owner' },
    permissions: new Set(['money.approve', 'money.post', 'customers.see']),
  }
  return ApprovePosting.run(callerBy(by), await findWaiting(by, id), { comment: 'checked' })
}

test('the postings stay as they are, and the first of each receipt has it', async () => {
  expect(before).toHaveLength(6)
  expect(await postings()).toEqual(before)
  const { rows } = await owner.query(
    `select r.folded, r.channel, p.reference, p.customer_id from receipts r join postings p on p.id = r.posting_id order by 1`,
  )
  expect(rows).toEqual([
    { folded: '12 3', channel: 'cash', reference: '12-3', customer_id: BO.id },
    { folded: 'inv2026 100', channel: 'cash', reference: 'INV 2026-100', customer_id: ADA.id },
  ])
})

test('what was hashed by version 1 is proved', async () => {
  expect(await verifyLedger(database, {})).toEqual({ entries: 7, accounts: 3, fault: null })
})

test('logins as a customer from before are proved, their requests numbered as they were written down', async () => {
  const { rows } = await owner.query(
    `select e.login_as_id, array_agg(e.path order by e.seq) as paths, l.requests from login_as_events e join login_as l on l.id = e.login_as_id
     group by 1, 3 order by 1`,
  )
  expect(rows.map(({ paths, requests }) => [requests, ...paths])).toEqual([
    [4, '/console', '/console/billing', '/console/login-as/end', '/console/billing/statement.csv'],
    [1, '/console'],
  ])
  expect(await verifyLedger(database, { resellerId: RESELLER })).toMatchObject({ fault: null })
})

test('one that lasted across the upgrade ends, and is proved', async () => {
  await endOverdueLoginAs({ database })
  const { rows } = await owner.query('select ended_by from login_as where id = $1', [lasting.id])
  expect(rows).toEqual([{ ended_by: 'session_gone' }])
  expect(await verifyLedger(database, {})).toMatchObject({ fault: null })
})

test('a receipt from before is compared folded', async () => {
  const again = { ...byHand(100n), reason: 'payment_received', channel: 'cash' } as const
  await expect(refill(system, BO, { ...again, reference: 'Inv 2026/100' })).rejects.toMatchObject({
    status: 409,
  })
})

test('what waited across the upgrade is approved, or refused, as it should be', async () => {
  expect(await approve(waiting.plain)).toMatchObject({ fresh: true, amount: 30_000n })
  const posting = await database.prisma.posting.findFirstOrThrow({ where: { approvalId: waiting.plain } })
  expect(posting).toMatchObject({ approvalAbove: 20_000n, approverId: OWNER, limitStaffId: CLERK })
  // Its receipt was booked meanwhile, though the version before did not see it.
  await expect(approve(waiting.taken)).rejects.toMatchObject({ status: 409 })
  expect(await approve(waiting.confirmed)).toMatchObject({ fresh: true, amount: 30_000n })
  expect(await verifyLedger(database, {})).toMatchObject({ fault: null })
})

test('what is written since is of version 2, and both are proved together', async () => {
  await setCredits(system, ADA, { ...byHand(), credits: 900n, seen: 0n, category: 'paid' })
  await refill(system, BO, { ...byHand(300n) })
  const { moves } = await proveLedger(database.pool, ADA)
  expect(moves.map(({ author_digest }) => (author_digest ? 2 : 1))).toEqual([1, 1, 2, 2, 1, 1, 2])
  expect(await verifyLedger(database, {})).toMatchObject({ fault: null })
})

test.each([
  [
    'what version 2 added to a posting',
    `update postings set approval_above = 1 where approval_above is null and author_digest is not null`,
  ],
  [
    'the end of a grant of version 2',
    `update credit_grants set expires_at = now() + interval '9 years' where amount = 900`,
  ],
  ['its category', `update credit_grants set category = 'promotional' where amount = 900`],
  [
    'the mark, so that an entry of version 2 would be one of version 1',
    `update chain_marks set seq = seq + 1 where account = 'CREDITS'`,
  ],
  [
    'the mark, so that one of version 1 would be one of version 2',
    `update chain_marks set seq = seq - 1 where account = 'CREDITS'`,
  ],
  ['a mark that is taken away', `delete from chain_marks where account = 'CREDITS'`],
  [
    'a mark for an account that has none',
    `insert into chain_marks select reseller_id, customer_id, account, seq, hash from entries where customer_id = '${BO.id}' and account = 'BALANCE' order by seq desc limit 1
     on conflict (reseller_id, customer_id, account) do update set seq = excluded.seq, hash = excluded.hash`,
  ],
  [
    'an approval that an old posting says it had',
    `update postings set approval_id = gen_random_uuid(), approver_id = gen_random_uuid() where author_digest is null and kind = 'refill'`,
  ],
])('changed behind its back, it is found: %s', async (_what, sql) => {
  const tables = ['postings', 'credit_grants', 'chain_marks']
  for (const table of tables) {
    await owner.query(`alter table ${table} disable trigger user`)
    await owner.query(`create temp table copy_of_${table} as table ${table}`)
  }
  try {
    await owner.query(sql)
    expect((await verifyLedger(database, {})).fault).not.toBeNull()
  } finally {
    await owner.query(
      `update postings p set (approval_above, approval_id, approver_id) = (c.approval_above, c.approval_id, c.approver_id)
       from copy_of_postings c where c.id = p.id`,
    )
    await owner.query(
      'update credit_grants g set (category, expires_at) = (c.category, c.expires_at) from copy_of_credit_grants c where c.id = g.id',
    )
    await owner.query('delete from chain_marks')
    await owner.query('insert into chain_marks table copy_of_chain_marks')
    for (const table of tables) {
      await owner.query(`drop table copy_of_${table}`)
      await owner.query(`alter table ${table} enable trigger user`)
    }
  }
  expect(await verifyLedger(database, {})).toMatchObject({ fault: null })
})
