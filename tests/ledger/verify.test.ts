import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newKey } from '../../src/ledger/facts.ts'
import { makeCustomer } from '../support/cast.ts'
import { runCommand } from '../support/command.ts'
import { asVersion1, booked } from '../support/ledger.ts'
import { charge, reverse } from '../support/postings.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { verifyLedger } from '../support/rounds.ts'
import { makeWaiting } from '../support/scene.ts'
import { tamper } from '../support/tamper.ts'

type Customer = Awaited<ReturnType<typeof makeCustomer>>

let purser: RunningPurser
let owner: pg.Client
let customer: Customer
beforeAll(async () => {
  purser = await startPurser()
  owner = new pg.Client(purser.database.ownerUrl)
  await owner.connect()
  await makeCustomer(purser.eastgate, { balance: 77n })
  customer = await makeCustomer(purser.northwind, { balance: 1000n, credits: 300n })
  const charged = booked(await chargeOf(500n))
  await chargeOf(20n)
  await reverse(purser.northwind.system, customer, {
    idempotencyKey: newKey(),
    postingId: charged.postingId,
    reason: 'billing_error',
    comment: 'charged twice',
    note: '',
  })
  await makeCustomer(purser.northwind)
  await owner.query('select keep_moved_sums($1, $2, null)', [purser.northwind.reseller.id, customer.id])
})
afterAll(async () => {
  await owner.end()
  await purser.stop()
})

const chargeOf = (amount: bigint) =>
  charge(purser.northwind.system, customer, {
    idempotencyKey: newKey(),
    amount,
    description: 'Storage',
    reference: '',
  })

const verify = (resellerId?: string) => verifyLedger(purser.services.database, { resellerId })

const GUARDED = ['postings', 'entries', 'grant_movements', 'credit_grants', 'audit_rows']

/** What verification finds where something was changed as the tables’ owner. */
const broken = (sql: string) =>
  tamper(
    owner,
    {
      tables: ['customers', 'customer_amounts', 'moved_sums', ...GUARDED],
      guarded: GUARDED,
      sql,
      values: [customer.id],
    },
    verify,
  )

test('a ledger that nobody touched is proved, entry by entry', async () => {
  expect(await verify()).toEqual({ entries: 8, accounts: 3, fault: null })
})

test('one reseller’s alone is, too', async () => {
  expect(await verify(purser.eastgate.reseller.id)).toEqual({ entries: 1, accounts: 1, fault: null })
})

/** Where an account stood before the last of its entries. */
const entryBefore = (account: string) =>
  `select after, seq, hash from entries where customer_id = $1 and account = '${account}' and seq = c.${account.toLowerCase()}_seq - 1`

const chargeThat = (moved: string) =>
  `select posting_id from entries where customer_id = $1 and account = 'BALANCE' and ${moved}`

const last = `(select max(seq) from entries where customer_id = $1 and account = 'BALANCE')`

