import type { Bind, Statement } from '../database/cursor.ts'
import { withinPeriod } from '../database/period.ts'
import { nameOf } from '../database/prepared.ts'
import {
  type Asked,
  type Filter,
  type Finder,
  type Lane,
  type List,
  type Part,
  type Reading,
  orderOf,
  tableOf,
} from './list.ts'
import { type Cursor, FROM_THE_START, type From, type Order, beyondSql, orderSql } from './order.ts'

/** Which rows are wanted: so many at most, and looked for among so many at most. */
interface Wanted extends From {
  limit: number
  look: number
}

/** The parts of a list's SQL. Rows are found in three steps: along an index, by what is checked on the way, and what is shown of them. */
interface Parts {
  values: unknown[]
  bind: Bind
  tables: string[]
  /** Of the index that is followed: its tables, and conditions. */
  from: string
  way: string[]
  /** The ranges of that index, where it has the rows in several. */
  ranges: readonly string[]
  /** Conditions that are checked on the way. */
  rest: string[]
  /** SQL for what the index of one filter knows; null without one. */
  known: () => ReturnType<Finder<unknown, unknown, unknown>> | null
  /** SQL for the order along that index. */
  inOrder: (turned: boolean) => string
}

/**
 * The SQL for a page's rows: a bounded part of the list is gone through, however few of its rows fit. Each row has, if there may be more
 * rows than were looked at, the sort values of the last of those as `@edge`. A row without `@place` has nothing else. `before`: the values of a
 * statement that this one is a part of.
 */
export function pageStatement<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  { cursor, backwards, limit, look }: Wanted,
  before?: unknown[],
): Statement {
  const order = orderOf(list, reading.query)
  const parts = partsOf(list, reading, { cursor, backwards }, { values: before })
  const { values, tables, rest } = parts
  const pinned = pinnedOf(list, reading, parts)
  const along = (wanted: Omit<AlongWanted, 'turned'>) =>
    alongSql(parts, order, { ...wanted, turned: backwards })
  if (rest.length === 0) {
    const hit = pinned.before(along({ conditions: pinned.others, limit }), { cursor })
    tables.push(...pinned.tables, `hit as (${hit})`)
    return { text: shown(list, reading, parts, { order, turned: backwards, pinned, isPlain: true }), values }
  }
  const inOrder = orderSql(order, { turned: backwards })
  const fits = `select hit.* from (${along({ limit: look })}) hit where ${[...rest, ...pinned.others].join(' and ')}
    order by ${inOrder} limit ${limit}`
  // As texts: JSON's numbers would be cut off.
  const keys = order.by.map(({ column }) => `hit.${column}::text`).join(', ')
  tables.push(
    ...pinned.tables,
    `hit as (${pinned.before(fits, { cursor })})`,
    // Where enough was found, nobody asks how far was looked.
    `edge as (select json_build_array(${keys}) as "@edge" from (${along({ columns: keysOf(order), limit: look })}) hit
      where (select count(*) from hit) < ${limit} order by ${inOrder} offset ${look - 1} limit 1)`,
    `shown as (${shown(list, reading, { ...parts, tables: [] }, { order, turned: backwards, pinned })})`,
  )
  return {
    text: `with ${tables.join(', ')} select shown.*, edge."@edge" from (select) one left join edge on true
      left join shown on true order by "@place"`,
    values,
  }
}

interface AlongWanted {
  /** Without it all. */
  columns?: string
  /** What is true of the rows beside what the index knows. */
  conditions?: readonly string[]
  limit: number
  turned: boolean
}

/** SQL for the first so many rows along the index that is followed: of several ranges those of each, merged. */
function alongSql<Row>(
  { from, way, ranges, inOrder }: Parts,
  order: Order<Row>,
  { columns = 'hit.*', conditions = [], limit, turned }: AlongWanted,
): string {
  const within = (range: readonly string[]) =>
    `select ${columns} from ${from} where ${[...way, ...range, ...conditions].join(' and ')} order by ${inOrder(turned)} limit ${limit}`
  if (ranges.length <= 1) return within(ranges)
  return `select hit.* from (${ranges.map((range) => `(${within([range])})`).join(' union all ')}) hit
    order by ${orderSql(order, { turned })} limit ${limit}`
}

/** The columns that a list is in the order of. */
const keysOf = <Row>({ by }: Order<Row>) => by.map(({ column }) => `hit.${column}`).join(', ')

/** Lists are counted as far as this: beyond it a number costs more than it tells. */
export const COUNTED_MAX = 1_000

