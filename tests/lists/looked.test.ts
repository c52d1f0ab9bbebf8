import { afterAll, beforeAll, expect, test } from 'vitest'
import { CustomerQuery, customers } from '../../src/customers/list.ts'
import { search } from '../../src/database/search.ts'
import { maybeCount } from '../../src/lists/count.ts'
import { listFile } from '../../src/lists/file.ts'
import { type Page, readPage } from '../../src/lists/page.ts'
import { orderOf } from '../../src/lists/list.ts'
import { cursorOf, writeCursor } from '../../src/lists/order.ts'
import { CUSTOMER_ROWS } from '../../src/people/customer.ts'
import { makeCustomer } from '../support/cast.ts'
import { makeCrowd, mixedCrowd } from '../support/crowd.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { statementTexts } from '../support/statements.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
  await makeCrowd(purser.northwind, mixedCrowd(330), { from: 1 })
})
afterAll(() => purser.stop())

/** A few rows by a step and no patience: as if the list were very long. */
const LOOKS = { first: 23, most: 23, patienceMs: -1 }

const reading = (query: Record<string, string>) => ({
  actor: purser.northwind.system,
  of: null,
  query: CustomerQuery.parse(query),
})

/** The customers gone through one by one, as if none of the filters had an index. */
const unindexed: typeof customers = { ...customers, table: () => CUSTOMER_ROWS, ranges: () => null }

type Step = Page<{ id: string }>

/** All pages from there on, one way. */
async function walk(
  query: Record<string, string>,
  way: 'after' | 'before',
  list = unindexed,
): Promise<Step[]> {
  const pages: Step[] = []
  for (let cursor: string | null = query[way] ?? ''; cursor !== null;) {
    const page: Step = await readPage(list, reading({ ...query, [way]: cursor }), LOOKS)
    pages.push(page)
    cursor = page[way]
    if (pages.length > 100) throw new Error('This list has no end.')
  }
  return pages
}

/** The rows of the file, which looks at all of them at once. */
async function idsInFile(query: Record<string, string>): Promise<string[]> {
  const file = listFile(customers, reading(query))
  let text = ''
  for await (const { bytes } of file.pieces(purser.services.database.pool)) text += bytes.toString()
  return [...text.matchAll(/\b[0-9A-F]{10}\b/g)].map(([id]) => id)
}

const FILTERS: Record<string, string>[] = [
  { state: 'OFF' },
  { type: 'enterprise' },
  { state: 'ON', type: 'individual' },
]
const SORTS = ['', 'email', '-email', 'balance', '-balance', 'credits', '-credits', 'registeredAt']

const QUERIES = FILTERS.flatMap((filter) =>
  SORTS.map((sort): Record<string, string> => ({ ...filter, sort })),
)

test.each(QUERIES)(
  'a search for %o goes on where it stopped, both ways, and misses nothing',
  async (query) => {
    expect(await everywhere(query, unindexed)).toContain(true)
    for (const isDense of [false, true]) {
      expect(await maybeCount(unindexed, reading(query), { isDense })).toBe((await idsInFile(query)).length)
    }
  },
)

const TAGGED = ['', 'registeredAt'].flatMap((sort): Record<string, string>[] => [
  { tag: 'VIP', sort },
  { tag: 'VIP', state: 'ON', sort },
])

// Postings would write what balances are sorted by: there, types are looked up one by one.
test.each([...QUERIES, ...TAGGED])(
  'and for %o nothing else is looked at, where an index has it in the order of the list',
  async (query) => {
    const isIndexed = !/balance|credits/.test(query.sort ?? '')
    expect((await everywhere(query, customers)).includes(true)).toBe(!isIndexed)
    expect(await maybeCount(customers, reading(query))).toBe((await idsInFile(query)).length)
  },
)

