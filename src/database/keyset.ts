/** A page of a list that is read by keyset: it goes on from a row and not from a count of rows. */
export interface KeysetPage<Row> {
  rows: Row[]
  /** Cursors to go on from, or null at an end. */
  after: string | null
  before: string | null
}

/** Which page of a list: the cursor after or before which it begins. */
export interface PageAsked {
  after: string
  before: string
}

/** The sort values of the row that a page goes on from, none of which holds a space. */
export type Cursor = readonly string[]

/** Where a page begins, and whether it is read towards the beginning of the list. */
export interface From {
  cursor: Cursor | null
  backwards: boolean
}

export const FROM_THE_START: From = { cursor: null, backwards: false }

interface List<Row> {
  /** How many rows a page has. */
  size: number
  cursorOf(row: Row): Cursor
  /** Whether these values can be a cursor of this list. Anyone may have written them into the address. */
  isCursor(values: Cursor): boolean
  /** Finds rows from there on, in the order in which they are read. */
  find(part: From & { limit: number }): Promise<Row[]>
}

/** One page of a list. A cursor that is not valid or has no rows left leads to the first page, by a second call of find(). */
export async function readPage<Row>(asked: PageAsked, list: List<Row>): Promise<KeysetPage<Row>> {
  const from = fromOf(asked, list.isCursor)
  const found = await list.find({ ...from, limit: list.size + 1 })
  return cutPage(found, list, from) ?? readPage({ after: '', before: '' }, list)
}

/** Where the page begins that an address asks for. */
export function fromOf(asked: PageAsked, isCursor: (values: Cursor) => boolean): From {
  const values = Buffer.from(asked.before || asked.after, 'base64url')
    .toString()
    .split(' ')
  const cursor = isCursor(values) ? values : null
  return { cursor, backwards: cursor !== null && asked.before !== '' }
}

/**
 * Makes a page of the rows that were found, one more than its size where there are more. Null where the cursor has no rows left, or too few
 * on the way back to fill a page: then the list should start at its beginning.
 */
export function cutPage<Row>(
  found: readonly Row[],
  { size, cursorOf }: Pick<List<Row>, 'size' | 'cursorOf'>,
  { cursor, backwards }: From,
): KeysetPage<Row> | null {
  if (cursor && found.length < (backwards ? size : 1)) return null
  const more = found.length > size
  const rows = found.slice(0, size)
  if (backwards) rows.reverse()
  const first = rows[0]
  const last = rows.at(-1)
  return {
    rows,
    before: first && (backwards ? more : cursor) ? writeCursor(cursorOf(first)) : null,
    after: last && (backwards || more) ? writeCursor(cursorOf(last)) : null,
  }
}

/** A cursor for an address. */
export const writeCursor = (cursor: Cursor) => Buffer.from(cursor.join(' ')).toString('base64url')

/** Whether a cursor of a list by time and id is valid. */
export const isTimeAndId =
  (isId: (text: string) => boolean) =>
  ([time = '', id = '']: Cursor) =>
    isCursorTime(time) && isId(id)

/**
 * Whether this is a time as toISOString() writes it, in years that a database has too. Date alone would take 30 February for a day in
 * March, which the database does not.
 */
export const isCursorTime = (value: string) =>
  /^[12]\d{3}-/.test(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value

/**
 * SQL for the part of a list that begins there, newest first: the condition for rows beyond the cursor, and the order. `columns`: what it is
 * sorted by, with their types.
 */
export function keysetSql(
  columns: Readonly<Record<string, string>>,
  { cursor, backwards }: From,
  bind: (value: unknown) => string,
): { beyond: string; order: string } {
  const names = Object.keys(columns)
  const values = Object.values(columns).map((type, index) => cursor && `${bind(cursor[index])}::${type}`)
  return {
    beyond: cursor ? `(${names.join(', ')}) ${backwards ? '>' : '<'} (${values.join(', ')})` : 'true',
    order: names.map((name) => `${name} ${backwards ? 'asc' : 'desc'}`).join(', '),
  }
}
