import { isId } from '../database/id.ts'
import { isCustomerId } from '../people/customer-id.ts'

/** What a list can be sorted by: how the database has it, and what an address may say of it. */
const KEYS = {
  time: { type: 'timestamptz', isValid: isCursorTime },
  id: { type: 'uuid', isValid: isId },
  customerId: { type: 'text', isValid: isCustomerId },
  email: { type: 'text', isValid: (value: string) => /^[^\s\0]+$/.test(value) },
  amount: { type: 'bigint', isValid: (value: string) => /^-?\d{1,18}$/.test(value) },
  number: { type: 'bigint', isValid: (value: string) => /^\d{1,18}$/.test(value) },
  account: { type: 'account', isValid: (value: string) => /^(BALANCE|CREDITS)$/.test(value) },
} as const satisfies Record<string, { type: string; isValid: (value: string) => boolean }>

export type KeyKind = keyof typeof KEYS

/**
 * What a list is in the order of: the columns, none of which may be null because a comparison of rows loses those that are. Each
 * has the field of the row that shows it. The last is unique.
 */
export interface Order<Row> {
  by: readonly { column: string; field: keyof Row; kind: KeyKind }[]
  /** The smallest first; else the largest, which of times is the newest. */
  isAscending?: boolean
  /** Of a list with several orders its name, which is kept in cursors: they are good for this order alone. */
  name?: string
}

/** The order of rows by a time and an id, the newest first. */
export const newestFirst = <Row>(
  [column, field]: [column: string, field: keyof Row],
  id: { column: string; field: keyof Row; kind: 'id' | 'customerId' },
): Order<Row> => ({ by: [{ column, field, kind: 'time' }, id] })

/** The values by which a row is sorted, none of which holds a space. */
export type Cursor = readonly string[]

/** Where a page begins, and whether it is read towards the beginning of the list. */
export interface From {
  cursor: Cursor | null
  backwards: boolean
}

export const FROM_THE_START: From = { cursor: null, backwards: false }

/** Which page of a list an address asks for: the cursor after or before which it begins. */
export interface PageAsked {
  after: string
  before: string
}

/** Where the page begins that an address asks for: at the start, unless it has a cursor of this order. */
export function fromOf<Row>({ after, before }: PageAsked, { by, name }: Order<Row>): From {
  const values = Buffer.from(before || after, 'base64url')
    .toString()
    .split(' ')
  const cursor = name === undefined ? values : values.slice(1)
  const isGood =
    (name === undefined || values[0] === name) &&
    cursor.length === by.length &&
    by.every(({ kind }, at) => KEYS[kind].isValid(cursor[at] ?? ''))
  return isGood ? { cursor, backwards: before !== '' } : FROM_THE_START
}

/** The cursor of a row. */
export const cursorOf = <Row>(row: Row, { by }: Order<Row>): Cursor =>
  by.map(({ field }) => keyText(row[field]))

/** A sort value as a cursor has it. */
const keyText = (value: unknown) => (value instanceof Date ? value.toISOString() : String(value))

/** A cursor for an address. */
export const writeCursor = (cursor: Cursor, { name }: { name?: string }) =>
  Buffer.from([...(name === undefined ? [] : [name]), ...cursor].join(' ')).toString('base64url')

/** SQL for `order by`. `turned`: against the order of the list. */
export const orderSql = <Row>(
  { by, isAscending = false }: Order<Row>,
  { turned, alias = 'hit' }: { turned: boolean; alias?: string },
) => by.map(({ column }) => `${alias}.${column} ${isAscending === turned ? 'desc' : 'asc'}`).join(', ')

/** SQL for the rows of `hit` that come after the cursor in the direction that is read. */
export function beyondSql<Row>(
  { by, isAscending = false }: Order<Row>,
  { backwards }: Pick<From, 'backwards'>,
  cursor: Cursor,
  bind: (value: unknown) => string,
): string {
  const columns = by.map(({ column }) => `hit.${column}`)
  const values = by.map(({ kind }, at) => `${bind(cursor[at])}::${KEYS[kind].type}`)
  return `(${columns.join(', ')}) ${isAscending === backwards ? '<' : '>'} (${values.join(', ')})`
}

/**
 * Whether this is a time as toISOString() writes it, in years that a database has too. Date alone would take 30 February for a day in
 * March, which the database does not.
 */
function isCursorTime(value: string): boolean {
  return (
    /^[12]\d{3}-/.test(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value
  )
}
