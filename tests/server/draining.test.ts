import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Balancer } from '../support/balancer.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { Load } from '../support/load.ts'
import { PurserProcess } from '../support/process.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { verifyLedger } from '../support/rounds.ts'
import { Visitor, tokenOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

let scene: RunningPurser
const balancer = new Balancer()
const running = new Set<PurserProcess>()
beforeAll(async () => {
  scene = await startPurser()
})
afterAll(async () => {
  await Promise.all([...running].map((purser) => purser.end('SIGKILL')))
  await balancer.stop()
  await scene.stop()
})

function start(env: Record<string, string> = {}): PurserProcess {
  const { appUrl, ownerUrl } = scene.database
  const key = Buffer.alloc(32, 7).toString('base64')
  const purser = new PurserProcess({
    env: { APP_KEY: key, DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, ...env },
  })
  running.add(purser)
  return purser
}

/** Starts one behind the balancer. */
async function join(env: Record<string, string>) {
  const purser = start(env)
  const url = await purser.ready()
  await balancer.add(url)
  return { purser, url }
}

test(
  'behind a balancer that asks /readyz, one after the other is stopped and started under load: no request is cut',
  { timeout: 240_000 },
  async () => {
    const address = await balancer.start()
    const servers = [await join({ WEB_CONCURRENCY: '2' }), await join({})]
    const browser = new Visitor(address)
    const { email } = scene.northwind.staff.finance
    const login = await browser.submit(await browser.get('/login'), { email, password: PASSWORD })
    expect(login.status).toBe(303)
    const customers = await Promise.all(Array.from({ length: 4 }, () => makeCustomer(scene.northwind)))
    const load = new Load({ browser, csrf: await tokenOf(browser), customers, workers: 6 })
    load.start()
    for (const [place, signal] of (['SIGTERM', 'SIGHUP', 'SIGINT'] as const).entries()) {
      const { purser, url } = servers[place % 2] as (typeof servers)[0]
      await pause(1_000)
      const { code } = await purser.end(signal)
      expect([signal, code, purser.err]).toEqual([signal, 0, expect.not.stringContaining('were aborted')])
      balancer.remove(url)
      servers[place % 2] = await join(place === 0 ? { WEB_CONCURRENCY: '2' } : {})
    }
    await load.stop()
    console.info(`${load.acknowledged.length} postings, ${balancer.cut.length} cut`)
    expect(balancer.cut).toEqual([])
    expect(load.seen).toEqual({ unavailable: [], unexpected: [], broken: [] })
    expect(load.acknowledged.length).toBeGreaterThan(100)
    expect(await verifyLedger(scene.services.database, {})).toMatchObject({ fault: null })
  },
)

test.each([1, 2])(
  'while it drains, %i process(es) say 503 at /readyz, answer all else, and end each connection',
  async (processes) => {
    const purser = start({ WEB_CONCURRENCY: String(processes) })
    const url = await purser.ready()
    const before = await fetch(`${url}/login`)
    expect(before.headers.get('keep-alive')).toBe('timeout=620')
    const ended = purser.end()
    await waitFor(async () => (await fetch(`${url}/readyz`)).status === 503)
    for (let time = 0; time < 4; time++) {
      const asked = await fetch(`${url}/readyz`)
      expect([asked.status, await asked.json()]).toEqual([503, { ready: false, isEnding: true }])
      const page = await fetch(`${url}/login`)
      expect([page.status, page.headers.get('connection')]).toEqual([200, 'close'])
    }
    const { code, ms } = await ended
    expect(code).toBe(0)
    expect(ms).toBeGreaterThanOrEqual(2_000)
    expect(ms).toBeLessThan(10_000)
  },
)

test.each([
  ['0', 0, 1_900],
  ['4', 4_000, 9_900],
])('DRAIN_SECONDS=%s is how long it goes on', async (seconds, least, most) => {
  const purser = start({ DRAIN_SECONDS: seconds })
  await purser.ready()
  const { code, ms } = await purser.end()
  expect(code).toBe(0)
  expect(ms).toBeGreaterThanOrEqual(least)
  expect(ms).toBeLessThan(most)
})
