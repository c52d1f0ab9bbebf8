import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, connect, disconnect } from '../../src/database/client.ts'
import { runningEmbedded } from '../../src/database/embedded.ts'
import { runCommand } from '../support/command.ts'
import { SETUP_TOKEN, logInOwner, makeCustomers, setUpReseller } from '../support/first-reseller.ts'
import { Load } from '../support/load.ts'
import { PurserProcess } from '../support/process.ts'
import { type Visitor, tokenOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

let folder: string
/** Runs from beginning to end, and is worked with. */
let purser: PurserProcess
let browser: Visitor
let load: Load
/** Made under load, by the first test. */
let backup: string

const place = (name: string) => path.join(folder, name)
const dataDir = () => place('data')

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-backup-'))
  backup = place('backup.tar.gz')
  purser = new PurserProcess({ env: { DATA_DIR: dataDir(), SETUP_TOKEN } })
  browser = await setUpReseller(await purser.ready())
  const customers = await makeCustomers(browser, ['Ada', 'Bo', 'Cy'])
  await asSuperuser(`create table ballast as select n, md5(n::text) from generate_series(1, 800000) as n`)
  load = new Load({ browser, csrf: await tokenOf(browser), customers, workers: 4 })
  load.start()
})
afterAll(async () => {
  await load.stop()
  await purser.end('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
})

/** In the database `postgres`, where nothing of Purser is. */
async function asSuperuser(sql: string): Promise<unknown[]> {
  const client = new pg.Client(runningEmbedded(dataDir())?.superUrl)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

/** Backups that the server thinks are under way, and WAL that is kept for one. */
const underWay = () =>
  asSuperuser(
    'select pid from pg_stat_progress_basebackup union all select active_pid from pg_replication_slots',
  )

const runBackup = (...words: string[]) => runCommand('backup', words, { DATA_DIR: dataDir() })
const runRestore = (to: string, ...words: string[]) => runCommand('restore', words, { DATA_DIR: to })

/** Begins a backup, without npm between, and resolves when a part of it has been written. */
async function beginBackup(file: string): Promise<{ child: ChildProcess; partial: string }> {
  const child = spawn(process.execPath, ['src/commands/backup.ts', file], {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir() },
    stdio: 'ignore',
  })
  const partial = `${file}.partial-${child.pid}`
  await waitFor(() => existsSync(partial) && statSync(partial).size > 100_000, {
    what: 'a part of the backup',
  })
  return { child, partial }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const ended = once(child, 'exit')
  child.kill(signal)
  return ((await ended) as [number | null])[0]
}

async function keysIn(database: Database): Promise<string[]> {
  return (await database.prisma.posting.findMany({ select: { key: true } })).map(({ key }) => key)
}

test('made under load, it is restored with everything that was acknowledged before it began, and serves', async () => {
  const before = load.acknowledged.map(({ key }) => key)
  const ran = await runBackup(backup)
  expect(ran).toMatchObject({ code: 0, err: '' })
  expect(ran.out).toContain(`The backup is in ${backup}`)
  expect(load.acknowledged.length).toBeGreaterThan(before.length)
  expect(statSync(backup).mode & 0o777).toBe(0o600)
  expect(await underWay()).toEqual([])
  expect(load.seen).toEqual({ unavailable: [], unexpected: [], broken: 0 })

  const to = place('restored')
  const restored = await runRestore(to, backup)
  expect(restored).toMatchObject({ code: 0, err: '' })
  expect(restored.out).toMatch(/All of this holds:[\s\S]*restored and ready/)
  expect(readFileSync(path.join(to, 'app-key'))).toEqual(readFileSync(path.join(dataDir(), 'app-key')))
  expect(statSync(path.join(to, 'app-key')).mode & 0o077).toBe(0)

  const second = new PurserProcess({ env: { DATA_DIR: to } })
  try {
    const owner = await logInOwner(await second.ready())
    expect((await owner.get('/customers')).text).toContain('ada@customer.example')
    const database = connect(runningEmbedded(to)?.appUrl ?? '', { onError: () => {} })
    const keys = await keysIn(database).finally(() => disconnect(database))
    expect(keys).toEqual(expect.arrayContaining(before))
  } finally {
    await second.end()
  }
})

test('ended in the middle, nothing stays, and the database has left backup mode; killed outright, the next one tidies up', async () => {
  const file = place('ended.tar.gz')
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const { child } = await beginBackup(file)
    expect(await end(child, signal)).toBe(130)
    expect(readdirSync(folder).filter((name) => name.startsWith('ended'))).toEqual([])
    await waitFor(async () => (await underWay()).length === 0, { what: 'the end of backup mode' })
  }
  const { child, partial } = await beginBackup(file)
  await end(child, 'SIGKILL')
  await waitFor(async () => (await underWay()).length === 0, { what: 'the end of backup mode' })
  expect(existsSync(file)).toBe(false)
  expect(existsSync(partial)).toBe(true)
  expect(await runBackup(file)).toMatchObject({ code: 0 })
  expect(readdirSync(folder).filter((name) => name.startsWith('ended'))).toEqual(['ended.tar.gz'])
})
