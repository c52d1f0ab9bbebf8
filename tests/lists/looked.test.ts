import { afterAll, beforeAll, expect, test } from 'vitest'
import { CustomerQuery, customers } from '../../src/customers/list.ts'
import { maybeCount } from '../../src/lists/count.ts'
import { listFile } from '../../src/lists/file.ts'
import { type Page, readPage } from '../../src/lists/page.ts'
import { makeCrowd, mixedCrowd } from '../support/crowd.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

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

type Step = Page<{ id: string }>

/** All pages from there on, one way. */
async function walk(query: Record<string, string>, way: 'after' | 'before'): Promise<Step[]> {
  const pages: Step[] = []
  for (let cursor: string | null = query[way] ?? ''; cursor !== null;) {
    const page: Step = await readPage(customers, reading({ ...query, [way]: cursor }), LOOKS)
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

test.each(FILTERS.flatMap((filter) => SORTS.map((sort): Record<string, string> => ({ ...filter, sort }))))(
  'a search for %o goes on where it stopped, both ways, and misses nothing',
  async (query) => {
    const expected = await idsInFile(query)
    expect(expected.length).toBeGreaterThan(20)
    const onwards = await walk(query, 'after')
    expect(onwards.flatMap(({ rows }) => rows.map(({ id }) => id))).toEqual(expected)
    // The state alone has an index in the order of time.
    const isIndexed = !query.type && /^$|registeredAt/.test(query.sort ?? '')
    expect(onwards.some(({ lookedTo }) => lookedTo !== null)).toBe(!isIndexed)
    expect(onwards.at(-1)?.lookedTo).toBeNull()
    expect(await maybeCount(customers, reading(query))).toBe(expected.length)

    // From the last page that has a way back, to the beginning.
    const back = onwards.findLast(({ before }) => before !== null)
    const backwards = await walk({ ...query, before: back?.before ?? '' }, 'before')
    // The first page is shown whole, with rows of the page behind it.
    const before = new Set(backwards.toReversed().flatMap(({ rows }) => rows.map(({ id }) => id)))
    const missed = expected.slice(0, expected.indexOf(back?.rows[0]?.id ?? ''))
    expect([...before].slice(0, missed.length)).toEqual(missed)
  },
)

test('how far was looked is said by what the list is sorted by', async () => {
  const looked = async (sort: string) =>
    (await readPage(customers, reading({ type: 'enterprise', sort }), LOOKS)).lookedTo
  expect(await looked('')).toMatchObject({ at: expect.any(Date), isOlder: true })
  expect(await looked('registeredAt')).toMatchObject({ at: expect.any(Date), isOlder: false })
  expect(await looked('-balance')).toMatchObject({ amount: expect.any(BigInt) })
  expect(await looked('email')).toMatchObject({ text: expect.stringContaining('@') })
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
  const back = await readPage(customers, reading({ ...query, before }), LOOKS)
  const start = await readPage(customers, reading(query), LOOKS)
  expect([back.rows, back.after]).toEqual([start.rows, start.after])
})