/** How many rows are found by an index that has no order before they are better looked for along the order of the list. */
export const FOUND_MAX = 10_000
/** The same where each is looked up elsewhere. */
const FOUND_LOOKED_UP_MAX = 1_000

/** How many rows are found so for this query. */
export const foundMax = <Query extends Asked, Row, Raw extends object, Of>(
  { looksUp }: Pick<List<Query, Row, Raw, Of>, 'looksUp'>,
  { query }: Pick<Reading<Query, Of>, 'query'>,
): number => (looksUp?.(query) ? FOUND_LOOKED_UP_MAX : FOUND_MAX)

/** The filters of this query whose rows an index knows. */
export const findersOf = <Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  { query }: Pick<Reading<Query, Of>, 'query'>,
) => filtersOf(list, query).flatMap(({ name, filter }) => (filter.find ? [name] : []))

/**
 * The SQL for a page's rows, of those that the index of one filter knows. Each row has the number of all that it knows as `@found`: above
 * foundMax() there are no rows. And the number of all that fit, on all pages, as `@count`: the index is read once for both, up to COUNTED_MAX
 * and one more. A row without `@place` has nothing else. `before`: as in pageStatement().
 */
export function findStatement<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  finder: keyof Query,
  { cursor, backwards, limit }: From & { limit: number },
  before?: unknown[],
): Statement {
  const order = orderOf(list, reading.query)
  const parts = partsOf(list, reading, { cursor, backwards }, { finder, values: before })
  const { values, tables, way, rest } = parts
  const pinned = pinnedOf(list, reading, parts)
  const found = foundSql(parts, order)
  const max = foundMax(list, reading)
  const isFew = `(select found from counted) <= ${max}`
  const conditions = [...way, ...rest, ...pinned.others, isFew]
  const hit = `select ${found.columns} from ${found.from} where ${conditions.join(' and ')}
    order by ${orderSql(order, { turned: backwards })} limit ${limit}`
  const all = partsOf(list, reading, FROM_THE_START, { finder, values })
  const fitting = [...all.way, ...all.rest, isFew]
  tables.push(
    `found as materialized (${found.sql} limit ${max + 1})`,
    // Once, for all that asks.
    'counted as materialized (select count(*)::integer as found from found)',
    ...pinned.tables,
    `hit as (${pinned.before(hit, { cursor, columns: found.columns })})`,
    `shown as (${shown(list, reading, { ...parts, tables: [] }, { order, turned: backwards, pinned })})`,
  )
  return {
    text: `with ${tables.join(', ')} select shown.*, counted.found as "@found", (
        select count(*)::integer from (select from ${found.from} where ${fitting.join(' and ')} limit ${COUNTED_MAX + 1}) hit
      ) as "@count" from counted left join shown on true order by "@place"`,
    values,
  }
}

/** SQL for what the index of a filter knows, and for the rows of the list in that: their tables, and the columns that they have. */
function foundSql<Row>(
  { known, from }: Parts,
  order: Order<Row>,
): { sql: string; from: string; columns: string } {
  const found = known()
  if (!found) return { sql: '', from, columns: 'hit.*' }
  return 'rows' in found
    ? { sql: found.rows, from: 'found hit', columns: keysOf(order) }
    : {
        sql: found.ids,
        // One by one by their ids: for thousands the whole table might be read.
        from: `found cross join lateral (
          select hit.* from ${from} where hit.reseller_id = $1 and hit.id = found.id offset 0) hit`,
        columns: 'hit.*',
      }
}

/** The SQL for all rows that fit, in the order of the list, for a file. */
export function wholeStatement<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
): Statement {
  const order = orderOf(list, reading.query)
  // What words find is mostly less than what a tag has.
  const finder = findersOf(list, reading).at(-1)
  const parts = partsOf(list, reading, FROM_THE_START, { finder, hasRanges: false })
  const { values, tables, way, rest } = parts
  const pinned = pinnedOf(list, reading, parts)
  const conditions = [...way, ...rest, ...pinned.others]
  const found = foundSql(parts, order)
  if (found.sql) tables.push(`found as materialized (${found.sql})`)
  const hit = `select ${found.columns} from ${found.from} where ${conditions.join(' and ')}`
  tables.push(...pinned.tables, `hit as (${pinned.before(hit, { cursor: null, columns: found.columns })})`)
  return {
    text: shown(list, reading, parts, { order, turned: false, pinned, isPlain: true, isPage: false }),
    values,
  }
}

/**
 * SQL for the rows that fit, as `hit`, along an index through `look` rows at most, and for the number of those: for what is counted or
 * added up.
 */
