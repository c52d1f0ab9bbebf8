import { maybeSearch } from '../../database/search.ts'
import type { Account } from '../../generated/prisma/client.ts'
import { COUNT_LOOK } from '../../lists/count.ts'
import { COUNTED_MAX } from '../../lists/statement.ts'
import type { Reading } from '../../lists/list.ts'
import { mustSee } from '../../lists/page.ts'
import { isSearch, lookedSql } from '../../lists/statement.ts'
import type { LedgerEntry } from '../entry.ts'
import type { LedgerQuery } from './filter.ts'
import { type LedgerOf, ledger } from './list.ts'

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

/**
 * The total of the entries that fit the filter, however many pages they are; 'more' where there are more than COUNTED_MAX of them, null
 * where they are too far apart to be counted, or too many searches run. One statement.
 */
export async function maybeTotal(
  reading: Reading<LedgerQuery, LedgerOf>,
): Promise<LedgerTotal | 'more' | null> {
  mustSee(ledger, reading)
  const { tables, lookedAt, values } = lookedSql(ledger, reading, {
    look: COUNT_LOOK,
    limit: COUNTED_MAX + 1,
    columns: 'hit.account, hit.amount',
  })
  const statement = {
    text: `${tables}
     select ${lookedAt} as looked, account, count(*)::integer as count,
            coalesce(sum(amount) filter (where amount > 0), 0)::text as came,
            coalesce(sum(amount) filter (where amount < 0), 0)::text as went
     from hit group by account order by account`,
    values,
  }
  const rows = isSearch(ledger, reading)
    ? await maybeSearch<TotalRow>(reading.actor, statement, { isFurther: true })
    : (await reading.actor.database.pool.query<TotalRow>(statement)).rows
  if (!rows) return null
  const count = rows.reduce((all, row) => all + row.count, 0)
  if (count > COUNTED_MAX) return 'more'
  if (count === 0 || (rows[0]?.looked ?? 0) >= COUNT_LOOK) return null
  return {
    count,
    sums: rows.map(({ account, came, went }) => ({ account, in: BigInt(came), out: BigInt(went) })),
  }
}

interface TotalRow {
  looked: number | null
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
