import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newKey } from '../../src/ledger/facts.ts'
import { deduct, refill, setCredits } from '../support/postings.ts'
import type { Posted } from '../../src/ledger/answer.ts'
import { Refusal } from '../../src/words/refusal.ts'
import { makeCustomer } from '../support/cast.ts'
import { atOnce, booked, holdCustomer, moneyForm, postingsThatWait, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { waitFor } from '../support/wait.ts'
import { statementTexts, statementsOf } from '../support/statements.ts'

let purser: RunningPurser
let send: Awaited<ReturnType<typeof moneyForm>>
beforeAll(async () => {
  purser = await startPurser()
  send = await moneyForm(await purser.as(purser.northwind.staff.finance))
})
afterAll(() => purser.stop())

const prove = (customer: { id: string; resellerId: string }) =>
  proveLedger(purser.services.database.pool, customer)

const one = { amount: '1', reason: 'courtesy', comment: 'one' }
const manual = {
  reason: 'courtesy',
  comment: 'race',
  note: '',
  reference: '',
  confirmDuplicate: false,
} as const

/** What came of it: what was booked, or the status of a refusal. Any other failure is one of the test. */
const outcome = (work: Promise<Posted>): Promise<Posted | number> =>
  work.catch((error: unknown) => {
    if (error instanceof Refusal) return error.status
    throw error
  })

describe('at once, over HTTP', () => {
  test('refills and deductions between each other lose nothing', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 500n })
    const answers = await atOnce(40, (at) => send(customer, at % 2 ? 'refills' : 'deductions', one))
    const done = (action: 0 | 1) =>
      answers.filter(({ status }, at) => at % 2 === action && status === 303).length
    expect(done(1)).toBe(20)
    const { balance } = await prove(customer)
    expect(balance).toBe(500n + 2000n - BigInt(done(0)) * 100n)
  })
})

describe('many at one customer', () => {
  test('wait for their turns, not with all the connections that pages need', async () => {
    const customer = await makeCustomer(purser.northwind)
    const another = await makeCustomer(purser.northwind)
    const { system } = purser.northwind
    const { pool } = purser.services.database
    const add = (to: typeof customer) =>
      refill(system, to, { ...manual, amount: 1n, idempotencyKey: newKey() })
    const held = await holdCustomer(purser.database.appUrl, customer)
    const waiting = atOnce(20, () => add(customer))
    await waitFor(async () => (await postingsThatWait(pool)) === 2)
    // None of them keeps another customer's waiting, and no third one comes.
    await atOnce(20, () => add(another))
    expect(await postingsThatWait(pool)).toBe(2)
    await held.release()
    await waiting
    expect((await prove(customer)).balance).toBe(20n)
    expect((await prove(another)).balance).toBe(20n)
  })

  test('more than can wait are refused in a sentence, and nothing of theirs is booked', async () => {
    const customer = await makeCustomer(purser.northwind)
    const held = await holdCustomer(purser.database.appUrl, customer)
    const { system } = purser.northwind
    const outcomes = atOnce(110, () =>
      outcome(refill(system, customer, { ...manual, amount: 1n, idempotencyKey: newKey() })),
    )
    await waitFor(async () => (await postingsThatWait(purser.services.database.pool)) === 2)
    await held.release()
    expect((await outcomes).filter((result) => result === 503)).toHaveLength(8)
    expect((await prove(customer)).balance).toBe(102n)
  })
})

