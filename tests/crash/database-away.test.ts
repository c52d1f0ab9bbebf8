import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { Load } from '../support/load.ts'
import { PurserProcess } from '../support/process.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { verifyLedger } from '../support/rounds.ts'
import { Visitor, tokenOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'
import { Way } from '../support/way.ts'

const AWAY_SECONDS = 10

let purser: RunningPurser
let way: Way
let child: PurserProcess
beforeAll(async () => {
  purser = await startPurser()
  way = new Way(new URL(purser.database.appUrl))
  const port = String(await way.listen())
  const through = (url: string) => Object.assign(new URL(url), { port }).href
  child = new PurserProcess({
    env: {
      APP_KEY: Buffer.alloc(32, 7).toString('base64'),
      DATABASE_URL: through(purser.database.appUrl),
      DATABASE_OWNER_URL: through(purser.database.ownerUrl),
    },
  })
})
afterAll(async () => {
  await child.end('SIGKILL')
  way.close()
  await purser.stop()
})

test('the database away for ten seconds under load: 503 with Retry-After, nothing lost, and back without a restart', async () => {
  const url = await child.ready()
  const browser = new Visitor(url)
  await browser.submit(await browser.get('/login'), {
    email: purser.northwind.staff.finance.email,
    password: 'correct horse battery staple',
  })
  const customers = await Promise.all(Array.from({ length: 5 }, () => makeCustomer(purser.northwind)))
  const load = new Load({ browser, csrf: await tokenOf(browser), customers, workers: 8 })
  load.start()
  await waitFor(() => load.acknowledged.length > 50, { what: 'postings before' })

  way.cut()
  // What was on its way back at the cut may still arrive, also late in a slow process.
  await wait(2_000)
  const page = await browser.get('/customers')
  expect([page.status, page.headers.get('Retry-After')]).toEqual([503, expect.stringMatching(/^\d+$/)])
  expect((await browser.get('/healthz')).status).toBe(200)
  expect((await browser.get('/readyz')).status).toBe(503)
  const before = load.acknowledged.length
  await wait((AWAY_SECONDS - 2) * 1000)
  expect(load.acknowledged.length).toBe(before)
  way.mend()

  await waitFor(() => load.acknowledged.length > before + 50, { msMax: 60_000, what: 'postings afterwards' })
  await load.stop()
  expect(child.running).toBe(true)
  expect(load.seen.unexpected).toEqual([])
  expect(load.seen.unavailable.length).toBeGreaterThan(0)
  for (const { retryAfter, text } of load.seen.unavailable) {
    expect(retryAfter).toMatch(/^\d+$/)
    expect(text).not.toMatch(/at .*\.ts:|ECONN|Prisma/)
  }

  const postings = await purser.services.database.prisma.posting.findMany({ select: { key: true } })
  expect(postings.map(({ key }) => key).toSorted()).toEqual(
    load.acknowledged.map(({ key }) => key).toSorted(),
  )
  expect(await verifyLedger(purser.services.database, {})).toMatchObject({ fault: null })
})
