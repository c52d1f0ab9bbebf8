import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ConcurrencyLimit, LimitReached } from '../../src/concurrency-limit.ts'
import { atOnce, countStatuses } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { statementTexts } from '../support/statements.ts'
import { type Answer, type Visitor, wordsOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

describe('a limit', () => {
  const limitOf = (bounds = {}) =>
    new ConcurrencyLimit({ atOnce: 1, waitingMax: 2, waitMsMax: 50, ...bounds })

  test('lets in by turns, in the order in which they came', async () => {
    const limit = limitOf({ waitMsMax: 5_000 })
    const first = await limit.enter()
    const order: number[] = []
    const others = [1, 2].map(async (number) => {
      const slot = await limit.enter()
      order.push(number)
      expect(slot.waitedMs).toBeGreaterThan(0)
      slot.leave()
    })
    expect(order).toEqual([])
    first.leave()
    first.leave()
    await Promise.all(others)
    expect(order).toEqual([1, 2])
    expect(limit.isEmpty).toBe(true)
  })

  test('is full at once where too many wait, and after a while for each of them', async () => {
    const limit = limitOf()
    await limit.enter()
    const waiting = [limit.enter(), limit.enter()]
    await expect(limit.enter()).rejects.toThrow(LimitReached)
    for (const one of waiting) await expect(one).rejects.toThrow(LimitReached)
  })

  test('whoever goes away never gets in', async () => {
    const limit = limitOf()
    const first = await limit.enter()
    const gone = new AbortController()
    let isIn = false
    void limit.enter(gone.signal).then(() => (isIn = true))
    gone.abort()
    first.leave()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect([isIn, limit.isEmpty]).toEqual([false, true])
  })
})

describe("one person's pages", () => {
  let purser: RunningPurser
  let owner: Visitor
  let holder: pg.Client
  beforeAll(async () => {
    purser = await startPurser()
  })
  afterAll(() => purser.stop())

  /** While tags are locked, the page of tags waits for the database, for up to five seconds. */
  beforeEach(async () => {
    owner = await purser.as(purser.northwind.staff.owner)
    holder = new pg.Client(purser.database.ownerUrl)
    await holder.connect()
    await holder.query('begin; lock table tags')
  })
  afterEach(() => holder.end())

  const inDatabase = async (count: number) =>
    waitFor(async () => {
      const { rows } = await holder.query<{ waiting: string }>(
        `select count(distinct pid) as waiting from pg_locks where not granted`,
      )
      return Number(rows[0]?.waiting) === count
    })

  const stillPending = Symbol()
  const isPending = async (answer: Promise<Answer>) =>
    (await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300, stillPending))])) ===
    stillPending

  test('are worked on two at a time, in whatever browser; nobody else waits for them', async () => {
    const elsewhere = await purser.as(purser.northwind.staff.owner)
    const hanging = [owner.get('/tags'), elsewhere.get('/tags')]
    await inDatabase(2)
    const third = owner.get('/account/password')
    expect(await isPending(third)).toBe(true)
    const finance = await purser.as(purser.northwind.staff.finance)
    expect((await finance.get('/account/password')).status).toBe(200)
    expect((await owner.get('/assets/app.css')).status).not.toBe(503)
    expect((await owner.get('/healthz')).status).toBe(200)
    await holder.query('rollback')
    expect((await Promise.all([...hanging, third])).map(({ status }) => status)).toEqual([200, 200, 200])
  })

  test('fifty wait; one more is told to come back, in words', async () => {
    const hanging = [owner.get('/tags'), owner.get('/tags')]
    await inDatabase(2)
    const answers = atOnce(55, () => owner.get('/account/password'))
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await holder.query('rollback')
    await Promise.all(hanging)
    const all = await answers
    expect(countStatuses(all)).toEqual({ 200: 50, 503: 5 })
    const refused = all.find(({ status }) => status === 503) as Answer
    expect(refused.headers.get('retry-after')).toBe('5')
    expect(wordsOf(refused)).toContain('No changes were made. Try again in a moment.')
  })

  test("a session that ended while its page waited is nobody's", async () => {
    const hanging = [owner.get('/tags'), owner.get('/tags')]
    await inDatabase(2)
    const third = owner.get('/customers')
    expect(await isPending(third)).toBe(true)
    await purser.services.database.prisma.session.deleteMany({
      where: { staffId: purser.northwind.staff.owner.id },
    })
    await holder.query('rollback')
    await Promise.all(hanging)
    expect(await third).toMatchObject({ status: 303, location: expect.stringContaining('/login') as string })
  })

  test('one whose reader has gone away while it waited is not worked for', async () => {
    const hanging = [owner.get('/tags'), owner.get('/tags')]
    await inDatabase(2)
    const gone = new AbortController()
    const headers = { Cookie: [...owner.cookies].map((pair) => pair.join('=')).join('; ') }
    const third = fetch(`${owner.url}/audit`, { headers, signal: gone.signal }).catch(() => 'gone')
    await new Promise((resolve) => setTimeout(resolve, 300))
    gone.abort()
    expect(await third).toBe('gone')
    const said = await statementTexts(async () => {
      await holder.query('rollback')
      await Promise.all(hanging)
      await owner.get('/account/password')
    })
    expect(said.filter((text) => text.includes('from audit_rows'))).toEqual([])
  })

  test('one whose reader goes away keeps its place until the work for it is over', async () => {
    const gone = new AbortController()
    const headers = { Cookie: [...owner.cookies].map((pair) => pair.join('=')).join('; ') }
    const abandoned = [1, 2].map(() =>
      fetch(`${owner.url}/tags`, { headers, signal: gone.signal }).catch(() => 'gone'),
    )
    await inDatabase(2)
    gone.abort()
    await Promise.all(abandoned)
    const next = owner.get('/account/password')
    expect(await isPending(next)).toBe(true)
    await holder.query('rollback')
    expect((await next).status).toBe(200)
  })
})