describe('at once, by the rule itself', () => {
  test('fifty deductions of 1 from 10 are exactly ten', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 10n })
    const { system } = purser.northwind
    const outcomes = await atOnce(50, () =>
      outcome(deduct(system, customer, { ...manual, amount: 1n, idempotencyKey: newKey() })),
    )
    expect(outcomes.filter((result) => result === 422)).toHaveLength(40)
    expect((await prove(customer)).balance).toBe(0n)
  })

  test('one key is one posting, whose result all are given', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 10n })
    const { system } = purser.northwind
    const facts = { ...manual, amount: 10n, idempotencyKey: newKey() }
    const posted = (await atOnce(20, () => deduct(system, customer, facts))).map(booked)
    expect(posted.filter(({ fresh }) => fresh)).toHaveLength(1)
    expect(new Set(posted.map(({ postingId }) => postingId)).size).toBe(1)
    expect(new Set(posted.map(({ after }) => after))).toEqual(new Set([0n]))
    await prove(customer)
  })

  test('one key that sets the credits is one posting, though all others find them moved', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { system } = purser.northwind
    const facts = { ...manual, seen: 0n, credits: 10n, idempotencyKey: newKey() }
    const posted = await atOnce(20, () => setCredits(system, customer, facts))
    expect(posted.filter(({ fresh }) => fresh)).toHaveLength(1)
    expect((await prove(customer)).credits).toBe(10n)
  })

  test('one key with two bodies is one posting and a conflict', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { system } = purser.northwind
    const idempotencyKey = newKey()
    const outcomes = await atOnce(10, (at) =>
      outcome(refill(system, customer, { ...manual, amount: BigInt((at % 2) + 1), idempotencyKey })),
    )
    expect(outcomes.filter((result) => result === 409)).toHaveLength(5)
    expect((await prove(customer)).moves).toHaveLength(1)
  })

  test('two customers, one key: the second is a conflict', async () => {
    const customers = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    const { system } = purser.northwind
    const idempotencyKey = newKey()
    const outcomes = await Promise.all(
      customers.map((customer) =>
        outcome(refill(system, customer, { ...manual, amount: 1n, idempotencyKey })),
      ),
    )
    expect(outcomes.filter((result) => result === 409)).toHaveLength(1)
  })

  test('both accounts of one customer at once', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { system } = purser.northwind
    await atOnce(30, async (at) => {
      if (at % 3) return refill(system, customer, { ...manual, amount: 1n, idempotencyKey: newKey() })
      return outcome(
        setCredits(system, customer, {
          ...manual,
          seen: 0n,
          credits: BigInt(at + 1),
          idempotencyKey: newKey(),
        }),
      )
    })
    expect((await prove(customer)).balance).toBe(20n)
  })
})

test('a clock that was set back: no entry is older than the one before it', async () => {
  const customer = await makeCustomer(purser.northwind)
  const { system } = purser.northwind
  const ahead = { ...system, at: new Date(Date.now() + 3_600_000) }
  const five = () => ({ ...manual, amount: 5n, idempotencyKey: newKey() })
  await refill(ahead, customer, five())
  await refill(system, customer, five())
  const { moves } = await prove(customer)
  expect(moves.map(({ posted_at }) => posted_at)).toEqual([ahead.at, ahead.at])
})

test('a posting is one round trip', async () => {
  const customer = await makeCustomer(purser.northwind)
  const { system } = purser.northwind
  const key = newKey()
  const work = () => refill(system, customer, { ...manual, amount: 5n, idempotencyKey: key })
  expect(await statementsOf(work)).toBe(1)
  // And so is being told what came of it.
  expect(await statementsOf(work)).toBe(1)
  expect((await prove(customer)).moves).toHaveLength(1)
})

test('a request that posts is one round trip beside the session’s, BEGIN and COMMIT counted', async () => {
  const customer = await makeCustomer(purser.northwind)
  const browser = await purser.as(purser.northwind.staff.finance)
  const form = await browser.get(`/customers/${customer.id}/balance`)
  const fields = { amount: '5.00', reason: 'courtesy' }
  const sent = await statementTexts(async () => {
    const answer = await browser.submit(form, fields, { action: `/customers/${customer.id}/refills` })
    expect(answer.status).toBe(303)
  })
  const [session, posting, ...more] = sent
  expect(more).toEqual([])
  expect(session).toContain('from sessions')
  expect(session).toContain('from staff')
  expect(posting).toContain('post_to_ledger')
})

test('no index has a column of customers that a posting changes, so that it enters none of them', async () => {
  const { rows } = await purser.services.database.pool.query<{ name: string }>(`
    select distinct a.attname as name from pg_index i
    join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = i.indexrelid and d.refobjid = i.indrelid
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = d.refobjsubid
    where i.indrelid = 'customers'::regclass`)
  const indexed = rows.map(({ name }) => name)
  expect(indexed).toContain('registered_at')
  expect(indexed.filter((name) => /^(balance|credits)/.test(name))).toEqual([])
})
