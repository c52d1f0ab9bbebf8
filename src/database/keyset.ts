/** A page of a list that is read by keyset: it goes on from a row and not from a count of rows. */
export interface KeysetPage<Row> {
  rows: Row[]
  /** Cursors to go on from, or null at an end. */
  after: string | null
  before: string | null
}

interface Found<Row> {
  /** How many rows a page has; one more was asked for, to see whether there are any. */
  size: number
  /** Whether the rows were read on from a place, and which way. */
  fromCursor: boolean
  backwards: boolean
  cursorOf: (row: Row) => string
}

/**
 * Makes a page of the rows that were found, in the order in which they were read. Null where the place has no rows left, or too few on
 * the way back to fill a page: then the list should begin anew.
 */
export function cutPage<Row>(
  found: readonly Row[],
  { size, fromCursor, backwards, cursorOf }: Found<Row>,
): KeysetPage<Row> | null {
  if (fromCursor && found.length < (backwards ? size : 1)) return null
  const more = found.length > size
  const rows = found.slice(0, size)
  if (backwards) rows.reverse()
  const first = rows[0]
  const last = rows.at(-1)
  return {
    rows,
    before: first && (backwards ? more : fromCursor) ? cursorOf(first) : null,
    after: last && (backwards || more) ? cursorOf(last) : null,
  }
}

/** A place as it stands in an address: a row's sort values, none of which holds a space. */
export const writeCursor = (values: readonly string[]) => Buffer.from(values.join(' ')).toString('base64url')

/** The values of a place in an address, whatever it is worth: anybody may have written it, so each has to be checked. */
export const readCursorValues = (cursor: string) => Buffer.from(cursor, 'base64url').toString().split(' ')

/**
 * Whether this is a time as toISOString() writes it, in years that a database has too. Date alone would take 30 February for a day in
 * March, which the database does not.
 */
export const isCursorTime = (value: string) =>
  /^[12]\d{3}-/.test(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value
