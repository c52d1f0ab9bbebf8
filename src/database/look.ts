import { type KeysetPage, cutPage } from './keyset.ts'

/**
 * How a rare thing is looked for: through so many rows by the first statement, through ten times as many by the next ones, and no
 * further once this much time is spent. A search that is longer goes on where it stopped, when the reader asks for it.
 */
export const LOOKS = { first: 2_000, most: 50_000, patienceMs: 1_500 }

/** What one statement found, and, if there may be more, where the last row that it looked at stands. */
export interface Step<Row, Place> {
  rows: Row[]
  edge: Place | null
}

/** A page of a list that may have been looked through in part alone. */
export interface LookedPage<Row> extends KeysetPage<Row> {
  /** Where nothing more was found for now, though there is more to look through: the time up to which it was looked. */
  lookedTo: Date | null
}

interface Looking<Row, Place> {
  size: number
  /** Where the page begins; null at the beginning of the list. */
  from: Place | null
  backwards: boolean
  /** Whether most of what is met may not fit: then a place beyond which nothing fits may well have been given out. */
  isSearch: boolean
  looks?: typeof LOOKS
  /** Looks on from a place through `look` rows, for `limit` that fit. */
  step(part: { place: Place | null; look: number; limit: number }): Promise<Step<Row, Place>>
  cursorOf(row: Row): string
  /** A place as it stands in an address, and its time. */
  writePlace(place: Place): string
  timeOf(place: Place): Date
}

/**
 * One page of what fits, however rare it is: a bounded part of the list is looked through by each statement. Null where the place has no
 * rows left: then the list should begin anew. The end of a search is an empty page, or its reader would never arrive there.
 */
export async function lookForPage<Row, Place>(looking: Looking<Row, Place>): Promise<LookedPage<Row> | null> {
  const { size, from, backwards, looks = LOOKS, step, cursorOf } = looking
  const started = performance.now()
  const found: Row[] = []
  let place = from
  for (let look = looks.first; ; look = Math.min(look * 10, looks.most)) {
    const { rows, edge } = await step({ place, look, limit: size + 1 - found.length })
    found.push(...rows)
    if (found.length > size || !edge) break
    place = edge
    if (performance.now() - started > looks.patienceMs) return stopped(found, place, looking)
  }
  if (looking.isSearch && found.length === 0) return { rows: [], before: null, after: null, lookedTo: null }
  const page = cutPage(found, { size, fromCursor: from !== null, backwards, cursorOf })
  return page && { ...page, lookedTo: null }
}

/** The page as far as it was looked: one goes on from there, and back from the first row that was found. */
function stopped<Row, Place>(
  found: readonly Row[],
  place: Place,
  { from, backwards, cursorOf, writePlace, timeOf }: Looking<Row, Place>,
): LookedPage<Row> {
  const lookedTo = timeOf(place)
  const rows = backwards ? found.toReversed() : [...found]
  const [first, last] = [rows[0], rows.at(-1)]
  const beside = (row: Row | undefined) => (row === undefined ? null : cursorOf(row))
  return backwards
    ? { rows, lookedTo, before: writePlace(place), after: beside(last) }
    : { rows, lookedTo, before: from === null ? null : beside(first), after: writePlace(place) }
}
