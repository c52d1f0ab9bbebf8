import type { Times } from '../database/ask.ts'
import type { Bind } from '../database/cursor.ts'
import type { FileEvent } from '../files/file.ts'
import type { Actor } from '../people/actor.ts'
import type { Permission } from '../people/permissions.ts'
import type { CsvColumns } from '../web/csv.ts'
import type { Saved } from '../web/file-name.ts'
import type { PageAsked, Order } from './order.ts'

/** What the parts of a list's SQL are made with. */
export interface Part<Of> {
  actor: Actor
  /** What the list is of: a team's members, an invite's arrivals. */
  of: Of
  bind: Bind
  /** The table that `hit` is a row of, where a list has several. */
  table: string
  /** SQL for the end of a sub-select that is better asked for each row of a page, by an index, than joined; '' where all rows are read. */
  oneByOne: '' | 'offset 0'
  /** The rows are those of a page: few, and shown with what stands beside them. Else they are all, for a file. */
  isPage: boolean
}

/** What the address of a list may ask for, beside its filters: the page, and a period of days as YYYY-MM-DD. */
export interface Asked extends PageAsked {
  from?: string
  to?: string
}

/** A list as it is read: by whom, of what, and narrowed to what. */
export interface Reading<Query, Of> {
  actor: Actor
  of: Of
  query: Query
}

/** A list as a file: its name, what the log says of it, and its columns. */
export interface ListFile<Row> {
  named: Omit<Saved, 'extension'>
  /** Null where a customer takes what is their own. */
  event: FileEvent | null
  columns: CsvColumns<Row>
}

/** One thing that a list can be narrowed to. */
export interface Filter<Value, Query, Of> {
  /** SQL that is true of a row that fits. The row is `hit`; what stands elsewhere is asked for by a sub-select, row by row. */
  fits: (value: Value, part: Part<Of>) => string
  /**
   * An index has what fits in the order of the list, so that nothing else is looked at. Of several filters the first is followed and the
   * others are checked on the way.
   */
  isIndexed?: (value: Value, query: Query, of: Of) => boolean
  /** Where that index is of another table. */
  along?: Lane<Value, Of>
  /** Where an index knows what fits, but not in the order of the list: for what is too rare to be met along that. */
  find?: Finder<Value, Query, Of>
}

/** An index of another table that leads to the rows of a list in their order. */
export interface Lane<Value, Of> {
  /** The tables, of which the list's is `hit`. */
  from: string
  /** The column that is always equal to the first one of the order, and in which order the index is. */
  leads: string
  fits: (value: Value, part: Part<Of>) => string
}

/**
 * SQL for all rows that fit a filter, from an index that knows them and does not have them in the order of the list: for their ids, or for
 * the rows of the list's table, with what it is sorted by and narrowed to.
 */
export type Finder<Value, Query, Of> = (
  value: Value,
  part: Part<Of>,
  query: Query,
) => { ids: string } | { rows: string }

/** Ranges of an index, in each of which the rows are in the order of the list; together they have all rows that fit. */
export interface Ranges<Query> {
  /** The filters that choose among the ranges, so that nothing is left of them to check. */
  by: readonly (keyof Query)[]
  /** SQL that is true of the rows of each. */
  each: readonly string[]
}

/**
 * A list, declared once: its page, its file and its count are made of this, so that they show the same rows. A declaration is plain data
 * and functions that give SQL.
 */
export interface List<Query extends Asked, Row, Raw extends object = object, Of = null> {
  /** Who may see it; a function refuses by itself. */
  may: Permission | ((actor: Actor, of: Of) => void)
  /** Rows in a page. */
  size: number
  /** The table; or, of several that have the rows, the one whose indexes have what is asked for in the order that is asked for. */
  table: string | ((query: Query) => string)
  /** Where the index of that has the rows in several ranges. */
  ranges?: (query: Query) => Ranges<Query> | null
  /** SQL for `with`, where the table is made of others; it has a reseller_id as all others do. */
  tables?: (part: Part<Of>) => string
  /** What is true of all its rows. */
  where?: (part: Part<Of>) => string[]
  /** Which of the rows this person may see; without it all. */
  visible?: (part: Part<Of>) => string[]
  order: Order<Row> | ((query: Query) => Order<Row>)
  /** The query with the order in which the same rows are counted soonest. */
  counted?: (query: Query) => Query
  /** Whether no row ever leaves what this query shows: what was too much to be counted once is so for ever. */
  onlyGrows?: (query: Query) => boolean
  /** The column of a period of days, `from` and `to` in the query. */
  period?: string
  /**
   * Whether the filters of this query look each row up in another table, which takes several times as long as what stands in the row: fewer
   * rows are then looked at for a page.
   */
  looksUp?: (query: Query) => boolean
  filters?: { [Name in keyof Query]?: Filter<NonNullable<Query[Name]>, Query, Of> }
  /** SQL for the ids of rows that fit one filter outright, shown before all others, on the first page alone; null for none. */
  pinned?: (query: Query, bind: Bind) => { ids: string; by: keyof Query } | null
  /** What is selected of a row, `hit`, and of what is joined to it. Only rows of the page are joined. */
  selected: string | ((part: Part<Of>) => string)
  joins?: string | ((part: Part<Of>) => string)
  /**
   * The columns that are times, of a list whose page is asked for together with what else is on it, see ask(): its rows come as JSON, in
   * which a number that may be beyond 2^53 is selected as text. Such a page is known by that JSON, so that its rows are made once.
   */
  times?: Times<Raw>
  toRow: (raw: Raw) => Row
  /** Its export; refuses anyone who may see the list and not export it. */
  file?: (reading: Reading<Query, Of>) => ListFile<Row>
}

/** The table that is read for this query. */
export const tableOf = <Query extends Asked, Row, Raw extends object, Of>(
  { table }: Pick<List<Query, Row, Raw, Of>, 'table'>,
  query: Query,
): string => (typeof table === 'function' ? table(query) : table)

/** What the list is in the order of, for this query. */
export const orderOf = <Query extends Asked, Row, Raw extends object, Of>(
  { order }: Pick<List<Query, Row, Raw, Of>, 'order'>,
  query: Query,
): Order<Row> => (typeof order === 'function' ? order(query) : order)
