import path from 'node:path'
import { afterEach, beforeAll, afterAll, expect, test, vi } from 'vitest'
import { type ClonedDatabase, cloneDatabase } from '../setup/worker.ts'
import { PurserProcess } from '../support/process.ts'

// Whole processes, each of which takes its time where the machine is busy with other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const TELLS = path.resolve(import.meta.dirname, '../support/tell-express.mjs')

let database: ClonedDatabase
let purser: PurserProcess | undefined
beforeAll(async () => {
  database = await cloneDatabase()
})
afterEach(() => purser?.end('SIGKILL'))
afterAll(() => database.drop())

test.each([
  ['nothing', {}, 'production, keeps templates'],
  ['nothing in NODE_ENV', { NODE_ENV: '' }, 'production, keeps templates'],
  ['nothing, with several processes', { WEB_CONCURRENCY: '2' }, 'production, keeps templates'],
  ['NODE_ENV=production', { NODE_ENV: 'production' }, 'production, keeps templates'],
  ['NODE_ENV=development', { NODE_ENV: 'development' }, 'development, reads templates'],
])('started with %s, Express says what it has to', async (_what, env, works) => {
  purser = new PurserProcess({
    env: {
      DATABASE_URL: database.appUrl,
      DATABASE_OWNER_URL: database.ownerUrl,
      NODE_OPTIONS: `--import=${TELLS}`,
      ...env,
    },
  })
  const url = await purser.ready()
  expect((await fetch(`${url}/login`)).status).toBe(200)
  await vi.waitFor(() => expect(purser?.out).toContain(`express: ${works}`))
})