describe('what was changed behind its back is found, and named', () => {
  test.each([
    [
      'an amount',
      `update entries set amount = amount - 1, after = after - 1 where customer_id = $1 and account = 'BALANCE' and seq = 2`,
      'its hash does not match its data',
    ],
    [
      'where an entry begins',
      `update entries set before = before + 1, after = after + 1 where customer_id = $1 and account = 'BALANCE' and seq = 2`,
      'it starts at 1001, but the previous entry ended at 1000',
    ],
    [
      'a number',
      `update entries set seq = seq + 1 where customer_id = $1 and account = 'BALANCE' and seq = ${last}`,
      'its number should be 4',
    ],
    [
      'a note',
      `update postings set note = 'Nothing at all' where customer_id = $1 and kind = 'charge' and id = (select min(id::text)::uuid from postings where customer_id = $1 and kind = 'charge')`,
      'its texts have changed since it was posted',
    ],
    [
      'a reason',
      `update postings set reason = 'refund' where customer_id = $1 and kind = 'reversal'`,
      'its hash does not match its data',
    ],
    [
      'who did it',
      `update postings set actor_id = 'somebody else' where customer_id = $1 and kind = 'refill'`,
      'its hash does not match its data',
    ],
    [
      'an entry that is gone',
      `delete from entries where customer_id = $1 and account = 'BALANCE' and seq = ${last}`,
      'the customer’s balance or credits do not match the last entry',
    ],
    [
      'a balance',
      `update customers set balance = balance + 1000000 where id = $1`,
      'the customer’s balance or credits do not match the last entry',
    ],
    [
      'the amount that a customer is sorted by',
      `update customer_amounts set amount = amount + 1 where id = $1 and account = 'CREDITS'`,
      'the customer is sorted by another amount than the balance or credits',
    ],
    [
      'a sum of a long account',
      `update moved_sums set charged = charged + 1 where customer_id = $1 and since = (select max(since) from moved_sums)`,
      'the sums that are kept do not equal those of the customer’s postings',
    ],
    [
      'an audit row that is gone',
      `delete from audit_rows where customer_id = $1 and event = 'balance.refilled'`,
      'the posting has no row in the audit log, or one with another customer, time or person',
    ],
    [
      'the name of who did it',
      `update postings set actor_name = 'somebody else' where customer_id = $1 and kind = 'refill'`,
      'its author’s name has changed since it was posted',
    ],
    [
      'the newest posting, cut off with all that it did',
      `with cut as (select id from postings where customer_id = $1 and kind = 'reversal'),
         moved as (delete from grant_movements where posting_id in (select id from cut) returning grant_id, amount),
         granted as (update credit_grants g set remaining = remaining - moved.amount from moved where g.id = moved.grant_id),
         gone as (delete from entries where posting_id in (select id from cut)),
         undone as (delete from postings where id in (select id from cut))
       update customers c set
         (balance, balance_seq, balance_hash) = (${entryBefore('BALANCE')}),
         (credits, credits_seq, credits_hash) = (${entryBefore('CREDITS')}) where id = $1`,
      'the audit log names a posting that does not exist',
    ],
    [
      'a posting that never was, in the audit log',
      `insert into audit_rows (reseller_id, id, event, actor_kind, actor_name, customer_id, details)
       select reseller_id, gen_random_uuid(), 'balance.refilled', 'system', 'test', id, '{"posting": "nonsense"}' from customers where id = $1`,
      'the audit log names a posting that does not exist',
    ],
    [
      'which charge used a grant',
      `update grant_movements set posting_id = (${chargeThat('amount = -20')})
       where amount < 0 and posting_id = (${chargeThat('amount = -200')})`,
      'the posting changed grants and credits by different amounts',
    ],
    [
      'how much was granted',
      `update credit_grants set amount = amount + 1 where customer_id = $1`,
      'the amount of the grant does not match its posting',
    ],
    [
      'what is left of a grant',
      `update credit_grants set remaining = remaining - 1 where customer_id = $1`,
      'what is left of the grant does not equal the sum of its changes',
    ],
  ])('%s', async (_what, sql, sentence) => {
    const { fault } = await broken(sql)
    expect(fault?.what).toBe(sentence)
    expect(fault?.where).toContain(purser.northwind.reseller.id)
    expect(await verify()).toMatchObject({ fault: null })
  })

  test('also where grant and movement were changed together', async () => {
    const { fault } = await broken(
      `with moved as (update grant_movements set amount = amount - 1 where amount > 0 and grant_id in (select id from credit_grants where customer_id = $1)
         and posting_id = (select posting_id from credit_grants where customer_id = $1) returning grant_id)
       update credit_grants set remaining = remaining - 1 where id in (select grant_id from moved)`,
    )
    expect(fault?.what).toBe('the remaining grants do not add up to the customer’s credits')
  })
})

