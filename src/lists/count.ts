import type pg from 'pg'
import { ask } from '../database/ask.ts'
import { maybeSearch } from '../database/search.ts'
import { type Asked, type List, type Reading, tableOf } from './list.ts'
import { type Page, mustSee } from './page.ts'
import {
  COUNTED_MAX,
  countFoundStatement,
  findersOf,
  foundMax,
  isSearch,
  lookedSql,
  preparedIfUsual,
} from './statement.ts'

/** So many rows are looked at to count those that fit. */
export const COUNT_LOOK = 12_000
/** The same where each is looked up elsewhere. */
const COUNT_LOOKED_UP = 3_000

/** A list with more rows than this is long: to count what fits a search there takes longer than all else on its page. */
const LONG = 5_000

/**
 * How many rows of a list fit, on all pages, up to COUNTED_MAX and one more; null where they are too far apart to be counted, or
 * too many searches run to count them. Asked together with what else a page asks; of a search, one statement or two, unless its page has
 * counted already. `isDense`: those of a search are close to each other, so that they are sooner counted along the list than by the index
 * that knows them all.
 *
 * @throws 403 for who may not see the list
 */
export async function maybeCount<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  asked: Reading<Query, Of>,
  { isDense = false, count }: Pick<Page<Row>, 'isDense' | 'count'> = {},
): Promise<number | null> {
  mustSee(list, asked)
  if (count !== undefined) return count
  const reading = list.counted ? { ...asked, query: list.counted(asked.query) } : asked
  const limit = COUNTED_MAX + 1
  if (list.onlyGrows?.(reading.query)) return countGrowing(list, reading, limit)
  if (!isSearch(list, reading)) return maybeCountAlong(list, reading, limit, false)
  const [first, second] = isDense ? [maybeCountAlong, maybeCountFound] : [maybeCountFound, maybeCountAlong]
  return (await first(list, reading, limit)) ?? second(list, reading, limit)
}

/**
 * Whether a list has so many rows, before it is narrowed down, that what fits a search of it is counted only where an index knows that.
 * Never of a list whose rows can leave it.
 */
export async function isLong<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  { query, ...reading }: Reading<Query, Of>,
): Promise<boolean> {
  const all: Query = { ...query }
  for (const name of Object.keys(list.filters ?? {}) as (keyof Query)[]) delete all[name]
  if (!list.onlyGrows?.(all)) return false
  const count = await countGrowing(list, { ...reading, query: list.counted?.(all) ?? all }, LONG + 1)
  return count !== null && count > LONG
}

/** Counts what only grows, until that is too much to be counted: to count a thousand rows each time was a tenth of a page in PostgreSQL. */
async function countGrowing<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  limit: number,
): Promise<number | null> {
  const { database, reseller } = reading.actor
  const full = FULL.get(database.pool) ?? new Set<string>()
  FULL.set(database.pool, full)
  const key = `${tableOf(list, reading.query)} ${reseller.id} ${limit}`
  if (full.has(key)) return limit
  const count = await maybeCountAlong(list, reading, limit, false)
  if (count !== null && count >= limit) full.add(key)
  return count
}

/** The lists, by table and reseller, that were found to have as many rows as are counted at most. */
const FULL = new WeakMap<pg.Pool, Set<string>>()

async function maybeCountAlong<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  limit: number,
  isSearched = true,
): Promise<number | null> {
  const look = list.looksUp?.(reading.query) ? COUNT_LOOKED_UP : COUNT_LOOK
  const countSql = (values?: unknown[]) => {
    const { tables, lookedAt, ...looked } = lookedSql(list, reading, { look, limit }, values)
    const text = `${tables} select count(*)::integer as count, ${lookedAt} as looked from hit`
    return { text, values: looked.values }
  }
  const rows = isSearched
    ? await maybeSearch<Counted>(reading.actor, preparedIfUsual(countSql()), { isFurther: true })
    : await ask<Counted>(reading.actor, (_bind, values) => countSql(values).text, {})
  const row = rows?.[0]
  return !row || (row.looked ?? 0) >= look ? null : row.count
}

interface Counted {
  count: number
  /** How many rows were looked at, where that says whether there may be more. */
  looked: number | null
}

async function maybeCountFound<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  limit: number,
): Promise<number | null> {
  for (const finder of findersOf(list, reading)) {
    const statement = preparedIfUsual(countFoundStatement(list, reading, finder, limit))
    const found = await maybeSearch<{ found: number; count: number }>(reading.actor, statement, {
      isFurther: true,
    })
    if (found?.[0] && found[0].found <= foundMax(list, reading)) return found[0].count
  }
  return null
}
