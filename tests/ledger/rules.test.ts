import { afterAll, beforeAll, expect, test } from 'vitest'
import { deduct, refill } from '../support/postings.ts'
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
