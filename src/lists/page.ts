import { type Answers, type Times, ask, askText, rowsOf } from '../database/ask.ts'
import { maybeSearch } from '../database/search.ts'
import type { Bind, Statement } from '../database/cursor.ts'
import { LatelyUsed } from '../lately-used.ts'
import { mustBeAllowed } from '../people/actor.ts'
import { madeOf } from '../web/remembered.ts'
import { type Sentence, t } from '../words/words.ts'
import { type Asked, type List, type Reading, orderOf } from './list.ts'
import { RareSearches } from './rare.ts'
import { type Cursor, type From, FROM_THE_START, type Order, cursorOf, fromOf, writeCursor } from './order.ts'
import {
  edgeOf,
  findStatement,
  findersOf,
  foundMax,
  hasPinned,
  isSearch,
  pageStatement,
  prepared,
  preparedIfUsual,
} from './statement.ts'

/** A page of a list. */
export interface Page<Row> {
  rows: Row[]
  /** Cursors to go on from, or null at an end. */
  after: string | null
  before: string | null
  /** Where nothing more was found for now, though there is more to search: how far the search went. */
  lookedTo: LookedTo | null
  /** Of a search whose page was full at the first look: many more rows are likely to fit. */
  isDense?: boolean
  /** How many fit on all pages, as maybeCount() gives it, where that came with the rows. */
  count?: number
}

/** How far a search went, by what the list is sorted by, and on which page it goes on; or why nobody knows. */
export type LookedTo =
  | (({ at: Date } | { amount: bigint } | { text: string }) & { isOnNext: boolean; isOlder: boolean })
  | { stopped: Sentence }

/** A page with nothing on it. */
export const NOTHING = { rows: [], after: null, before: null, lookedTo: null }

/**
 * How far a search goes: through so many rows by the first statement, more by the next ones, and no further once this much time is spent. A
 * longer search goes on where it stopped, on the next page.
 */
const LOOKS = { first: 800, most: 10_000, patienceMs: 1_500 }
const LOOKS_GROW = 4
/** The same where each row is looked up elsewhere: see `looksUp` in List. */
const LOOKED_UP = { ...LOOKS, first: 400, most: 2_000 }
/**
 * So many statements take less than 25 ms with a million rows. A page that took more says how far it looked, also where it is full, and goes no
 * further once it has some of its rows.
 */
const LOOKS_SHORT = 2
const SOME_OF_PAGE = 1 / 5

/**
 * One page of a list: what fits the query and this person may see. One statement, or a few where little fits: each goes through a
 * bounded part of the list, and after a while the page is what was found so far. A cursor that is not valid or has no rows left leads to the
 * first page; the end of a search is an empty page, or its reader would never get there.
 *
 * @throws 403 for who may not see the list
 * @throws 503 with Retry-After where too many searches run already for this one to begin
 */
export async function readPage<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  looks = list.looksUp?.(reading.query) ? LOOKED_UP : LOOKS,
): Promise<Page<Row>> {
  mustSee(list, reading)
  const order = orderOf(list, reading.query)
  const from = fromOf(reading.query, order)
  const isSearched = isSearch(list, reading)
  const found = isSearched
    ? await lookFor(list, reading, from, looks)
    : { ...(await plainRows(list, reading, from)), edge: null }
  if (!found) return { ...NOTHING, lookedTo: { stopped: STOPPED } }
  const { rows, json } = found
  const last = found.isLong && rows.length > list.size ? rows[list.size - 1] : undefined
  const edge = last ? cursorOf(last, order) : found.edge
  if (edge) return stopped(rows.slice(0, list.size), edge, from, order)
  // On the way back nothing is left before the first row: the list begins there.
  if (isSearched && rows.length === 0 && !from.backwards) return NOTHING
  const page = cutPage(rows, list.size, from, { order, hasPinned: hasPinned(list, reading) })
  const { isDense, count } = found
  if (page && json !== undefined) madeOf(page.rows, `${from.backwards}${json}`)
  if (page) return { ...page, ...(isDense && { isDense }), ...(count !== undefined && { count }) }
  return readPage(list, { ...reading, query: { ...reading.query, after: '', before: '' } }, looks)
}

/**
 * The first so many rows of a list, which is not narrowed down.
 *
 * @throws 403 for who may not see the list
 */
export async function readFirst<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  limit: number,
): Promise<Row[]> {
  mustSee(list, reading)
  const statement = pageStatement(list, reading, { ...FROM_THE_START, limit, look: 0 })
  return (await reading.actor.database.pool.query<Raw>(prepared(statement))).rows.map(list.toRow)
}

/**
 * As readFirst(), asked together with what else a page asks: see ask(). `times`: the columns that are.
 *
 * @throws 403 for who may not see the list
 */