/** Goes through the list both ways and expects to miss nothing. Gives, for each page onwards, whether it was given up. */
async function everywhere(query: Record<string, string>, list: typeof customers): Promise<boolean[]> {
  const expected = await idsInFile(query)
  expect(expected.length).toBeGreaterThan(20)
  const onwards = await walk(query, 'after', list)
  expect(onwards.flatMap(({ rows }) => rows.map(({ id }) => id))).toEqual(expected)
  expect(onwards.at(-1)?.lookedTo).toBeNull()

  // From the last page that has a way back, to the beginning.
  const back = onwards.findLast(({ before }) => before !== null)
  const backwards = back ? await walk({ ...query, before: back.before ?? '' }, 'before', list) : []
  // The first page is shown whole, with rows of the page behind it.
  const before = new Set(backwards.toReversed().flatMap(({ rows }) => rows.map(({ id }) => id)))
  const missed = expected.slice(0, expected.indexOf(back?.rows[0]?.id ?? ''))
  expect([...before].slice(0, missed.length)).toEqual(missed)
  return onwards.map(({ lookedTo }) => lookedTo !== null)
}

test('how far was looked is said by what the list is sorted by', async () => {
  const looked = async (sort: string) =>
    (await readPage(unindexed, reading({ type: 'enterprise', sort }), LOOKS)).lookedTo
  expect(await looked('')).toMatchObject({ at: expect.any(Date), isOlder: true })
  expect(await looked('registeredAt')).toMatchObject({ at: expect.any(Date), isOlder: false })
  expect(await looked('-balance')).toMatchObject({ amount: expect.any(BigInt) })
  expect(await looked('email')).toMatchObject({ text: expect.stringContaining('@') })
})

test('a page that took more than two looks goes no further than some of its rows, and says how far', async () => {
  const looks = { first: 23, most: 23, patienceMs: 60_000 }
  const page = await readPage(unindexed, reading({ type: 'enterprise' }), looks)
  expect(page.rows.length).toBeGreaterThanOrEqual(10)
  expect(page.rows.length).toBeLessThan(50)
  expect(page.lookedTo).not.toBeNull()
  const next = await readPage(unindexed, reading({ type: 'enterprise', after: page.after ?? '' }), looks)
  const whole = await idsInFile({ type: 'enterprise' })
  const found = [...page.rows, ...next.rows].map(({ id }) => id)
  expect(found).toEqual(whole.slice(0, found.length))
})

test('a page that was full only then says so too', async () => {
  const { rows: all } = await readPage(unindexed, reading({ type: 'enterprise' }))
  const sparse: typeof customers = { ...unindexed, size: 4 as 50 }
  const looks = { first: 1, most: 1_000, patienceMs: 60_000 }
  const page = await readPage(sparse, reading({ type: 'enterprise' }), looks)
  expect(page.rows).toEqual(all.slice(0, 4))
  const last = all[3]?.registeredAt
  expect([page.lookedTo, page.after === null]).toEqual([{ at: last, isOnNext: true, isOlder: true }, false])
})

test('a cursor of another order, or of none, leads to the first page', async () => {
  const { after } = await readPage(customers, reading({ sort: 'email' }))
  const first = await readPage(customers, reading({ sort: '-balance' }))
  for (const wrong of [after, 'x', Buffer.from('-balance 1').toString('base64url')]) {
    expect(await readPage(customers, reading({ sort: '-balance', after: wrong ?? '' }))).toEqual(first)
  }
})

test('the way back from the first rows of a search leads to its beginning', async () => {
  const query = { type: 'enterprise', sort: 'email' }
  const [first] = (await walk(query, 'after')).flatMap(({ rows }) => rows)
  const page = (await walk(query, 'after')).find(({ rows }) => rows[0]?.id === first?.id)
  const before = page?.before ?? Buffer.from(`email ${'a@a.example'} 0000000000`).toString('base64url')
  const back = await readPage(unindexed, reading({ ...query, before }), LOOKS)
  const start = await readPage(unindexed, reading(query), LOOKS)
  expect([back.rows, back.after]).toEqual([start.rows, start.after])
})

