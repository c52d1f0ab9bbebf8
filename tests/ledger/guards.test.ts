import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { guardsInPlace } from '../../src/database/guards.ts'
import { refill } from '../support/postings.ts'
import { byHand, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { makeWaiting } from '../support/scene.ts'

let purser: RunningPurser
let owner: pg.Client
let customer: Awaited<ReturnType<typeof makeCustomer>>
beforeAll(async () => {
  purser = await startPurser()
  owner = new pg.Client(purser.database.ownerUrl)
  await owner.connect()
  customer = await makeCustomer(purser.northwind, { balance: 1000n, credits: 5n })
  const { system } = purser.northwind
  const payment = { reason: 'payment_received', channel: 'cash', reference: 'INV-1' } as const
  await refill(system, await makeCustomer(purser.northwind), { ...byHand(7n), ...payment })
})
afterAll(async () => {
  await owner.end()
  await purser.stop()
})

/** What the database says to a statement: its SQLSTATE, and the constraint or what else it names. */
async function refusal(on: pg.Client | pg.Pool, sql: string, values: unknown[] = []) {
  try {
    await on.query(sql, values)
    return 'done'
  } catch (error) {
    const { code, constraint, message } = error as pg.DatabaseError
    return `${code} ${constraint ?? message}`
  }
}

const app = () => purser.services.database.pool
const NO_GRANT = /^42501 permission denied/
const NO_CHANGE = /^42501 .* is refused: rows there are only added$/

const KEPT = ['postings', 'entries', 'grant_movements', 'audit_rows', 'receipts']

describe.each(KEPT)('rows of %s are only added', (table) => {
  test.each([
    ['changed', `update ${table} set reseller_id = reseller_id`],
    ['removed', `delete from ${table}`],
    ['emptied out', `truncate ${table} cascade`],
  ])(
    'never %s: not by the application, which may not, nor by the owner, whom a trigger stops',
    async (_how, sql) => {
      const count = async () => (await owner.query(`select count(*) from ${table}`)).rows[0].count
      const before = await count()
      expect(Number(before)).toBeGreaterThan(0)
      expect(await refusal(app(), sql)).toMatch(NO_GRANT)
      expect(await refusal(owner, sql)).toMatch(NO_CHANGE)
      expect(await count()).toBe(before)
    },
  )
})

describe('of a grant, only what is left of it changes', () => {
  test.each([
    ['its sum', 'update credit_grants set amount = amount + 1'],
    ['its end', `update credit_grants set expires_at = now() + interval '1 year'`],
    ['its category', `update credit_grants set category = 'paid'`],
    ['all of it', 'delete from credit_grants'],
    ['every grant', 'truncate credit_grants cascade'],
  ])('not %s, whoever asks', async (_what, sql) => {
    expect(await refusal(app(), sql)).toMatch(/^42501/)
    expect(await refusal(owner, sql)).toMatch(/^42501 .* is refused: /)
  })

  test('and that not below nothing, nor above what was granted', async () => {
    for (const remaining of ['-1', 'amount + 1']) {
      const change = `update credit_grants set remaining = ${remaining}`
      expect(await refusal(owner, change)).toBe('23514 credit_grants_remaining_range')
      expect(await refusal(app(), change)).toMatch(NO_GRANT)
    }
  })
})

describe('what waits for a second person stays as it was entered', () => {
  let waitingId: string
  beforeAll(async () => {
    waitingId = (await makeWaiting(purser.northwind)).waitingId
  })
  const SETS = [
    'amount = amount + 1',
    `facts = facts || '{"amount": "1"}'`,
    `customer_id = 'ABCDEFGHJK'`,
    'maker_id = gen_random_uuid()',
    'key = key || 1',
    `expires_at = expires_at + interval '1 day'`,
  ]
  test.each([
    ...SETS.map((set) => `update waiting_postings set ${set}`),
    'delete from waiting_postings',
    'truncate waiting_postings cascade',
  ])('%s', async (sql) => {
    expect(await refusal(app(), sql)).toMatch(/^42501/)
    expect(await refusal(owner, sql)).toMatch(/^42501 .* is refused: /)
  })

  test('and what was decided is not decided again', async () => {
    const decide = (state: string) =>
      refusal(
        app(),
        `update waiting_postings set state = $2, decider_id = gen_random_uuid(), decided_at = now() where id = $1`,
        [waitingId, state],
      )
    expect(await decide('rejected')).toBe('done')
    for (const state of ['waiting', 'approved', 'rejected']) expect(await decide(state)).toMatch(/^42501/)
  })

  test('and the application, of itself, approves nothing', async () => {
    const { waitingId: id } = await makeWaiting(purser.northwind)
    const approve = (more: string) =>
      refusal(
        app(),
        `update waiting_postings set state = 'approved', decider_id = gen_random_uuid(), decided_at = now()${more} where id = $1`,
        [id],
      )
    expect(await approve('')).toBe('23514 waiting_postings_decided')
    expect(await approve(`, posting_id = (select id from postings limit 1)`)).toMatch(NO_GRANT)
  })
})

describe('the application cannot take the guards away', () => {
  test.each(
    KEPT.flatMap((table) => [
      `alter table ${table} disable trigger all`,
      `alter table ${table} add column x int`,
      `drop trigger ${table}_append_only on ${table}`,
      `drop table ${table} cascade`,
      `create trigger other before insert on ${table} for each row execute function refuse_change()`,
    ]),
  )('%s', async (sql) => {
    expect(await refusal(app(), sql)).toMatch(/^42501 (must be owner|permission denied)/)
  })

  test.each([
    'alter table entries drop constraint entries_sum',
    `set session_replication_role = 'replica'`,
    'set role purser_owner',
    'create or replace function refuse_change() returns trigger language plpgsql as $$ begin return new; end $$',
    'drop function post_to_ledger',
  ])('%s', async (sql) => {
    expect(await refusal(app(), sql)).toMatch(/^(42501|0LP01)/)
  })

  test('nor grant itself what it may not do: PostgreSQL warns, and grants nothing', async () => {
    expect(await refusal(app(), 'grant update on entries to purser')).toBe('done')
    expect(await refusal(app(), 'update entries set amount = 1')).toMatch(NO_GRANT)
  })
})

describe('an entry that is wrong is refused, whoever writes it', () => {
  /** A copy of the last entry with some columns made otherwise, under a posting of its own. */
  const entry = (change: Record<string, string>) => {
    const columns = [
      'reseller_id',
      'id',
      'posting_id',
      'customer_id',
      'account',
      'seq',
      'amount',
      'before',
      'after',
      'floor',
      'posted_at',
      'hash',
    ]
    const otherwise: Record<string, string> = {
      id: 'gen_random_uuid()',
      posting_id: 'posted.id',
      seq: 'last.seq + 1',
      amount: '1',
      before: 'last.after',
      after: 'last.after + 1',
      ...change,
    }
    return `
      with last as (select * from entries where customer_id = '${customer.id}' and account = 'BALANCE' order by seq desc limit 1),
      posted as (
        insert into postings (reseller_id, id, customer_id, kind, key, fingerprint, reason, text_salt, text_digest, actor_kind, actor_name)
        select reseller_id, gen_random_uuid(), customer_id, 'refill', gen_random_uuid()::text, '', 'courtesy',
               sha256('')::bytea, sha256(''), 'system', 'test' from last returning id)
      insert into entries (${columns.join(', ')})
      select ${columns.map((name) => otherwise[name] ?? `last.${name}`).join(', ')} from last, posted`.replace(
      "sha256('')::bytea,",
      "substring(sha256('') for 16),",
    )
  }

  test('a right one is taken', async () => {
    await owner.query('begin')
    expect(await refusal(owner, entry({}))).toBe('done')
    await owner.query('rollback')
  })

  test.each([
    ['does not add up', { after: 'last.after + 2' }, '23514 entries_sum'],
    ['falls below its floor', { amount: '-last.after - 1', after: '-1' }, '23514 entries_floor'],
    ['moves nothing', { amount: '0', after: 'last.after' }, '23514 entries_amount_not_zero'],
    ['takes a number twice', { seq: 'last.seq' }, '23505 entries_reseller_id_customer_id_account_seq_key'],
    ['has no number', { seq: '0' }, '23514 entries_seq_positive'],
    ['has half a hash', { hash: `'\\x00'::bytea` }, '23514 entries_hash_length'],
    [
      'belongs to no posting',
      { posting_id: 'gen_random_uuid()' },
      '23503 entries_reseller_id_posting_id_fkey',
    ],
    [
      'is the second of its posting',
      { posting_id: 'last.posting_id' },
      '23505 entries_reseller_id_posting_id_account_key',
    ],
  ])('one that %s', async (_how, change, complaint) => {
    expect(await refusal(owner, entry(change))).toBe(complaint)
    expect(await refusal(app(), entry(change))).toMatch(NO_GRANT)
  })

  test('one of another reseller’s customer', async () => {
    const stranger = await makeCustomer(purser.eastgate)
    const change = { customer_id: `'${stranger.id}'` }
    expect(await refusal(owner, entry(change))).toBe('23503 entries_reseller_id_customer_id_fkey')
  })
})

describe('a posting that is wrong is refused', () => {
  const posting = (change: Record<string, string> = {}) => {
    const columns: Record<string, string> = {
      reseller_id: `'${customer.resellerId}'`,
      id: 'gen_random_uuid()',
      customer_id: `'${customer.id}'`,
      kind: `'refill'`,
      key: 'gen_random_uuid()::text',
      fingerprint: `''`,
      reason: `'courtesy'`,
      text_salt: `substring(sha256('') for 16)`,
      text_digest: `sha256('')`,
      actor_kind: `'system'`,
      actor_name: `'test'`,
      ...change,
    }
    return `insert into postings (${Object.keys(columns).join(', ')}) values (${Object.values(columns).join(', ')})`
  }

  test.each([
    ['a key that is taken', { key: `(select min(key) from postings)` }, '23505 postings_reseller_id_key_key'],
    ['no key', { key: 'null' }, /^23502/],
    ['a key too short', { key: `'short'` }, '23514 postings_key_form'],
    ['"other" without a comment', { reason: `'other'` }, '23514 postings_comment_required'],
    ['a deduction without a comment', { kind: `'deduction'` }, '23514 postings_comment_required'],
    ['a payment without a receipt', { reason: `'payment_received'` }, '23514 postings_receipt_named'],
    [
      'a customer whom there is not',
      { customer_id: `'0000000000'` },
      '23503 postings_reseller_id_customer_id_fkey',
    ],
  ])('%s', async (_what, change, complaint) => {
    const said = await refusal(owner, posting(change))
    if (typeof complaint === 'string') expect(said).toBe(complaint)
    else expect(said).toMatch(complaint)
    expect(await refusal(app(), posting(change))).toMatch(NO_GRANT)
  })

  test('another reseller’s customer', async () => {
    const stranger = await makeCustomer(purser.eastgate)
    const change = { customer_id: `'${stranger.id}'` }
    expect(await refusal(owner, posting(change))).toBe('23503 postings_reseller_id_customer_id_fkey')
  })
})

test('the first posting fixes the currency', async () => {
  const change = 'update resellers set currency = $2, currency_scale = $3 where id = $1'
  const { northwind, eastgate } = purser
  for (const role of [app(), owner]) {
    expect(await refusal(role, change, [eastgate.reseller.id, 'KWD', 3])).toBe('done')
    expect(await refusal(role, change, [northwind.reseller.id, 'KWD', 3])).toMatch(
      /^23514 the currency of .* is fixed/,
    )
    expect(await refusal(role, change, [northwind.reseller.id, 'USD', 2])).toBe('done')
  }
})

test('after all that, the ledger can still be proved', async () => {
  expect(await proveLedger(app(), customer)).toMatchObject({ balance: 1000n, credits: 5n })
})

describe('a guard that bears its name and does something else is no guard', () => {
  const WHOLE = { alteredFunctions: [], triggers: true, constraints: true, grants: true }
  const inPlace = () => guardsInPlace(app())
  test.each<[string, string, string, string]>([
    [
      'a constraint that demands less',
      'alter table entries drop constraint entries_floor, add constraint entries_floor check (true)',
      'alter table entries drop constraint entries_floor, add constraint entries_floor check ("amount" > 0 or "after" >= "floor")',
      'constraints',
    ],
    [
      'a constraint that is not there',
      'alter table postings drop constraint postings_key_form',
      'alter table postings add constraint postings_key_form check (length("key") between 8 and 128)',
      'constraints',
    ],
    [
      'an index of some rows only',
      "drop index postings_reseller_id_key_key; create unique index postings_reseller_id_key_key on postings (reseller_id, key) where kind = 'refill'",
      'drop index postings_reseller_id_key_key; create unique index postings_reseller_id_key_key on postings (reseller_id, key)',
      'constraints',
    ],
    [
      'an index of other columns',
      'drop index postings_reseller_id_key_key; create unique index postings_reseller_id_key_key on postings (reseller_id, id)',
      'drop index postings_reseller_id_key_key; create unique index postings_reseller_id_key_key on postings (reseller_id, key)',
      'constraints',
    ],
    [
      'a trigger that looks at some rows only',
      'create or replace trigger entries_append_only before update or delete on entries for each row when (old.amount > 0) execute function refuse_change()',
      'create or replace trigger entries_append_only before update or delete on entries for each row execute function refuse_change()',
      'triggers',
    ],
    [
      'a trigger that looks at one column only',
      'create or replace trigger entries_append_only before update of amount or delete on entries for each row execute function refuse_change()',
      'create or replace trigger entries_append_only before update or delete on entries for each row execute function refuse_change()',
      'triggers',
    ],
    [
      'a trigger that lets removals through',
      'create or replace trigger entries_append_only before update on entries for each row execute function refuse_change()',
      'create or replace trigger entries_append_only before update or delete on entries for each row execute function refuse_change()',
      'triggers',
    ],
    [
      'a login as a customer that ends without a reason',
      'alter table login_as drop constraint login_as_end_has_reason',
      'alter table login_as add constraint login_as_end_has_reason check (("ended_at" is null) = ("ended_by" is null))',
      'constraints',
    ],
    [
      'one that lasts for a day',
      `alter table login_as drop constraint login_as_half_hour, add constraint login_as_half_hour check (expires_at <= created_at + interval '1 day')`,
      `alter table login_as drop constraint login_as_half_hour, add constraint login_as_half_hour check (expires_at <= created_at + interval '30 minutes 1 second')`,
      'constraints',
    ],
    [
      'a request in one that ends without a status',
      'alter table login_as_events drop constraint login_as_events_end_has_status',
      'alter table login_as_events add constraint login_as_events_end_has_status check ("ended_at" is null or "status" is not null)',
      'constraints',
    ],
    [
      'a code that lets in twice',
      'drop index login_as_reseller_id_code_hash_key',
      'create unique index login_as_reseller_id_code_hash_key on login_as (reseller_id, code_hash)',
      'constraints',
    ],
    [
      'a number for two requests',
      'drop index login_as_events_reseller_id_login_as_id_seq_key',
      'create unique index login_as_events_reseller_id_login_as_id_seq_key on login_as_events (reseller_id, login_as_id, seq)',
      'constraints',
    ],
    ...['login_as', 'login_as_events'].flatMap((table) =>
      ['append_only', 'no_truncate'].map((guard): [string, string, string, string] => [
        `a trigger that is off: ${table}_${guard}`,
        `alter table ${table} disable trigger ${table}_${guard}`,
        `alter table ${table} enable trigger ${table}_${guard}`,
        'triggers',
      ]),
    ),
    [
      'a right too many',
      'grant update (amount) on entries to purser',
      'revoke update (amount) on entries from purser',
      'grants',
    ],
    [
      'a function of the ledger that everybody may call',
      'grant execute on function post_to_ledger(text, text, text, jsonb) to public',
      'revoke execute on function post_to_ledger(text, text, text, jsonb) from public',
      'grants',
    ],
  ])('%s', async (_what, spoil, mend, missing) => {
    expect(await inPlace()).toEqual(WHOLE)
    await owner.query(spoil)
    try {
      expect(await inPlace()).toEqual({ ...WHOLE, [missing]: false })
    } finally {
      await owner.query(mend)
    }
    expect(await inPlace()).toEqual(WHOLE)
  })

  test.each<[string, string, string]>([
    [
      'a text that lets more through',
      'receipt_folded',
      `create or replace function receipt_folded(reference text) returns text language sql immutable strict parallel safe as 'select reference'`,
    ],
    ['a setting', 'move_grant', `alter function move_grant(text, uuid, uuid, bigint, timestamptz) strict`],
    [
      'the rights that it works with',
      'post_to_ledger',
      `alter function post_to_ledger(text, text, text, jsonb) security invoker`,
    ],
    [
      'another one beside it',
      'random_salt',
      `create function random_salt(length int) returns bytea language sql as 'select null::bytea'`,
    ],
    ['that it is missing', 'expire_credits', `drop function expire_credits(text, text, uuid[], timestamptz)`],
  ])('a function by %s', async (_what, name, spoil) => {
    await owner.query('begin')
    try {
      await owner.query(spoil)
      // As its owner, for whom rights are no guard.
      expect(await guardsInPlace(owner)).toMatchObject({ alteredFunctions: [name] })
    } finally {
      await owner.query('rollback')
    }
    expect(await inPlace()).toEqual(WHOLE)
  })
})
