import { isLong, maybeCount } from './count.ts'
import type { Asked, List, Reading } from './list.ts'
import { type Page, readPage } from './page.ts'
import { COUNTED_MAX } from './statement.ts'

/** A page of a list with how many rows there are in all, and the addresses of the pages beside it. */
export interface Shown<Row> extends Pick<Page<Row>, 'rows' | 'lookedTo'> {
  /**
   * How many fit on all pages, at most `countedMax` and one more; null where they are too far apart to be counted. In a long list, of what is
   * everywhere in it only a page is counted.
   */
  count: number | null
  countedMax: number
  pager: { newer: string | null; older: string | null; byTime?: boolean }
}

/** A list with nothing in it. */
export const NOTHING_SHOWN: Shown<never> = {
  ...{ rows: [], lookedTo: null, count: 0, countedMax: COUNTED_MAX },
  pager: { newer: null, older: null },
}

/**
 * What a page shows of a list. `address`: of another page of it. Where there are other pages, all rows are counted by a statement of its own.
 *
 * @throws as readPage()
 */
export async function showList<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  address: (place: { after?: string; before?: string }) => string,
): Promise<Shown<Row>> {
  return showListWith(list, reading, address, () => Promise.resolve(null))
}

/** The same with what else the page shows: what `besideOf` asks by ask() is asked together with the rows. */
export async function showListWith<Query extends Asked, Row, Raw extends object, Of, Beside>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  address: (place: { after?: string; before?: string }) => string,
  besideOf: () => Promise<Beside>,
): Promise<Shown<Row> & { beside: Beside }> {
  const [{ counted, ...page }, beside] = await Promise.all([countedPage(list, reading), besideOf()])
  const pager = pagerOf(page, reading.query, address)
  return { rows: page.rows, lookedTo: page.lookedTo, ...counted, pager, beside }
}

async function countedPage<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
): Promise<Page<Row> & { counted: Counted }> {
  // What only grows is counted once, by what an index knows: together with the rows.
  const counting = list.times && list.onlyGrows?.(reading.query) ? maybeCount(list, reading) : null
  const [page, known] = await Promise.all([readPage(list, reading), counting])
  if (counting) return { ...page, counted: upTo(known) }
  const { rows, lookedTo } = page
  const isAll = !(page.before || page.after || lookedTo || isPlaced(reading.query))
  // What could not be found in time from the beginning cannot be counted in time either.
  const isTooFar = lookedTo !== null && ('stopped' in lookedTo || !isPlaced(reading.query))
  const counted = isAll ? upTo(rows.length) : isTooFar ? upTo(null) : await count(list, reading, page)
  return { ...page, counted }
}

type Counted = Pick<Shown<unknown>, 'count' | 'countedMax'>

const upTo = (count: number | null): Counted => ({ count, countedMax: COUNTED_MAX })

/** What is known of a search in a long list by its page alone, which is full: that there are more. */
async function count<Query extends Asked, Row, Raw extends object, Of>(
  list: List<Query, Row, Raw, Of>,
  reading: Reading<Query, Of>,
  page: Page<Row>,
): Promise<Counted> {
  const { size } = list
  if (page.isDense && (await isLong(list, reading))) return { count: size + 1, countedMax: size }
  return upTo(await maybeCount(list, reading, page))
}

/** The addresses of the pages beside a page. */
export function pagerOf<Row>(
  { rows, before, after }: Pick<Page<Row>, 'rows' | 'before' | 'after'>,
  query: Asked,
  address: (place: { after?: string; before?: string }) => string,
): Shown<Row>['pager'] {
  // A page of a search on which nothing was found has no row to go back from: it leads to the beginning.
  const newer = before ?? (rows.length === 0 && isPlaced(query) ? '' : null)
  return {
    newer: newer === null ? null : address(newer === '' ? {} : { before: newer }),
    older: after && address({ after }),
  }
}

/** Whether the address asks for another page than the first. */
export const isPlaced = ({ after, before }: Asked) => Boolean(after || before)