test('an approval that was never given is found', async () => {
  const { waitingId, customer: known } = await makeWaiting(purser.northwind)
  await owner.query(
    `update waiting_postings set state = 'approved', decider_id = gen_random_uuid(), decider_name = 'nobody', decided_at = now(),
       posting_id = (select id from postings where customer_id = $2 and kind = 'refill') where id = $1`,
    [waitingId, customer.id],
  )
  expect((await verify()).fault?.what).toBe('the posting does not match what was approved')
  await owner.query('alter table waiting_postings disable trigger user')
  await owner.query('delete from waiting_postings where customer_id = $1', [known.id])
  await owner.query('alter table waiting_postings enable trigger user')
  expect(await verify()).toMatchObject({ fault: null })
})

describe('npm run ledger:verify', () => {
  const env = () => ({
    DATABASE_URL: purser.database.appUrl,
    DATABASE_OWNER_URL: purser.database.ownerUrl,
    APP_KEY: Buffer.alloc(32, 7).toString('base64'),
  })

  test('says what it looked at and which guards are there', { timeout: 60_000 }, async () => {
    const { code, out } = await runCommand('ledger:verify', [], env())
    expect(code).toBe(0)
    expect(out).toContain('8 entries of 3 accounts')
    expect(out.match(/^Guard: /gm)).toHaveLength(4)
    expect(out).toContain('What is left of each grant equals the sum of its changes.')
  })

  test('ends with 1 and names the first entry that is broken', { timeout: 60_000 }, async () => {
    await owner.query('alter table postings disable trigger user')
    await owner.query(`update postings set comment = 'forged' where customer_id = $1 and kind = 'refill'`, [
      customer.id,
    ])
    const { code, err, out } = await runCommand('ledger:verify', ['--reseller', 'northwind'], env())
    await owner.query(`update postings set comment = 'set up' where customer_id = $1 and kind = 'refill'`, [
      customer.id,
    ])
    await owner.query('alter table postings enable trigger user')
    expect(code).toBe(1)
    expect(err).toContain(`customer ${customer.id}, BALANCE entry 1`)
    expect(err).toContain('its texts have changed since it was posted')
    expect(out).toContain('Guard missing: not all triggers')
  })

  test('ends with 1 where everything holds but a guard is missing', { timeout: 60_000 }, async () => {
    await owner.query('drop index waiting_postings_reseller_id_key_key')
    const { code, err, out } = await runCommand('ledger:verify', [], env())
    await owner.query(
      'create unique index waiting_postings_reseller_id_key_key on waiting_postings (reseller_id, key)',
    )
    expect(code).toBe(1)
    expect(out).toContain('Guard missing: not all constraints')
    expect(err).toContain('The ledger is correct, but a guard is missing')
  })

  test('knows no reseller of that name', { timeout: 60_000 }, async () => {
    const { code, err } = await runCommand('ledger:verify', ['--reseller', 'nowhere'], env())
    expect(code).toBe(1)
    expect(err).toContain('nowhere')
  })
})

test('a ledger from before there were grants is proved, as is what was done since', async () => {
  const known = await makeCustomer(purser.northwind, { credits: 90n, balance: 50n })
  await makeOlder(known)
  expect(await verify()).toMatchObject({ fault: null })
  await charge(purser.northwind.system, known, {
    idempotencyKey: newKey(),
    amount: 100n,
    description: 'Storage',
    reference: '',
  })
  expect(await verify()).toMatchObject({ fault: null })
})

/** As the migration that brought grants left a customer: credits that no movement put there, in one grant without posting. */
async function makeOlder(known: Customer) {
  const tables = ['grant_movements', 'credit_grants']
  for (const table of tables) await owner.query(`alter table ${table} disable trigger user`)
  await owner.query(
    'delete from grant_movements where grant_id in (select id from credit_grants where customer_id = $1)',
    [known.id],
  )
  await owner.query('update credit_grants set posting_id = null where customer_id = $1', [known.id])
  for (const table of tables) await owner.query(`alter table ${table} enable trigger user`)
  await asVersion1(owner, known)
}