export async function askFirst<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  limit: number,
  times: Times<Raw>,
): Promise<Row[]> {
  mustSee(list, reading)
  const wanted = { ...FROM_THE_START, limit, look: 0 }
  const sql = (_bind: Bind, values: unknown[]) => pageStatement(list, reading, wanted, values).text
  return (await ask<Raw>(reading.actor, sql, times)).map(list.toRow)
}

/** Refuses, 403, who may not see a list. */
export function mustSee<Query extends Asked, Row, Raw extends object, Of>(
  { may }: List<Query, Row, Raw, Of>,
  { actor, of }: Pick<Reading<Query, Of>, 'actor' | 'of'>,
) {
  if (typeof may === 'function') may(actor, of)
  else mustBeAllowed(actor, may)
}

type Found<Raw> = Raw & {
  '@place': number | null
  '@edge'?: readonly string[] | null
  '@found'?: number
  '@count'?: number
}

/** What was looked for: the rows that fit and, if looking was given up before it was done, how far it came. */
interface Looked<Row> {
  rows: Row[]
  /** Of rows that one statement gave as JSON. */
  json?: string | undefined
  edge: Cursor | null
  isDense?: boolean
  /** There are more rows than a page has, and it took long to find them. */
  isLong?: boolean
  count?: number
}

/** What one statement gave. */
interface Step<Row, Raw> {
  rows: Row[]
  /** What stands in each row of how they were found. */
  first: Found<Raw> | undefined
  json?: string
}

async function plainRows<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  from: From,
): Promise<Step<Row, Raw>> {
  const wanted = { ...from, limit: list.size + 1, look: 0 }
  if (list.times) {
    const sql = (_bind: Bind, values: unknown[]) => pageStatement(list, reading, wanted, values).text
    return stepOfJson(list, await askText(reading.actor, sql))
  }
  const { rows } = await reading.actor.database.pool.query<Found<Raw>>(
    prepared(pageStatement(list, reading, wanted)),
  )
  return stepOf(list, rows)
}

function stepOf<Query extends Asked, Row, Raw extends object, Of>(
  { toRow, times }: Pick<List<Query, Row, Raw, Of>, 'toRow' | 'times'>,
  raws: readonly Found<Raw>[],
): Step<Row, Raw> {
  const made = (raw: Raw) => (times ? madeOf(toRow(raw), JSON.stringify(raw)) : toRow(raw))
  return { rows: raws.filter(isRow).map(made), first: raws[0] }
}

/** Made once of what was asked for as JSON, for everybody whose page that is. */
function stepOfJson<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  json: string,
): Step<Row, Raw> {
  const steps = (STEPS.get(list) ?? new LatelyUsed({ charactersMax: JSON_CHARACTERS_MAX })) as LatelyUsed<
    Step<Row, Raw>
  >
  STEPS.set(list, steps)
  return steps.get(json, () => ({
    ...stepOf(list, rowsOf<Found<Raw>>(json, list.times as Times<Found<Raw>>)),
    json,
  }))
}

const STEPS = new WeakMap<object, LatelyUsed<unknown>>()

/** Of one list. A page of fifty customers has 25,000, and its rows as objects take about twice as much. */
const JSON_CHARACTERS_MAX = 2_000_000

const STOPPED = t('The search took too long and was stopped. Try again in a moment, or narrow it down.')

const RARE_SEARCHES = new RareSearches()

/** Null where looking did not come anywhere. */
async function lookFor<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  from: From,
  looks: typeof LOOKS,
): Promise<Looked<Row> | null> {
  const started = performance.now()
  const isRare = RARE_SEARCHES.has(list, reading)
  const known = isRare ? await maybeFind(list, reading, from, { isFirst: true }) : null
  if (known) return known
  if (isRare) RARE_SEARCHES.forget(list, reading)
  const rows: Row[] = []
  let { cursor } = from
  let isFound = isRare
  for (let look = looks.first, count = 1; ; count += 1) {
    const limit = list.size + 1 - rows.length
    const wanted = { ...from, cursor, look, limit }
    const isFirst = cursor === from.cursor
    const step = await maybeStep(list, reading, (before) => pageStatement(list, reading, wanted, before), {
      isFirst: isFirst && !isFound,
    })
    if (!step) return isFirst ? null : { rows, edge: cursor }
    rows.push(...step.rows)
    const edge = edgeOf(step.first, orderOf(list, reading.query))
    if (rows.length > list.size || !edge)
      return {
        ...{ rows, edge: null, json: isFirst ? step.json : undefined },
        isDense: isFirst && rows.length > list.size,
        isLong: count > LOOKS_SHORT,
      }
    const next = Math.min(look * LOOKS_GROW, looks.most)
    const isLikelySoon = rows.length * (next / look) > list.size
    const isToFind: boolean = !isFound && !isLikelySoon
    const known = isToFind ? await maybeFind(list, reading, from, { isFirst: false }) : null
    if (known) RARE_SEARCHES.add(list, reading)
    if (known) return known
    isFound ||= isToFind
    cursor = edge
    look = next
    const isEnough = count >= LOOKS_SHORT && rows.length >= list.size * SOME_OF_PAGE
    if (isEnough || performance.now() - started > looks.patienceMs) return { rows, edge }
  }
}

