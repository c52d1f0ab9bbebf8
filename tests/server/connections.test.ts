import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectionsOf } from '../../src/database/connections.ts'
import { type Member, PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { PurserProcess } from '../support/process.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { enter } from '../support/login-as.ts'
import { Visitor } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

let scene: RunningPurser
let holder: pg.Client
beforeAll(async () => {
  scene = await startPurser()
  holder = new pg.Client(scene.database.ownerUrl)
  await holder.connect()
})
afterAll(async () => {
  await holder.end()
  await scene.stop()
})

/** By this name the database knows the connections of the process that is measured. */
const NAME = 'counted'

async function logIn(url: string, { email }: Member): Promise<Visitor> {
  const browser = new Visitor(url)
  const answer = await browser.submit(await browser.get('/login'), { email, password: PASSWORD })
  if (answer.status !== 303) throw new Error(`${email} could not log in: ${answer.status}`)
  return browser
}

test.each([1, 2])(
  'under pages, files, ReadOnly Logins and jobs, %i process(es) open no more connections than the table says',
  async (processes) => {
    const url = new URL(scene.database.appUrl)
    url.searchParams.set('application_name', NAME)
    const purser = new PurserProcess({
      env: {
        APP_KEY: Buffer.alloc(32, 7).toString('base64'),
        DATABASE_URL: url.href,
        DATABASE_OWNER_URL: scene.database.ownerUrl,
        WEB_CONCURRENCY: String(processes),
      },
    })
    const watch = new pg.Client(scene.database.appUrl)
    await watch.connect()
    const open = async () => {
      const { rows } = await watch.query<{ open: number }>(
        `select count(*)::int as open from pg_stat_activity where datname = current_database() and application_name = $1`,
        [NAME],
      )
      return rows[0]?.open ?? 0
    }
    try {
      const address = await purser.ready()
      const customer = await makeCustomer(scene.northwind)
      const members = [scene.northwind, scene.eastgate].flatMap((house) =>
        Array.from({ length: 8 }, () => makeMember(house, 'owner')),
      )
      const browsers: Visitor[] = []
      for (const member of await Promise.all(members)) browsers.push(await logIn(address, member))
      const standIns = browsers.slice(0, 4)
      for (const browser of standIns) expect((await enter(browser, customer, 'readonly')).status).toBe(200)

      // What each of these asks for waits, for as long as it may, and keeps its connection.
      await holder.query('begin; lock table tags, entries')
      let isOver = false
      const asked = Promise.all([
        ...browsers.flatMap((browser) => [browser.get('/tags'), browser.get('/customers/export.csv')]),
        ...standIns.flatMap((browser) => [browser.get('/console/billing'), browser.get('/console/billing')]),
      ]).finally(() => (isOver = true))
      const seen: number[] = []
      await waitFor(async () => {
        seen.push(await open())
        return Math.max(...seen) > 15 || isOver
      })
      for (let more = 0; more < 20; more++) seen.push(await open())
      await holder.query('rollback')
      await asked
      seen.push(await open())
      expect(Math.max(...seen)).toBeGreaterThan(10)
      expect(Math.max(...seen)).toBeLessThanOrEqual(connectionsOf(processes))
      console.info(
        `${processes} process(es): ${Math.max(...seen)} of ${connectionsOf(processes)} connections`,
      )
    } finally {
      await watch.end()
      await purser.end()
    }
  },
)
