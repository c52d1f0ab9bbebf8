import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Member, PASSWORD, makeMember } from '../support/cast.ts'
import { PurserProcess } from '../support/process.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { makeTag } from '../support/scene.ts'
import { Visitor } from '../support/visit.ts'

/** People who read what is slow, each in as many tabs as one person may have at work at once. */
const PEOPLE = 8
const TABS = 2
const SECONDS = 12

let purser: RunningPurser
let child: PurserProcess
let url: string
let owner: pg.Client
beforeAll(async () => {
  purser = await startPurser()
  const { appUrl, ownerUrl } = purser.database
  child = new PurserProcess({ env: { DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl } })
  url = await child.ready()
  owner = new pg.Client(ownerUrl)
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await child.end('SIGTERM')
  await purser.stop()
})

async function logIn({ email }: Member): Promise<Visitor> {
  const browser = new Visitor(url)
  const answer = await browser.submit(await browser.get('/login'), { email, password: PASSWORD })
  expect(answer.status).toBe(303)
  return browser
}

/** Makes every look of the application into a table that is not empty last so long. */
async function slowDown(table: string, seconds: number) {
  await owner.query(
    `begin;
     alter table ${table} enable row level security;
     create policy slow on ${table} using ((select pg_sleep(${seconds})) is not null);
     commit`,
  )
  return () =>
    owner.query(
      `begin; drop policy slow on ${table}; alter table ${table} disable row level security; commit`,
    )
}

interface Heard {
  path: string
  status: number
  ms: number
}

async function ask(browser: Visitor, path: string): Promise<Heard> {
  const before = performance.now()
  const { status } = await browser.get(path)
  return { path, status, ms: Math.round(performance.now() - before) }
}

async function askUntil(isOver: () => boolean, browser: Visitor, paths: readonly string[]) {
  const heard: Heard[] = []
  for (let turn = 0; !isOver(); turn++) heard.push(await ask(browser, paths[turn % paths.length] as string))
  return heard
}

test.each([2.5, 10])(
  'statements of %d s on one table, more than there are connections: pages without it answer, all within 6 s',
  async (seconds) => {
    const readers = await Promise.all(
      Array.from({ length: PEOPLE }, async () => logIn(await makeMember(purser.northwind, 'owner'))),
    )
    const other = await logIn(await makeMember(purser.eastgate, 'owner'))
    await makeTag(purser.northwind)
    const mend = await slowDown('tags', seconds)
    let isOver = false
    const over = () => isOver
    try {
      const slow = readers.flatMap((browser) =>
        Array.from({ length: TABS }, () => askUntil(over, browser, ['/tags'])),
      )
      await wait(300)
      const others = [
        askUntil(over, other, ['/staff', '/account', '/invites']),
        askUntil(over, new Visitor(url), ['/login', '/readyz']),
      ]
      await wait(SECONDS * 1_000)
      isOver = true
      const [slowHeard, heard] = [(await Promise.all(slow)).flat(), (await Promise.all(others)).flat()]
      const slowest = (of: Heard[]) => Math.max(...of.map(({ ms }) => ms))
      console.info(
        `${seconds} s: ${slowHeard.length} slow pages, slowest ${slowest(slowHeard)} ms; ${heard.length} others, slowest ${slowest(heard)} ms`,
      )
      expect(heard.filter(({ status }) => status !== 200)).toEqual([])
      expect(heard.length).toBeGreaterThan(SECONDS)
      expect(slowHeard.filter(({ status }) => ![200, 503].includes(status))).toEqual([])
      expect(slowHeard.filter(({ ms }) => ms > 9_000)).toEqual([])
    } finally {
      isOver = true
      await mend()
    }
    expect((await ask(readers[0] as Visitor, '/tags')).status).toBe(200)
  },
)
