import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, connect, disconnect } from '../../src/database/client.ts'
import { runningEmbedded } from '../../src/database/embedded.ts'
import { type Ran, runCommand } from '../support/command.ts'
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

/** In the database `postgres`, where nothing of Purser is, unless another is named. */
async function asSuperuser(sql: string, database = 'postgres'): Promise<unknown[]> {
  const url = new URL(runningEmbedded(dataDir())?.superUrl ?? '')
  const client = new pg.Client(Object.assign(url, { pathname: `/${database}` }).href)
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
async function beginBackup(
  file: string,
  from = dataDir(),
): Promise<{ child: ChildProcess; partial: string }> {
  const child = spawn(process.execPath, ['src/commands/backup.ts', file], {
    env: { PATH: process.env.PATH, DATA_DIR: from },
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
  expect(load.seen).toEqual({ unavailable: [], unexpected: [], broken: [] })

  const to = place('restored')
  const restored = await runRestore(to, backup)
  expect(restored).toMatchObject({ code: 0, err: '' })
  expect(restored.out).toMatch(/Verified:[\s\S]*restored and ready/)
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

test('in the middle of a backup, the database is stopped in order as ever, and the backup says so', async () => {
  const file = place('stopped.tar.gz')
  const to = place('restored')
  const second = new PurserProcess({ env: { DATA_DIR: to } })
  await second.ready()
  const { child } = await beginBackup(file, to)
  const ended = once(child, 'exit')
  expect((await second.end()).ms).toBeLessThan(10_000)
  expect((await ended)[0]).toBe(1)
  expect(readdirSync(folder).filter((name) => name.startsWith('stopped'))).toEqual([])
})

test('with the secrets apart, of a Purser that is stopped; a restore that is killed is not served, and is done again', async () => {
  const [file, secrets, to] = [place('apart.tar.gz'), place('secrets.json'), place('again')]
  const from = { DATA_DIR: place('restored') }
  expect(await runCommand('backup', [file, '--secrets', secrets], from)).toMatchObject({ code: 0, err: '' })
  expect(statSync(secrets).mode & 0o777).toBe(0o600)
  // What is there already will do, and something else is not replaced.
  expect(await runCommand('backup', [place('next.tar.gz'), '--secrets', secrets], from)).toMatchObject({
    code: 0,
  })
  expect(await runCommand('backup', [place('third.tar.gz'), '--secrets', file], from)).toMatchObject({
    code: 1,
  })
  expect(await runRestore(to, file)).toMatchObject({ code: 1, err: expect.stringContaining('--secrets') })

  const child = spawn(process.execPath, ['src/commands/restore.ts', file, '--secrets', secrets], {
    env: { PATH: process.env.PATH, DATA_DIR: to },
    stdio: 'ignore',
  })
  await waitFor(() => existsSync(path.join(to, 'postgres', 'base')), { what: 'a part of the restore' })
  await end(child, 'SIGKILL')
  const refused = new PurserProcess({ env: { DATA_DIR: to } })
  expect(await refused.ended()).toBe(1)
  expect(refused.err).toMatch(/A restore to .* did not finish/)

  expect(await runRestore(to, file, '--secrets', secrets)).toMatchObject({ code: 0, err: '' })
  expect(readFileSync(path.join(to, 'app-key'))).toEqual(readFileSync(path.join(dataDir(), 'app-key')))
  expect(await runRestore(to, file, '--secrets', secrets)).toMatchObject({
    code: 1,
    err: expect.stringContaining('is not empty'),
  })
})

test('what cannot be backed up or restored is a sentence, and leaves nothing', async () => {
  const named = async (run: Promise<Ran>) => {
    const { code, err } = await run
    expect(code).toBe(1)
    return err
  }
  expect(await named(runRestore(dataDir(), backup))).toContain('is not empty')
  expect(await named(runBackup(backup))).toContain('already exists')
  expect(await named(runBackup(path.join(dataDir(), 'inside.tar.gz')))).toContain('is inside the data folder')
  symlinkSync(dataDir(), place('link'))
  for (const words of [
    [path.join(place('link'), 'inside.tar.gz')],
    [path.join(place('link'), 'postgres/inside.tar.gz')],
    [place('x'), '--secrets', path.join(dataDir(), 'postgres/secrets.json')],
  ])
    expect(await named(runBackup(...words))).toContain('is inside the data folder')
  expect(
    await named(runCommand('backup', [path.join(dataDir(), 'inside.tar.gz')], { DATA_DIR: place('link') })),
  ).toContain('is inside the data folder')
  expect(await named(runBackup(place('x'), '--secrets', ''))).toContain(
    'Specify the file that contains the secrets',
  )
  expect(await named(runBackup(place('x'.repeat(250))))).toContain('Choose a shorter one')
  expect(await named(runCommand('backup', [place('x')], { DATA_DIR: place('nowhere') }))).toContain(
    'There is no database in',
  )
  const own = { DATA_DIR: dataDir(), DATABASE_URL: 'postgres://somebody@127.0.0.1/theirs' }
  for (const command of ['backup', 'restore'])
    expect(await named(runCommand(command, [place('x')], own))).toContain(
      'DATABASE_URL points to your own PostgreSQL server',
    )

  const full = spawnSync(
    'bash',
    ['-c', `ulimit -f 500; exec "$0" src/commands/backup.ts ${place('full')}`, process.execPath],
    {
      env: { PATH: process.env.PATH, DATA_DIR: dataDir() },
      encoding: 'utf8',
    },
  )
  expect(full).toMatchObject({ status: 1, stderr: expect.stringContaining('not enough disk space') })
  expect(readdirSync(folder).filter((name) => name.startsWith('full'))).toEqual([])
  expect(existsSync(place('nowhere'))).toBe(false)
})

test('a ledger that is broken is found by the restore, which then is not served', async () => {
  await asSuperuser(`update customers set balance = balance + 1 where name = 'Ada'`, 'purser')
  const file = place('broken.tar.gz')
  expect(await runBackup(file)).toMatchObject({ code: 0 })
  const ran = await runRestore(place('broken'), file)
  expect(ran).toMatchObject({ code: 1, err: expect.stringMatching(/Broken: .*\nA restore to/) })
  expect(ran.out).not.toContain('ready')
  const refused = new PurserProcess({ env: { DATA_DIR: place('broken') } })
  expect(await refused.ended()).toBe(1)
})

test('a key that is not in the backup is asked for, and a wrong one is told', async () => {
  const from = place('again')
  const key = readFileSync(path.join(from, 'app-key'), 'utf8').trim()
  rmSync(path.join(from, 'app-key'))
  const file = place('keyless.tar.gz')
  const ran = await runCommand('backup', [file], { DATA_DIR: from })
  expect(ran.out).toContain('It does not include the application key')
  const to = place('keyless')
  const wrong = await runCommand('restore', [file], {
    DATA_DIR: to,
    APP_KEY: Buffer.alloc(32, 7).toString('base64'),
  })
  expect(wrong).toMatchObject({
    code: 0,
    err: expect.stringContaining('not the one that this database was last started with'),
  })
  rmSync(to, { recursive: true })
  expect(await runCommand('restore', [file], { DATA_DIR: to })).toMatchObject({
    code: 0,
    err: expect.stringContaining('set APP_KEY to the original key'),
  })
  const refused = new PurserProcess({ env: { DATA_DIR: to } })
  expect(await refused.ended()).toBe(1)
  expect(refused.err).toContain('contains a database, but its key is missing')
  const again = new PurserProcess({ env: { DATA_DIR: to, APP_KEY: key } })
  await again.ready()
  expect(await again.end()).toMatchObject({ code: 0 })
})

test('a page whose checksum does not fit is not backed up in silence', async () => {
  const from = place('again')
  const base = path.join(from, 'postgres/base/5')
  const [largest = ''] = readdirSync(base)
    .map((name) => path.join(base, name))
    .toSorted((one, other) => statSync(other).size - statSync(one).size)
  const damaged = openSync(largest, 'r+')
  writeSync(damaged, 'DAMAGED', 100_100)
  closeSync(damaged)
  const ran = await runCommand('backup', [place('damaged.tar.gz')], { DATA_DIR: from })
  expect(ran).toMatchObject({
    code: 1,
    err: expect.stringMatching(/files are damaged \(checksum verification failed in file .*block 12\)/),
  })
  expect(existsSync(place('damaged.tar.gz'))).toBe(false)
})