/**
 * What a statement of a search gives; null where it was given up, or too many run. `sql`: after the values of a statement that it is a
 * part of. `isFirst`: together with what else the page asks.
 */
async function maybeStep<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  { actor }: Reading<Query, Of>,
  sql: (before?: unknown[]) => Statement,
  { isFirst }: { isFirst: boolean },
): Promise<Step<Row, Raw> | null> {
  const search = <One extends object>(statement: Statement) =>
    maybeSearch<One>(actor, preparedIfUsual(statement), { isFurther: !isFirst })
  const bySearch = async (statement: Statement) => (await search<Answers>(statement))?.[0] ?? null
  if (!list.times) {
    const rows = await search<Found<Raw>>(sql())
    return rows && stepOf(list, rows)
  }
  const json = isFirst
    ? await askText(actor, (_bind, values) => sql(values).text, bySearch)
    : ((await search<{ json: string }>(asJson(sql())))?.[0]?.json ?? null)
  return json === null ? null : stepOfJson(list, json)
}

const asJson = ({ text, values }: Statement): Statement => ({
  text: `select coalesce(json_agg(row), '[]')::text as json from (${text}) row`,
  values,
})

/** The page's rows where the index of a filter knows them; null where those are too many, or none does. */
async function maybeFind<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  from: From,
  { isFirst }: { isFirst: boolean },
): Promise<Looked<Row> | null> {
  for (const [at, finder] of findersOf(list, reading).entries()) {
    const wanted = { ...from, limit: list.size + 1 }
    const found = await maybeStep(
      list,
      reading,
      (before) => findStatement(list, reading, finder, wanted, before),
      { isFirst: isFirst && at === 0 },
    )
    if (found?.first && (found.first['@found'] ?? 0) <= foundMax(list, reading))
      return { rows: found.rows, json: found.json, edge: null, count: found.first['@count'] }
  }
  return null
}

const isRow = <Raw>(row: Found<Raw>) => row['@place'] !== null

/**
 * Makes a page of the rows that were found, one more than its size where there are more. Null where the list should start at its beginning:
 * the cursor has no rows left, or on the way back too few to fill a page, or just enough where pinned ones come before them.
 */
function cutPage<Row>(
  found: readonly Row[],
  size: number,
  { cursor, backwards }: From,
  { order, hasPinned }: { order: Order<Row>; hasPinned: boolean },
): Page<Row> | null {
  const wanted = hasPinned ? size + 1 : size
  if (cursor && found.length < (backwards ? wanted : 1)) return null
  const more = found.length > size
  const rows = found.slice(0, size)
  if (backwards) rows.reverse()
  const place = (row: Row) => writeCursor(cursorOf(row, order), order)
  const [first, last] = [rows[0], rows.at(-1)]
  return {
    rows,
    before: first && (backwards ? more : cursor) ? place(first) : null,
    after: last && (backwards || more) ? place(last) : null,
    lookedTo: null,
  }
}

/** The page as far as it was looked: it goes on from there, and back from the first row that was found. */
function stopped<Row>(
  found: readonly Row[],
  edge: Cursor,
  { cursor, backwards }: From,
  order: Order<Row>,
): Page<Row> {
  const rows = backwards ? found.toReversed() : [...found]
  const beside = (row: Row | undefined) =>
    row === undefined ? null : writeCursor(cursorOf(row, order), order)
  const { isAscending = false } = order
  const lookedTo = { ...lookedToOf(edge, order), isOnNext: !backwards, isOlder: isAscending === backwards }
  return backwards
    ? { rows, lookedTo, before: writeCursor(edge, order), after: beside(rows.at(-1)) }
    : { rows, lookedTo, before: cursor && beside(rows[0]), after: writeCursor(edge, order) }
}

function lookedToOf<Row>([value = '']: Cursor, { by }: Order<Row>) {
  switch (by[0]?.kind) {
    case 'time':
      return { at: new Date(value) }
    case 'id':
      // A UUIDv7 begins with the milliseconds at which it was made (RFC 9562).
      return { at: new Date(Number.parseInt(value.replaceAll('-', '').slice(0, 12), 16)) }
    case 'amount':
    case 'number':
      return { amount: BigInt(value) }
    default:
      return { text: value }
  }
}
