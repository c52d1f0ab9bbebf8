import type { Database } from './client.ts'
import type { Statement } from './cursor.ts'
import { SearchStopped, search } from './search.ts'

/** Lists are counted as far as this: beyond it a number costs more than it tells. */
export const COUNTED_MAX = 1_000

/**
 * How many rows there are, up to COUNTED_MAX and one more; null where counting them takes too long. One statement. `text` selects a row
 * for each, in no order; `isSearch`: it may have to look at everything there is, see search().
 */
export async function maybeCount(
  actor: { database: Database; reseller: { id: string } },
  { text, values }: Statement,
  { isSearch }: { isSearch: boolean },
): Promise<number | null> {
  const counting = {
    text: `select count(*)::integer as count from (select from (${text}) hit limit ${COUNTED_MAX + 1}) counted`,
    values,
  }
  try {
    const [row] = isSearch
      ? await search<{ count: number }>(actor, counting)
      : (await actor.database.pool.query<{ count: number }>(counting)).rows
    return row?.count ?? null
  } catch (error) {
    if (error instanceof SearchStopped) return null
    throw error
  }
}
