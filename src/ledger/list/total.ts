import { COUNTED_MAX } from '../../database/counted.ts'
import type { Account } from '../../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../../people/actor.ts'
import type { LedgerEntry } from '../entry.ts'
import type { LedgerFilter } from './filter.ts'
import { countStatement } from './look.ts'

/** What came in and went out of one account; minor units, `out` not above zero. */
export interface InAndOut {
  account: Account
  in: bigint
  out: bigint
}

/** How many entries fit a filter, and what they add up to. */
export interface LedgerTotal {
  count: number
  sums: InAndOut[]
}

/** So many entries are looked at for a total: where what fits is farther apart, it costs more than it is worth. */
const LOOK = 10_000

/**
 * The total of the entries that fit the filter, however many pages they are; 'more' where there are more than COUNTED_MAX of them, null
 * where they are too far apart to be counted. One statement.
 */
export async function maybeTotal(
  actor: Actor,
  customer: { id: string } | null,
  filter: LedgerFilter,
): Promise<LedgerTotal | 'more' | null> {
  mustBeAllowed(actor, 'customers.see')
  const { rows } = await actor.database.pool.query<TotalRow>(
    countStatement(actor, customer, filter, { look: LOOK, most: COUNTED_MAX + 1 }),
  )
  const count = rows.reduce((all, row) => all + row.count, 0)
  if (count > COUNTED_MAX) return 'more'
  if (count === 0 || (rows[0]?.looked ?? 0) >= LOOK) return null
  return {
    count,
    sums: rows.map(({ account, came, went }) => ({ account, in: BigInt(came), out: BigInt(went) })),
  }
}

interface TotalRow {
  looked: number
  account: Account
  count: number
  came: string
  went: string
}

/** What the entries of one page add up to. */
export function totalOf(entries: readonly Pick<LedgerEntry, 'account' | 'amount'>[]): LedgerTotal {
  const sums = (['BALANCE', 'CREDITS'] as const).map((account) => {
    const amounts = entries.filter((entry) => entry.account === account).map(({ amount }) => amount)
    const sum = (list: bigint[]) => list.reduce((all, amount) => all + amount, 0n)
    return {
      account,
      isThere: amounts.length > 0,
      in: sum(amounts.filter((amount) => amount > 0n)),
      out: sum(amounts.filter((amount) => amount < 0n)),
    }
  })
  return {
    count: entries.length,
    sums: sums.filter(({ isThere }) => isThere).map(({ isThere: _, ...sum }) => sum),
  }
}
