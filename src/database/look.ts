import {
  type Cursor,
  type From,
  type KeysetPage,
  type PageAsked,
  cutPage,
  fromOf,
  writeCursor,
} from './keyset.ts'

/**
 * How a rare thing is looked for: through so many rows by the first statement, through ten times as many by the next ones, and no
 * further once this much time is spent. A search that is longer goes on where it stopped, when the reader asks for it.
 */
export const LOOKS = { first: 2_000, most: 50_000, patienceMs: 1_500 }

/** What one statement found and, if there may be more, the cursor of the last row that it looked at. */
export interface Step<Row> {
  rows: Row[]
  edge: Cursor | null
}

/** A page of a list that may have been looked through in part alone. */
export interface LookedPage<Row> extends KeysetPage<Row> {
  /** Where nothing more was found for now, though there is more to look through: the time up to which it was looked. */
  lookedTo: Date | null
}

interface Looking<Row> {
  size: number
  /** Whether many of the rows may not fit. Then a cursor beyond which nothing fits may well have been given out. */
  isSearch: boolean
  looks?: typeof LOOKS
  /** Looks on from there through `look` rows, for `limit` that fit. */
  step(part: From & { look: number; limit: number }): Promise<Step<Row>>
  /** As in readPage(); the first value is the time. */
  cursorOf(row: Row): Cursor
  isCursor(values: Cursor): boolean
}

/**
 * One page of what fits, however rare it is: each statement looks through a bounded part of the list. A cursor that is not valid or has no
 * rows left leads to the first page. The end of a search is an empty page, or its reader would never get there.
 */
export async function lookForPage<Row>(asked: PageAsked, looking: Looking<Row>): Promise<LookedPage<Row>> {
  const { size, looks = LOOKS, step } = looking
  const from = fromOf(asked, looking.isCursor)
  const started = performance.now()
  const found: Row[] = []
  let { cursor } = from
  for (let look = looks.first; ; look = Math.min(look * 10, looks.most)) {
    const { rows, edge } = await step({ ...from, cursor, look, limit: size + 1 - found.length })
    found.push(...rows)
    if (found.length > size || !edge) break
    cursor = edge
    if (performance.now() - started > looks.patienceMs) return stopped(found, edge, from, looking)
  }
  if (looking.isSearch && found.length === 0) return { rows: [], before: null, after: null, lookedTo: null }
  const page = cutPage(found, looking, from)
  return page ? { ...page, lookedTo: null } : lookForPage({ after: '', before: '' }, looking)
}

/** The page as far as it was looked: it goes on from there, and back from the first row that was found. */
function stopped<Row>(
  found: readonly Row[],
  edge: Cursor,
  { cursor, backwards }: From,
  { cursorOf }: Looking<Row>,
): LookedPage<Row> {
  const lookedTo = new Date(edge[0] ?? '')
  const rows = backwards ? found.toReversed() : [...found]
  const beside = (row: Row | undefined) => (row === undefined ? null : writeCursor(cursorOf(row)))
  return backwards
    ? { rows, lookedTo, before: writeCursor(edge), after: beside(rows.at(-1)) }
    : { rows, lookedTo, before: cursor && beside(rows[0]), after: writeCursor(edge) }
}
