import { type KeysetPage, cutPage, isCursorTime, readCursorValues, writeCursor } from './keyset.ts'

/** Which page of a list: the place after or before which it begins. */
interface PageAsked {
  after: string
  before: string
}

/** The time and the id of the row that a page begins after. */
type Place = [at: string, id: string]

interface Newest<Row> {
  size: number
  placeOf(row: Row): [at: Date, id: string]
  isId(text: string): boolean
  find(part: { place: Place | null; backwards: boolean; limit: number }): Promise<Row[]>
}

/** One page of a list by time and id. A place that was never given out, or has no rows left, begins anew. */
export async function readPage<Row>(query: PageAsked, list: Newest<Row>): Promise<KeysetPage<Row>> {
  const { size, placeOf, isId, find } = list
  const [at = '', id = ''] = readCursorValues(query.before || query.after)
  const place: Place | null = isCursorTime(at) && isId(id) ? [at, id] : null
  const backwards = place !== null && query.before !== ''
  const found = await find({ place, backwards, limit: size + 1 })
  const cursorOf = (row: Row) => {
    const [time, rowId] = placeOf(row)
    return writeCursor([time.toISOString(), rowId])
  }
  const page = cutPage(found, { size, fromCursor: place !== null, backwards, cursorOf })
  return page ?? readPage({ after: '', before: '' }, list)
}

/** The order of a column of times, as far as it is read this way. */
export const inOrder = (time: string, backwards: boolean) =>
  backwards ? `${time} asc, id asc` : `${time} desc, id desc`
