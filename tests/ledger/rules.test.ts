import { afterAll, beforeAll, expect, test } from 'vitest'
import { deduct, refill, setCredits } from '../support/postings.ts'
import { systemActor } from '../../src/people/actor.ts'
import { makeCustomer } from '../support/cast.ts'
import { proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const manual = {
  reason: 'courtesy',
  comment: 'rule',
  note: '',
  reference: '',
  confirmDuplicate: false,
} as const

test('an actor without the permission is refused by the rules themselves', async () => {
  const customer = await makeCustomer(purser.northwind, { balance: 10n })
  const actor = { ...purser.northwind.system, permissions: new Set(['customers.see'] as const) }
  const facts = { ...manual, amount: 1n, idempotencyKey: 'key-of-nobody' }
  const refused = { name: 'Refusal', status: 403 }
  // A refusal may come at once or by a promise; the rule is called either way.
  const call = async (work: () => Promise<unknown>) => work()
  await expect(call(() => refill(actor, customer, facts))).rejects.toMatchObject(refused)
  await expect(call(() => deduct(actor, customer, facts))).rejects.toMatchObject(refused)
  await expect(
    call(() =>
      setCredits(actor, customer, { ...manual, seen: 0n, credits: 1n, idempotencyKey: 'key-of-nobody' }),
    ),
  ).rejects.toMatchObject(refused)
  expect((await proveLedger(purser.services.database.pool, customer)).moves).toHaveLength(1)
})

test('an actor of another reseller finds no such customer', async () => {
  const customer = await makeCustomer(purser.northwind)
  const facts = { ...manual, amount: 1n, idempotencyKey: 'key-of-a-stranger' }
  await expect(refill(purser.eastgate.system, customer, facts)).rejects.toMatchObject({ status: 404 })
})

test('no sign turns a refill into a deduction', async () => {
  const customer = await makeCustomer(purser.northwind, { balance: 10n })
  const call = async (work: () => Promise<unknown>) => work()
  for (const amount of [0n, -1n]) {
    const facts = { ...manual, amount, idempotencyKey: 'key-with-a-sign' }
    await expect(call(() => refill(purser.northwind.system, customer, facts))).rejects.toThrow(RangeError)
    await expect(call(() => deduct(purser.northwind.system, customer, facts))).rejects.toThrow(RangeError)
  }
})

test('words of any kind are stored as they are and stay outside of the statement', async () => {
  const customer = await makeCustomer(purser.northwind)
  const odd = `'); drop table entries; -- \\ " \u2028 {"amount": "999"} $1 %s 𝒳 é|v1|`
  const actor = systemActor(purser.services, purser.northwind.reseller, odd)
  await refill(actor, customer, {
    ...manual,
    reason: 'payment_received',
    channel: 'other',
    comment: odd,
    note: odd,
    reference: odd,
    amount: 7n,
    idempotencyKey: `key|with|bars ${odd}`,
  })
  const { balance, moves } = await proveLedger(purser.services.database.pool, customer)
  expect(balance).toBe(7n)
  expect(moves[0]).toMatchObject({ comment: odd, note: odd, reference: odd, amount: '7' })
})
