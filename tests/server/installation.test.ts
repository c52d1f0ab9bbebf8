import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { loadDemo } from '../../prisma/demo/load.ts'
import { noteInstallation } from '../../src/database/installation.ts'
import { keyFingerprintOf } from '../../src/keys.ts'
import { runCommand } from '../support/command.ts'
import { PurserProcess } from '../support/process.ts'
import { type RunningPurser, startEmptyPurser, startPurser } from '../support/purser.ts'
import { Visitor } from '../support/visit.ts'

// Whole processes, each of which takes its time where the machine is busy with other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const key = () => randomBytes(32).toString('base64')
const [FIRST, SECOND, THIRD] = [key(), key(), key()]

let other: RunningPurser
let purser: PurserProcess | undefined
beforeAll(async () => {
  other = await startPurser()
})
afterEach(async () => {
  await purser?.end('SIGKILL')
})
afterAll(() => other.stop())

const on = (of: Pick<RunningPurser, 'database'>) => ({
  DATABASE_URL: of.database.appUrl,
  DATABASE_OWNER_URL: of.database.ownerUrl,
})
const start = (env: Record<string, string>, flags: string[] = []) => {
  purser = new PurserProcess({ env: { ...on(other), ...env }, flags })
  return purser
}
const link = (env: Record<string, string>) =>
  runCommand('staff:link', ['owner@northwind.example'], { ...on(other), ...env })
const addressIn = (out: string) => new URL(out.trim().split('\n').at(-1) ?? '')
const noted = () => other.owner.prisma.installation.findFirstOrThrow()
const linksMade = () => other.owner.prisma.oneTimeLink.count()

describe('the application’s key', () => {
  test('a database from before takes that of its next start, and a command notes none', async () => {
    expect(await link({ APP_KEY: SECOND })).toMatchObject({ code: 0, err: '' })
    expect(await noted()).toMatchObject({ keyFingerprint: null, address: null })
    await start({ APP_KEY: FIRST }).ready()
    await purser?.end()
    expect(await noted()).toMatchObject({
      keyFingerprint: keyFingerprintOf(Buffer.from(FIRST, 'base64')),
      isDemo: false,
    })
  })

  test('with another one, start and command say so and end, and nothing is made', async () => {
    expect(await start({ APP_KEY: SECOND }).ended()).toBe(1)
    expect(purser?.err).toMatch(
      /^This database was last started with a different APP_KEY than the one in the environment\. .*APP_KEY_PREVIOUS.*--new-key/,
    )
    const before = await linksMade()
    const refused = await link({ APP_KEY: SECOND })
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toMatch(/a different APP_KEY .* with the same APP_KEY as the service\.\n$/)
    const verified = await runCommand('ledger:verify', [], { ...on(other), APP_KEY: SECOND })
    expect(verified).toMatchObject({ code: 1, err: refused.err })
    expect(await linksMade()).toBe(before)
  })

  test('none is made in silence beside a database that is in use', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'purser-no-key-'))
    const file = path.join(dataDir, 'app-key')
    expect(await start({ APP_KEY: '', DATA_DIR: dataDir }).ended()).toBe(1)
    expect(purser?.err).toContain(`Restore ${file} from a backup`)
    const refused = await link({ APP_KEY: '', DATA_DIR: dataDir })
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toContain(`Restore ${file} from a backup`)
    expect(existsSync(file)).toBe(false)
    await rm(dataDir, { recursive: true })
  })

  test('while APP_KEY_PREVIOUS has the old one, a command’s link opens at both, and only a start notes the new one', async () => {
    const url = await start({ APP_KEY: FIRST }).ready()
    const made = await link({ APP_KEY: SECOND, APP_KEY_PREVIOUS: FIRST })
    expect(made).toMatchObject({ code: 0, err: '' })
    const { pathname } = addressIn(made.out)
    expect((await new Visitor(url).get(pathname)).status).toBe(200)
    await purser?.end()
    expect(await noted()).toMatchObject({ keyFingerprint: keyFingerprintOf(Buffer.from(FIRST, 'base64')) })

    const anew = await start({ APP_KEY: SECOND, APP_KEY_PREVIOUS: FIRST }).ready()
    expect((await new Visitor(anew).get(pathname)).status).toBe(200)
    expect(await noted()).toMatchObject({ keyFingerprint: keyFingerprintOf(Buffer.from(SECOND, 'base64')) })
    expect(await link({ APP_KEY: FIRST })).toMatchObject({ code: 1, out: '' })
  })

  test('--new-key takes a new one and says what is void', async () => {
    const made = await link({ APP_KEY: SECOND })
    const url = await start({ APP_KEY: THIRD }, ['--new-key']).ready()
    expect(purser?.out).toMatch(/These no longer work.*: all sessions.* links /)
    expect((await new Visitor(url).get(addressIn(made.out).pathname)).status).not.toBe(200)
    await purser?.end()
    await start({ APP_KEY: THIRD }, ['--new-key']).ready()
    expect(purser?.out).toContain('changes nothing')
  })
})