export function lookedSql<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  { look, limit, columns = '' }: { look: number; limit: number; columns?: string },
  before?: unknown[],
) {
  const parts = partsOf(list, reading, FROM_THE_START, { values: before })
  const { values, tables, rest } = parts
  const order = orderOf(list, reading.query)
  const isSearch = rest.length > 0
  const along = (wanted: { columns?: string; limit: number }) =>
    alongSql(parts, order, { ...wanted, turned: false })
  const looked = isSearch
    ? `(${along({ limit: look })}) hit where ${rest.join(' and ')} limit ${limit}`
    : `(${along({ limit })}) hit`
  tables.push(`hit as (select ${columns} from ${looked})`)
  const howFar = `(select count(*)::integer from (${along({ columns: keysOf(order), limit: look })}) looked)`
  // Counted only where not enough was found: else it tells nothing.
  const lookedAt = isSearch ? `case when (select count(*) from hit) < ${limit} then ${howFar} end` : 'null'
  return { tables: `with ${tables.join(', ')}`, lookedAt, values }
}

/** The SQL that counts what fits, up to `limit`, of the rows that the index of one filter knows. `found`: as in findStatement(). */
export function countFoundStatement<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  finder: keyof Query,
  limit: number,
): Statement {
  const parts = partsOf(list, reading, FROM_THE_START, { finder })
  const { values, tables, way, rest } = parts
  const found = foundSql(parts, orderOf(list, reading.query))
  const isAll = rest.length === 0 && way.length === 1
  const max = foundMax(list, reading)
  const conditions = [...way, ...rest, ...(isAll ? [] : [`(select count(*) from found) <= ${max}`])]
  tables.push(`found as materialized (${found.sql} limit ${isAll ? limit : max + 1})`)
  return {
    text: `with ${tables.join(', ')}
      select (select count(*)::integer from found) as found, count(*)::integer as count from (
        select from ${found.from} where ${conditions.join(' and ')} limit ${limit}) hit`,
    values,
  }
}

/**
 * The statement, prepared: planning one for a list takes longer than reading its page. Only for what is read along an index, whose plan
 * does not depend on the values.
 */
export const prepared = ({ text, values }: Statement) => ({
  name: nameOf(text),
  text,
  values,
})

/**
 * As prepared(), for the first look of a search. As many texts as people ask for in the end are too many for the database to keep on each
 * connection: those that are asked for first, which are the usual ones, are prepared.
 */
export function preparedIfUsual(statement: Statement): Statement {
  if (!USUAL.has(statement.text)) {
    if (USUAL.size >= USUAL_MAX) return statement
    USUAL.add(statement.text)
  }
  return prepared(statement)
}

const USUAL = new Set<string>()
const USUAL_MAX = 40

/** Whether rows are looked at on the way that may not fit. */
export const isSearch = <Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
): boolean => partsOf(list, reading, FROM_THE_START).rest.length > 0

/** Whether rows that fit outright are shown before all others on the first page, if there are such. */
export const hasPinned = <Query extends Asked, Row, Raw extends object, Of>(
  { pinned }: Pick<List<Query, Row, Raw, Of>, 'pinned'>,
  { query }: Pick<Reading<Query, Of>, 'query'>,
): boolean => Boolean(pinned?.(query, () => ''))

/** The sort values at which looking stopped; null where there is nothing more to look at. */
export const edgeOf = <Row>(
  row: { '@edge'?: readonly string[] | null } | undefined,
  { by }: Order<Row>,
): Cursor | null =>
  row?.['@edge']?.map((value, at) => (by[at]?.kind === 'time' ? new Date(value).toISOString() : value)) ??
  null

