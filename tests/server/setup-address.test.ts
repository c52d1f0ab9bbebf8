import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type ClonedDatabase, cloneDatabase } from '../setup/worker.ts'
import { PurserProcess } from '../support/process.ts'
import { startPurser } from '../support/purser.ts'
import { Visitor } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

// Whole processes, each with a database server to start: slow where the machine is busy with other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let empty: ClonedDatabase
let purser: PurserProcess
beforeAll(async () => {
  empty = await cloneDatabase()
})
afterEach(() => purser.end('SIGKILL'))
afterAll(() => empty.drop())

const start = ({ appUrl, ownerUrl }: ClonedDatabase, env: Record<string, string> = {}) => {
  purser = new PurserProcess({ env: { DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, ...env } })
  return purser.ready()
}
const setupAddress = () => waitFor(() => /(http:\S+\/setup\?token=\S+)/.exec(purser.out)?.[1])

test('on an empty database it prints a set-up address that leads to the form, also with several processes', async () => {
  for (const WEB_CONCURRENCY of ['1', '2']) {
    const url = await start(empty, { WEB_CONCURRENCY })
    const address = new URL(await setupAddress())
    expect(address.origin).toBe(url)
    for (let i = 0; i < 4; i++) {
      const page = await new Visitor(url).get(address.pathname + address.search)
      expect(page.html.querySelector('input[name="reseller"]')).not.toBeNull()
    }
    expect((await purser.end()).code).toBe(0)
  }
})

test('SETUP_TOKEN fixes its token', async () => {
  await start(empty, { SETUP_TOKEN: 'chosen-by-the-operator' })
  expect(await setupAddress()).toMatch(/\/setup\?token=chosen-by-the-operator$/)
})

test('with a reseller there is none', async () => {
  const other = await startPurser()
  await start(other.database)
  expect(purser.out).not.toContain('/setup')
  await other.stop()
})