test('an exact match is on the first page on the way back as well', async () => {
  const { email, id } = await makeCustomer(purser.northwind, { email: 'li@pinned.example' })
  const crowd = mixedCrowd(60).map((member, at) => ({
    ...member,
    email: `a${at}.li@pinned.example`,
    externalReference: `PIN ${at}`,
  }))
  await makeCrowd(purser.northwind, crowd, { from: 5_000 })
  const query = { q: email, sort: 'email' }
  const { rows, after } = await readPage(customers, reading(query))
  expect([rows.length, rows[0]?.id]).toEqual([50, id])
  // A page may begin anywhere: where a search stopped, for example. Before this one, 50 others are found.
  const next = await readPage(customers, reading({ ...query, after: after ?? '' }))
  const order = orderOf(customers, reading(query).query)
  const [fiftieth = ''] = next.rows.map((row) => writeCursor(cursorOf(row, order), order))
  const begin = await readPage(customers, reading({ ...query, after: fiftieth }))
  const back = await readPage(customers, reading({ ...query, before: begin.before ?? '' }))
  expect([back.before, back.rows.map((row) => row.id)]).toEqual([null, rows.map((row) => row.id)])
})

test('a search that an index has answered is asked of it at once, until too much fits', async () => {
  const rare = { q: 'quillfeather' }
  let isCommon = false
  const list: typeof customers = {
    ...customers,
    filters: {
      ...customers.filters,
      q: {
        ...customers.filters.q,
        find: (words, part, query) => {
          const found = customers.filters.q.find(words, part, query)
          if (!isCommon || !('rows' in found)) return found
          return { rows: `select hit.* from (${found.rows}) hit cross join generate_series(1, 10001) more` }
        },
      },
    },
  }
  const add = (name: string) =>
    makeCustomer(purser.northwind, { email: `${name}.quillfeather@customer.example` })
  const looks = { ...LOOKS, patienceMs: 10_000 }
  const { id: one } = await add('ada')
  const found: string[][] = []
  const find = async () => {
    const texts = await statementTexts(async () => {
      const { rows } = await readPage(list, reading(rare), looks)
      found.push(rows.map(({ id }) => id))
    })
    return texts.filter((text) => text.includes('customer_search')).length
  }
  expect(await find()).toBe(2)
  expect(await find()).toBe(1)
  const { id: two } = await add('bo')
  expect(await find()).toBe(1)
  isCommon = true
  await find()
  isCommon = false
  expect(await find()).toBe(2)
  expect(found).toEqual([[one], [one], ...[1, 2, 3].map(() => [two, one])])
})

test('what was found is shown though too many searches run to look for more', async () => {
  let statements = 0
  const fillTheLine = () =>
    Promise.allSettled(
      Array.from({ length: 60 }, () => search(purser.northwind.system, { text: 'select 1', values: [] })),
    )
  const crowded = (from: number): typeof customers => ({
    ...unindexed,
    filters: {
      ...customers.filters,
      type: {
        fits: (type, part) => {
          if (++statements >= from) void fillTheLine()
          return customers.filters.type.fits(type, part)
        },
      },
    },
  })
  const query = { type: 'enterprise', sort: 'email' }
  const [first] = await walk(query, 'after')
  // Asked for once to know whether this is a search, and then by each statement.
  const found = await readPage(crowded(3), reading(query), { ...LOOKS, patienceMs: 10_000 })
  expect(found).toEqual(first)
  expect(found.lookedTo).toEqual({ text: expect.any(String), isOnNext: true, isOlder: false })
  statements = 0
  await expect(readPage(crowded(2), reading(query), LOOKS)).rejects.toMatchObject({ status: 503 })
  statements = 0
  expect(await maybeCount(crowded(2), reading(query))).toBeNull()
})
