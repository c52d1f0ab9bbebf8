import { expect, test } from 'vitest'
import { afterwards, isShort, partsOf } from '../../public/movement.js'
import { availableToCharge, lowestOf } from '../../src/ledger/overdraft.ts'
import { seededRandom } from '../support/crowd.ts'
import { useOwnersDatabase } from '../support/owners-database.ts'

const owner = useOwnersDatabase()

interface Case {
  kind: 'refill' | 'deduction' | 'charge' | 'credits_set'
  amount: bigint
  balance: bigint
  credits: bigint
  overdraft: bigint
}

/** Small sums, so that edges are met often. */
function cases(seed: number): Case[] {
  const random = seededRandom(seed)
  const upTo = (most: number) => BigInt(Math.floor(random() * (most + 1)))
  const kinds = ['refill', 'deduction', 'charge', 'credits_set'] as const
  return Array.from({ length: 2_000 }, (_, at) => ({
    kind: kinds[at % kinds.length] as Case['kind'],
    amount: upTo(12) + (at % kinds.length === 3 ? 0n : 1n),
    balance: upTo(20) - 10n,
    credits: upTo(10),
    overdraft: upTo(8),
  }))
}

/** What the ledger would do. */
async function decided(all: readonly Case[]) {
  const { rows } = await owner().pool.query<{ balance: string; credits: string; outcome: string | null }>(
    `select c.balance + m.balance as balance, c.credits + m.credits as credits,
            why_not_moved(c.kind, m.balance, m.credits, c.balance, c.credits, c.overdraft)->>'outcome' as outcome
     from rows from (jsonb_to_recordset($1::jsonb) as (kind posting_kind, amount bigint, balance bigint, credits bigint, overdraft bigint))
            with ordinality as c (kind, amount, balance, credits, overdraft, place)
     cross join lateral movement_of('', '', c.kind, c.amount, c.amount, c.credits, null, null, c.credits, now()) m
     order by c.place`,
    [JSON.stringify(all, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))],
  )
  return rows.map(({ balance, credits, outcome }) => ({
    balance: BigInt(balance),
    credits: BigInt(credits),
    isShort: outcome === 'short',
  }))
}

/** What the form shows before it is sent, from what its page gives it. */
function previewed({ kind, amount, ...customer }: Case) {
  const { balance, credits } = customer
  const account = { now: kind === 'credits_set' ? credits : balance, held: credits }
  const operation = { refill: 'add', deduction: 'take', charge: 'charge', credits_set: 'set' }[kind]
  const after = afterwards[operation]?.(account, amount) ?? 0n
  const isCharge = kind === 'charge'
  const least = { deduction: lowestOf(customer), credits_set: 0n }[kind as string]
  return {
    balance: kind === 'credits_set' ? balance : after,
    credits: isCharge ? credits - partsOf(amount, account).credits : kind === 'credits_set' ? after : credits,
    isShort: isShort({
      ...{ after, amount },
      ...(isCharge ? { available: availableToCharge(customer) } : least !== undefined && { least }),
    }),
  }
}

test('what a form shows before it is sent is what the ledger would do', async () => {
  const all = cases(20_261_129)
  const seen = await decided(all)
  expect(all.map((one, at) => ({ ...one, ...seen[at] }))).toEqual(
    all.map((one) => ({ ...one, ...previewed(one) })),
  )
  for (const kind of ['deduction', 'charge']) {
    const short = all.filter((one, at) => one.kind === kind && seen[at]?.isShort)
    expect(short.length).toBeGreaterThan(20)
  }
})