function partsOf<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  { actor, of, query }: Reading<Query, Of>,
  { cursor, backwards }: From,
  {
    finder,
    hasRanges = finder === undefined,
    values = [actor.reseller.id],
  }: { finder?: keyof Query; hasRanges?: boolean; values?: unknown[] } = {},
): Parts {
  const bind = (value: unknown) => `$${values.push(value)}`
  const table = tableOf(list, query)
  const part: Part<Of> = { actor, of, bind, table, oneByOne: 'offset 0', isPage: true }
  const order = orderOf(list, query)
  const tables = list.tables ? [list.tables(part)] : []
  const filters = filtersOf(list, query)
  const known = filters.find(({ name }) => name === finder)
  const lane = known ?? filters.find(({ filter, value }) => filter.isIndexed?.(value, query, of))
  const along = known ? undefined : lane?.filter.along
  const way = ['hit.reseller_id = $1', ...(list.where?.(part) ?? []), ...(list.visible?.(part) ?? [])]
  const { timeZone } = actor.reseller
  const columns = list.period ? [`hit.${list.period}`, ...(along ? [along.leads] : [])] : []
  for (const column of columns) way.push(...withinPeriod(column, periodOf(query), timeZone, bind))
  if (lane && !known) way.push((along ?? lane.filter).fits(lane.value, part))
  if (cursor) way.push(beyondSql(order, { backwards }, cursor, bind))
  if (cursor && along) way.push(leadsOn(along, order, { cursor, backwards }, bind))
  const ranges = hasRanges ? list.ranges?.(query) : null
  const rest = filters
    .filter((one) => one !== lane && !ranges?.by.includes(one.name))
    .map(({ filter, value }) => filter.fits(value, part))
  return {
    ...{ values, bind, tables, way, rest, ranges: ranges?.each ?? [] },
    known: () => known?.filter.find?.(known.value, part, query) ?? null,
    from: along?.from ?? `${table} hit`,
    inOrder: (turned) => {
      const sql = orderSql(order, { turned })
      return along ? sql.replace(`hit.${order.by[0]?.column} `, `${along.leads} `) : sql
    },
  }
}

/** The filters that the query uses, in the order in which the list declares them. */
function filtersOf<Query extends Asked, Row, Raw extends object, Of>(
  { filters = {} }: List<Query, Row, Raw, Of>,
  query: Query,
) {
  type Name = keyof Query & string
  type One = {
    name: Name
    filter: Filter<NonNullable<Query[Name]>, Query, Of>
    value: NonNullable<Query[Name]>
  }
  return (Object.keys(filters) as Name[]).flatMap((name): One[] => {
    const [filter, value] = [filters[name], query[name]]
    return filter && value !== undefined && value !== null && value !== '' ? [{ name, filter, value }] : []
  })
}

const periodOf = ({ from = '', to = '' }: Asked) => ({ from, to })

/** Lets an index of another table begin at the cursor. */
function leadsOn<Value, Of, Row>(
  { leads }: Lane<Value, Of>,
  { isAscending = false }: Order<Row>,
  { cursor, backwards }: { cursor: Cursor; backwards: boolean },
  bind: Bind,
) {
  return `${leads} ${isAscending === backwards ? '<=' : '>='} ${bind(cursor[0])}::timestamptz`
}

interface Pinned {
  is: boolean
  tables: string[]
  /** The condition for the rows that are not. */
  others: string[]
  /** With the pinned ones before these, on the first page. `columns`: of both, where these do not have all. */
  before: (hits: string, from: Pick<From, 'cursor'> & { columns?: string }) => string
}

function pinnedOf<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  { values, bind }: Parts,
): Pinned {
  const pinned = list.pinned?.(reading.query, bind)
  if (!pinned) return { is: false, tables: [], others: [], before: (hits) => hits }
  const { ids, by } = pinned
  return {
    is: true,
    tables: [`pinned as materialized (${ids})`],
    others: ['hit.id not in (select id from pinned)'],
    before: (hits, { cursor, columns = 'hit.*' }) => {
      if (cursor) return `select 1 as "@pin", hit.* from (${hits}) hit`
      const { from, way, rest } = partsOf(list, reading, FROM_THE_START, { finder: by, values })
      const conditions = [...way, ...rest, 'hit.id in (select id from pinned)'].join(' and ')
      return `select 0 as "@pin", ${columns} from ${from} where ${conditions}
        union all select 1, ${columns} from (${hits}) hit`
    },
  }
}

interface ShownAs<Row> {
  order: Order<Row>
  turned: boolean
  pinned: Pinned
  /** The statement ends with it, so that nothing asks for `@place`. */
  isPlain?: boolean
  isPage?: boolean
}

/** SQL for what is shown of the rows in `hit`, in their order. */
function shown<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  { actor, of, query }: Reading<Query, Of>,
  { tables, bind }: Parts,
  { order, turned, pinned, isPlain = false, isPage = true }: ShownAs<Row>,
): string {
  const oneByOne = isPage ? 'offset 0' : ''
  const part = { actor, of, bind, table: tableOf(list, query), oneByOne, isPage } as const
  const written = (sql: string | ((part: Part<Of>) => string) = '') =>
    typeof sql === 'function' ? sql(part) : sql
  const inOrder = `${pinned.is ? 'hit."@pin", ' : ''}${orderSql(order, { turned })}`
  const place = isPlain ? '' : `, row_number() over (order by ${inOrder})::integer as "@place"`
  return `${tables.length > 0 ? `with ${tables.join(', ')}` : ''}
    select ${written(list.selected)}${place} from hit ${written(list.joins)} order by ${inOrder}`
}