test('a command’s links carry APP_URL, or else the address that the last start noted', async () => {
  const url = await start({ APP_KEY: THIRD }).ready()
  expect(addressIn((await link({ APP_KEY: THIRD })).out).origin).toBe(url)
  await purser?.end()
  await start({ APP_KEY: THIRD, APP_URL: 'http://purser.example.com' }).ready()
  expect(addressIn((await link({ APP_KEY: THIRD })).out).origin).toBe('http://purser.example.com')
  const APP_URL = 'http://other.example.com'
  expect(addressIn((await link({ APP_KEY: THIRD, APP_URL })).out).origin).toBe(APP_URL)
})

describe('a database on which npm start was run', () => {
  let empty: Awaited<ReturnType<typeof startEmptyPurser>>
  beforeAll(async () => {
    empty = await startEmptyPurser()
  })
  afterAll(() => empty.stop())

  test('is not made the demo, while it waits for its set-up and afterwards', async () => {
    await start(on(empty)).ready()
    const demo = () => new PurserProcess({ env: on(empty), flags: ['--demo'] })
    for (const stopped of [false, true]) {
      if (stopped) await purser?.end()
      const refused = demo()
      expect(await refused.ended()).toBe(1)
      expect(refused.err).toMatch(/^This database was created by npm start, for real use, so the demo is not/)
      expect(await empty.owner.prisma.reseller.count()).toBe(0)
    }
  })

  test('is not made the demo either where that began a moment earlier, and had to wait', async () => {
    const late = loadDemo(empty.services, { onProgress: () => {}, counts: [6, 2] })
    await expect(late).rejects.toThrow('This database was created by npm start')
    await empty.owner.prisma.installation.updateMany({ data: { isDemo: true } })
    const note = { isDemo: false, keyFingerprint: 'one', address: 'http://127.0.0.1:3000' }
    const { keyFingerprint } = await empty.owner.prisma.installation.findFirstOrThrow()
    await expect(noteInstallation(empty.database.ownerUrl, note, keyFingerprint)).rejects.toThrow(
      'The demo has just been loaded into this database.',
    )
  })
})

describe('the demo’s database', () => {
  let demo: Awaited<ReturnType<typeof startEmptyPurser>>
  beforeAll(async () => {
    demo = await startEmptyPurser()
    await loadDemo(demo.services, { onProgress: () => {}, counts: [6, 2] })
  })
  afterAll(() => demo.stop())

  test.each([
    ['by its mark', true],
    ['by its cast, without a mark', null],
  ])('is told %s: npm start does not serve it and says how to begin anew', async (_how, isDemo) => {
    const { installation } = demo.owner.prisma
    expect(await installation.findFirst()).toMatchObject({ isDemo: true })
    await installation.updateMany({ data: { isDemo } })
    expect(await start({ ...on(demo) }).ended()).toBe(1)
    expect(purser?.out).toBe('')
    expect(purser?.err).toMatch(
      /^This database contains the demo, .* To start from scratch, set DATABASE_URL to an empty/,
    )
    expect(await installation.findFirst()).toMatchObject({ isDemo, keyFingerprint: null })
    await installation.updateMany({ data: { isDemo: true } })
  })

  test('commands that make or book something refuse it, ledger:verify works', async () => {
    const env = { ...on(demo), APP_KEY: FIRST }
    const reseller = [
      ...['--name', 'Westwind', '--slug', 'westwind', '--currency', 'EUR', '--time-zone', 'Europe/Berlin'],
      ...['--locale', 'en-GB', '--email', 'w@westwind.example', '--owner-name', 'W'],
    ]
    const commands: [string, string[], number][] = [
      ['staff:link', ['owner@northwind.example'], 1],
      ['reseller:create', reseller, 1],
      ['charges:import', ['--reseller', 'northwind', 'nothing.csv'], 2],
    ]
    for (const [script, words, code] of commands) {
      const ran = await runCommand(script, words, env)
      expect(ran).toMatchObject({ code, out: '' })
      expect(ran.err).toMatch(/^This database contains the demo, on which this command does not run/)
    }
    const verified = await runCommand('ledger:verify', [], env)
    expect(verified).toMatchObject({ code: 0, err: '' })
  })
})
