import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { runCommand } from '../support/command.ts'
import { PurserProcess } from '../support/process.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

// Whole processes, each of which takes its time where the machine is busy with other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const APP_KEY = randomBytes(32).toString('base64')

let one: RunningPurser
let other: RunningPurser
let purser: PurserProcess | undefined
beforeAll(async () => {
  one = await startPurser()
  other = await startPurser()
})
afterEach(() => purser?.end('SIGKILL'))
afterAll(() => Promise.all([one.stop(), other.stop()]))

async function whatIsSaid(env: Record<string, string>) {
  purser = new PurserProcess({ env: { APP_KEY, ...env } })
  expect(await purser.ended()).toBe(1)
  return purser.err
}

describe('addresses of the database', () => {
  test('that are swapped are named, by a start and by a command', async () => {
    const env = { DATABASE_URL: one.database.ownerUrl, DATABASE_OWNER_URL: one.database.appUrl }
    expect(await whatIsSaid(env)).toMatch(
      /^DATABASE_URL and DATABASE_OWNER_URL are swapped: \S+ owns the tables/,
    )
    const { code, err } = await runCommand('ledger:verify', [], { APP_KEY, ...env })
    expect([code, err]).toEqual([1, expect.stringContaining('are swapped')])
  })

  test('of two databases are named', async () => {
    const env = { DATABASE_URL: one.database.appUrl, DATABASE_OWNER_URL: other.database.ownerUrl }
    expect(await whatIsSaid(env)).toMatch(
      /^DATABASE_URL and DATABASE_OWNER_URL point to two databases \(test_\w+ and test_\w+\)/,
    )
  })

  test("as the application's role alone are told to lack the owner", async () => {
    expect(await whatIsSaid({ DATABASE_URL: one.database.appUrl })).toMatch(
      /^The role \S+ of DATABASE_URL does not own the tables of test_\w+: set DATABASE_OWNER_URL/,
    )
  })
})

test('on every address of the machine and without APP_URL, a start says that links will not work, and so do commands', async () => {
  const env = { APP_KEY, DATABASE_URL: one.database.appUrl, DATABASE_OWNER_URL: one.database.ownerUrl }
  purser = new PurserProcess({ env: { ...env, HOST: '0.0.0.0' } })
  await purser.ready()
  expect(purser.err).toContain('HOST is 0.0.0.0 and APP_URL is not set, so links')
  const link = await runCommand('staff:link', ['owner@northwind.example'], env)
  expect(link.out).toMatch(/^http:\/\/0\.0\.0\.0:\d+\/set-password\/\S+$/m)
  expect(link.err).toMatch(/^Links that start with http:\/\/0\.0\.0\.0:\d+ will not work from other machines/)
})

test.each(['--help', '-h'])('npm start knows %s, and touches nothing for it', async (word) => {
  purser = new PurserProcess({
    flags: [word],
    env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' },
  })
  expect(await purser.ended()).toBe(0)
  expect([purser.out.startsWith('Usage: npm start'), purser.err]).toEqual([true, ''])
})

test.each(['staff:link', 'reseller:create', 'charges:import', 'ledger:verify', 'backup', 'restore'])(
  'npm run %s knows --help and odd options, and touches nothing for them',
  async (command) => {
    // Nothing answers there: whoever opened the database would say so.
    const env = { APP_KEY, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' }
    const help = await runCommand(command, ['--help'], env)
    expect([help.code, help.out.startsWith('Usage: npm run '), help.err]).toEqual([0, true, ''])
    const odd = await runCommand(command, ['--odd'], env)
    expect(odd.code).toBeGreaterThan(0)
    expect(odd.err).toContain("Unknown option '--odd'")
    expect(odd.err).toContain('Usage: npm run ')
  },
)
