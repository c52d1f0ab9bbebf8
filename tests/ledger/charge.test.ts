import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newKey } from '../../src/ledger/facts.ts'
import { Refusal } from '../../src/words/refusal.ts'
import { makeCustomer } from '../support/cast.ts'
import { booked, proveLedger } from '../support/ledger.ts'
import { charge, deduct, refill, reverse, setCredits } from '../support/postings.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

type Customer = Awaited<ReturnType<typeof makeCustomer>>

const manual = { reason: 'courtesy', comment: 'test', note: '' } as const
const prove = (customer: Customer) => proveLedger(purser.services.database.pool, customer)
const chargeOf = async (customer: Customer, amount: bigint) =>
  booked(
    await charge(purser.northwind.system, customer, {
      idempotencyKey: newKey(),
      amount,
      description: 'Virtual machine, October',
      reference: 'usage-1',
    }),
  )
const reverseOf = async (customer: Customer, postingId: string, { at }: { at?: Date } = {}) => {
  const actor = { ...purser.northwind.system, ...(at && { at }) }
  return booked(await reverse(actor, customer, { ...manual, idempotencyKey: newKey(), postingId }))
}

/** Raises the credits by a grant. */
async function grant(
  customer: Customer,
  amount: bigint,
  facts: { category?: 'paid' | 'promotional'; grantExpiresAt?: Date } = {},
) {
  const { credits } = await purser.services.database.prisma.customer.findFirstOrThrow({
    where: { id: customer.id },
  })
  return booked(
    await setCredits(purser.northwind.system, customer, {
      ...manual,
      ...facts,
      idempotencyKey: newKey(),
      seen: credits,
      credits: credits + amount,
    }),
  )
}

/** What is left of each grant, oldest first. */
async function left(customer: Customer) {
  const grants = await purser.services.database.prisma.creditGrant.findMany({
    where: { customerId: customer.id },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
  return grants.map(({ remaining }) => remaining)
}

const inDays = (days: number) => new Date(Date.now() + days * 24 * 60 * 60_000)

describe('a charge', () => {
  test('takes credits first, then balance, as one posting', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n, credits: 300n })
    const { moves } = await chargeOf(customer, 500n)
    expect(moves.map(({ account, amount }) => [account, amount])).toEqual([
      ['CREDITS', -300n],
      ['BALANCE', -200n],
    ])
    expect(await prove(customer)).toMatchObject({ balance: 800n, credits: 0n })
  })

  test('is refused whole where both together do not suffice', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 10n, credits: 5n })
    const refusal = await chargeOf(customer, 16n).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(Refusal)
    expect((refusal as Refusal).sentence.values).toMatchObject({ available: expect.stringContaining('0.15') })
    expect(await prove(customer)).toMatchObject({ balance: 10n, credits: 5n })
    await chargeOf(customer, 15n)
    expect(await prove(customer)).toMatchObject({ balance: 0n, credits: 0n })
  })

  test('goes below zero as far as the overdraft', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 10n })
    await purser.owner.prisma.customer.updateMany({
      where: { id: customer.id },
      data: { overdraft: 90n },
    })
    await chargeOf(customer, 100n)
    expect((await prove(customer)).balance).toBe(-90n)
    await expect(chargeOf(customer, 1n)).rejects.toMatchObject({ status: 422 })
  })

  test('spends the soonest to expire first, then promotional before paid, then the oldest', async () => {
    const customer = await makeCustomer(purser.northwind)
    await grant(customer, 10n, { category: 'paid' })
    await grant(customer, 10n)
    await grant(customer, 10n)
    await grant(customer, 10n, { category: 'paid', grantExpiresAt: inDays(9) })
    await grant(customer, 10n, { grantExpiresAt: inDays(10) })
    await chargeOf(customer, 12n)
    expect(await left(customer)).toEqual([10n, 10n, 10n, 0n, 8n])
    await chargeOf(customer, 13n)
    expect(await left(customer)).toEqual([10n, 5n, 10n, 0n, 0n])
    await chargeOf(customer, 16n)
    expect(await left(customer)).toEqual([9n, 0n, 0n, 0n, 0n])
    await prove(customer)
  })
})

describe('lower credits', () => {
  test('are taken from the grants that would be spent last', async () => {
    const customer = await makeCustomer(purser.northwind)
    await grant(customer, 10n, { grantExpiresAt: inDays(3) })
    await grant(customer, 10n)
    await grant(customer, 10n, { category: 'paid' })
    await grant(customer, -15n)
    expect(await left(customer)).toEqual([10n, 5n, 0n])
    await prove(customer)
  })
})

describe('a reversal', () => {
  test('of a charge gives back both parts, to the grants they came from', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    await grant(customer, 10n, { grantExpiresAt: inDays(3) })
    await grant(customer, 10n)
    const { postingId } = await chargeOf(customer, 50n)
    await reverseOf(customer, postingId)
    expect(await left(customer)).toEqual([10n, 10n])
    expect(await prove(customer)).toMatchObject({ balance: 1000n, credits: 20n })
  })

  test('of a charge whose grant has expired since gives back the rest', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    await grant(customer, 10n, { grantExpiresAt: inDays(3) })
    const { postingId } = await chargeOf(customer, 8n)
    await reverseOf(customer, postingId, { at: inDays(4) })
    expect(await left(customer)).toEqual([0n])
    const { moves, credits } = await prove(customer)
    expect(credits).toBe(0n)
    expect(moves.map(({ kind, amount }) => `${kind} ${amount}`).slice(1)).toEqual([
      'credits_set 10',
      'charge -8',
      'expiry -2',
      'reversal 8',
      'expiry -8',
    ])
  })

  test('happens once, and never to a reversal', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const { postingId } = booked(
      await deduct(purser.northwind.system, customer, {
        ...manual,
        amount: 400n,
        reference: '',
        confirmDuplicate: false,
        idempotencyKey: newKey(),
      }),
    )
    const back = await reverseOf(customer, postingId)
    expect(back).toMatchObject({ before: 600n, after: 1000n })
    await expect(reverseOf(customer, postingId)).rejects.toMatchObject({ status: 409 })
    await expect(reverseOf(customer, back.postingId)).rejects.toMatchObject({ status: 422 })
    await prove(customer)
  })

  test('obeys the floor: what came in and was spent cannot be taken back', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { postingId } = booked(
      await refill(purser.northwind.system, customer, {
        ...manual,
        amount: 400n,
        reference: '',
        confirmDuplicate: false,
        idempotencyKey: newKey(),
      }),
    )
    await chargeOf(customer, 1n)
    await expect(reverseOf(customer, postingId)).rejects.toMatchObject({ status: 422 })
    expect((await prove(customer)).balance).toBe(399n)
  })

  test('of a grant that is spent in part takes the rest from other grants', async () => {
    const customer = await makeCustomer(purser.northwind)
    const first = await grant(customer, 10n, { grantExpiresAt: inDays(3) })
    await grant(customer, 10n)
    await chargeOf(customer, 4n)
    await reverseOf(customer, first.postingId)
    expect(await left(customer)).toEqual([0n, 6n])
    await prove(customer)
  })
})
