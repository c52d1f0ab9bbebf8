import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { kindOf, KINDS } from '../../src/ledger/kinds.ts'
import { useOwnersDatabase } from '../support/owners-database.ts'

const owner = useOwnersDatabase()

/** What a function of the ledger answers, asked by itself. */
async function answer(sql: string, values: unknown[] = []): Promise<unknown> {
  const { rows }: pg.QueryResult<{ answer: unknown }> = await owner().pool.query(
    `select ${sql} as answer`,
    values,
  )
  return rows[0]?.answer
}

describe('why_not_moved()', () => {
  const asked = (kind: string, [balance, credits]: [bigint, bigint], now: [bigint, bigint], overdraft = 0n) =>
    answer('why_not_moved($1, $2, $3, $4, $5, $6)', [kind, balance, credits, ...now, overdraft])

  test.each<[string, [bigint, bigint], [bigint, bigint], bigint]>([
    ['deduction', [-10n, 0n], [10n, 0n], 0n],
    ['deduction', [-15n, 0n], [10n, 0n], 5n],
    ['credits_set', [0n, -10n], [0n, 10n], 0n],
    ['charge', [-5n, -5n], [5n, 5n], 0n],
    ['refill', [100_000_000_000_000_000n, 0n], [0n, 0n], 0n],
    // What is below zero may be lifted, though not yet above it.
    ['refill', [1n, 0n], [-10n, 0n], 0n],
  ])('%s of %o with %o there and an overdraft of %s is moved', async (kind, moves, now, overdraft) => {
    expect(await asked(kind, moves, now, overdraft)).toBeNull()
  })

  test.each<[string, [bigint, bigint], [bigint, bigint], bigint, object]>([
    ['deduction', [-11n, 0n], [10n, 0n], 0n, { account: 'BALANCE', available: '10', now: '10' }],
    ['deduction', [-16n, 0n], [10n, 0n], 5n, { account: 'BALANCE', available: '15', now: '10' }],
    ['deduction', [-1n, 0n], [-10n, 0n], 5n, { account: 'BALANCE', available: '0', now: '-10' }],
    ['charge', [-6n, -5n], [5n, 5n], 0n, { account: 'BALANCE', available: '10', now: '5' }],
    ['reversal', [0n, -6n], [5n, 5n], 0n, { account: 'CREDITS', available: '5', now: '5' }],
  ])('%s of %o with %o there and an overdraft of %s is short', async (kind, moves, now, overdraft, said) => {
    expect(await asked(kind, moves, now, overdraft)).toEqual({ outcome: 'short', ...said })
  })

  test('an account is not lifted above its end, and the account that would be is named', async () => {
    const most = 100_000_000_000_000_000n
    expect(await asked('refill', [1n, 0n], [most, 7n])).toEqual({ outcome: 'too_large', now: String(most) })
    expect(await asked('credits_set', [0n, most], [7n, 1n])).toEqual({ outcome: 'too_large', now: '1' })
  })
})

describe('movement_of()', () => {
  const asked = (kind: string, facts: Partial<Record<'amount' | 'target' | 'seen', bigint>>, credits = 10n) =>
    answer(
      `(select row_to_json(m) from movement_of('NOBODY00', 'nobody', $1, $2, $3, $4, gen_random_uuid(), null, $5, now()) m)`,
      [kind, facts.amount, facts.target, facts.seen, credits],
    )
  const moves = (balance: number, credits: number) => ({
    balance,
    credits,
    reversed_kind: null,
    refusal: null,
  })

  test('moves the balance by what is refilled and deducted', async () => {
    expect(await asked('refill', { amount: 5n })).toEqual(moves(5, 0))
    expect(await asked('deduction', { amount: -5n })).toEqual(moves(-5, 0))
  })

  test('charges credits first, and the balance for the rest', async () => {
    expect(await asked('charge', { amount: 7n })).toEqual(moves(0, -7))
    expect(await asked('charge', { amount: 17n })).toEqual(moves(-7, -10))
    expect(await asked('charge', { amount: 3n }, 0n)).toEqual(moves(-3, 0))
  })

  test('sets credits from what was seen, or says what they are', async () => {
    expect(await asked('credits_set', { seen: 10n, target: 25n })).toEqual(moves(0, 15))
    expect(await asked('credits_set', { seen: 9n, target: 25n })).toMatchObject({
      refusal: { outcome: 'moved', now: '10' },
    })
    expect(await asked('credits_set', { seen: 10n, target: 10n })).toMatchObject({
      refusal: { outcome: 'same', now: '10' },
    })
  })

  test('undoes nothing that is not there', async () => {
    expect(await asked('reversal', {})).toMatchObject({ refusal: { outcome: 'missing' } })
  })
})

test('posting_kinds() has the table of kinds', async () => {
  const table = KINDS.map((kind) => {
    const { moves, sign, accounts, permission, isLimited, isReversible, event } = kindOf(kind)
    const [is_limited, is_reversible] = [isLimited, isReversible]
    return { kind, moves, sign, accounts, permission, is_limited, is_reversible, event: event.name }
  })
  expect(await answer('(select json_agg(k) from posting_kinds() k)')).toEqual(table)
})

describe('posting_details()', () => {
  const asked = (balance: bigint, credits: bigint) =>
    answer(`posting_details($1, 'courtesy', null, null, null, $2, $3, 100, 50)`, [
      '00000000-0000-4000-8000-000000000000',
      balance,
      credits,
    ])
  const posting = '00000000-0000-4000-8000-000000000000'

  test('names the account of one entry, and has both accounts of two', async () => {
    expect(await asked(-7n, 0n)).toEqual({
      ...{ posting, reason: 'courtesy', account: 'BALANCE', amount: '-7', before: '100', after: '93' },
    })
    expect(await asked(0n, 5n)).toEqual({
      ...{ posting, reason: 'courtesy', account: 'CREDITS', amount: '5', before: '50', after: '55' },
    })
    expect(await asked(-7n, -50n)).toEqual({
      ...{ posting, reason: 'courtesy', amount: '-57', before: '100', after: '93' },
      ...{ creditsBefore: '50', creditsAfter: '0' },
    })
  })
})

describe('why_not_approved()', () => {
  const [maker, other] = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b']
  const asked = (state: string | null, end: string, decider: string) =>
    answer(`why_not_approved('NOBODY00', $1, now() + $2::interval, $3, $4, now())`, [
      state,
      end,
      maker,
      decider,
    ])

  test('what is decided or over comes before who decides, and that one may before all else', async () => {
    expect(await asked(null, '1 hour', other)).toEqual({ outcome: 'decided', state: null })
    expect(await asked('rejected', '1 hour', maker)).toEqual({ outcome: 'decided', state: 'rejected' })
    expect(await asked('waiting', '0 s', maker)).toEqual({ outcome: 'decided', state: 'expired' })
    expect(await asked('waiting', '1 hour', maker)).toEqual({ outcome: 'own' })
    expect(await asked('waiting', '1 hour', other)).toEqual({ outcome: 'may_not_approve' })
  })
})
