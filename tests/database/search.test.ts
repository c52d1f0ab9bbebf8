import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { connect, disconnect } from '../../src/database/client.ts'
import { SearchStopped, search } from '../../src/database/search.ts'
import { Refusal } from '../../src/words/refusal.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { valueOf, wordsOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

let purser: RunningPurser
let holder: pg.Client
beforeAll(async () => {
  purser = await startPurser()
  await makeCustomer(purser.northwind, { email: 'ada@search.example' })
})
afterAll(() => purser.stop())

/** Whatever `holder` locks, others wait for. */
beforeEach(async () => {
  holder = new pg.Client(purser.database.ownerUrl)
  await holder.connect()
  await holder.query('begin')
})
afterEach(() => holder.end())

test('what is searched by is in the index at once: no search reads a list beside it, and no change has to empty one', async () => {
  const { rows } = await purser.owner.pool.query(
    `select c.relname, c.reloptions from pg_class c join pg_am on pg_am.oid = c.relam and amname = 'gin'
     where relnamespace = 'public'::regnamespace`,
  )
  expect(rows).toEqual([{ relname: 'customer_search_words_idx', reloptions: ['fastupdate=off'] }])
})

describe('a search that takes too long', () => {
  test.each([
    ['customers', '/customers?q=ad', 'customer_search'],
    ['events', '/audit?person=customers&event=customer.logged_in', 'audit_rows'],
  ])('of %s is given up, and the list says so', async (_what, address, table) => {
    const owner = await purser.as(purser.northwind.staff.owner)
    const stranger = await purser.as(purser.eastgate.staff.owner)
    await holder.query(`lock table ${table}`)
    const [answer, teams] = await Promise.all([owner.get(address), stranger.get('/customers/new?q=ad')])
    const says = 'The search took too long and was stopped. Try again in a moment, or narrow it down.'
    expect([answer.status, wordsOf(answer)]).toEqual([200, expect.stringContaining(says)])
    if (table === 'customer_search') {
      expect(valueOf(answer, 'q')).toBe('ad')
      // That of teams leaves the form that it stands in.
      expect([teams.status, wordsOf(teams)]).toEqual([
        200,
        expect.stringContaining('More teams match than are shown.'),
      ])
    }
    await holder.query('rollback')
    expect(wordsOf(await owner.get(address))).not.toContain(says)
  })
})

describe('searches at once', () => {
  /** A number of this file alone, for locks that stand for something else. */
  const LOCKS = 20_261_128

  /** A search that waits for `holder`; the database says of which reseller. */
  const searchOf = (database: ReturnType<typeof connect>, reseller: number) =>
    search(
      { database, reseller: { ...purser.northwind.reseller, id: String(reseller) } },
      { text: 'select pg_advisory_xact_lock($1, $2)', values: [LOCKS, reseller] },
    )
  const hold = (...resellers: number[]) =>
    holder.query('select pg_advisory_xact_lock($1, n) from unnest($2::int[]) as n', [LOCKS, resellers])

  const underWay = async () => {
    const { rows } = await holder.query<{ reseller: number }>(
      `select objid::int as reseller from pg_locks where not granted and classid = $1`,
      [LOCKS],
    )
    return rows.map(({ reseller }) => reseller)
  }

  test('are two of one reseller, and four of ten connections; the others are for pages', async () => {
    const database = connect(purser.database.appUrl, { max: 10, onError: () => {} })
    try {
      await hold(1, 2, 3)
      const asked = Promise.allSettled([1, 1, 1, 1, 2, 2, 2, 3, 3].map((id) => searchOf(database, id)))
      const seen: number[][] = []
      await waitFor(async () => seen.push(await underWay()) > 0 && seen.at(-1)?.length === 4)
      expect((await database.pool.query('select 1')).rowCount).toBe(1)
      seen.push(await underWay())
      await holder.query('rollback')
      for (const now of seen) {
        expect(now.length).toBeLessThanOrEqual(4)
        for (const id of [1, 2, 3]) expect(now.filter((one) => one === id).length).toBeLessThanOrEqual(2)
      }
      for (const outcome of await asked) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(Refusal)
      }
    } finally {
      await disconnect(database)
    }
  })

  test('leave nothing behind on their connection', async () => {
    const database = connect(purser.database.appUrl, { max: 1, onError: () => {} })
    try {
      await hold(1)
      await expect(searchOf(database, 1)).rejects.toThrow(SearchStopped)
      const { rows } = await database.pool.query('show statement_timeout')
      expect(rows).toEqual([{ statement_timeout: '15s' }])
      expect(
        (
          await search(
            { database, reseller: purser.northwind.reseller },
            { text: 'select 1 as one', values: [] },
          )
        )[0],
      ).toEqual({ one: 1 })
    } finally {
      await disconnect(database)
    }
  })
})
