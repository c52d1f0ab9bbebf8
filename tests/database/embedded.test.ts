import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EmbeddedDatabase, runningEmbedded, startEmbedded } from '../../src/database/embedded.ts'
import { isAlive } from '../support/process.ts'
import { waitFor } from '../support/wait.ts'

let dataDir: string
let running: EmbeddedDatabase[]
let children: ChildProcess[]
let progress: string[]

beforeEach(() => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-embedded-'))
  running = []
  children = []
  progress = []
})

afterEach(async () => {
  for (const child of children)
    if (child.exitCode === null && child.signalCode === null) await killHard(child)
  await Promise.all(running.map((database) => database.stop()))
  if (existsSync(path.join(dataDir, 'postgres', 'postmaster.pid'))) await (await start()).stop()
  rmSync(dataDir, { recursive: true, force: true })
})

async function start(
  options: { throwaway?: boolean; onGone?: (error: Error) => void; signal?: AbortSignal } = {},
): Promise<EmbeddedDatabase> {
  const onProgress = (sentence: string) => progress.push(sentence)
  const database = await startEmbedded({ dataDir, throwaway: true, onProgress, ...options })
  running.push(database)
  return database
}

/** Starts it in another process; resolves to its address or to why it would not start. */
async function startElsewhere(): Promise<{ child: ChildProcess; appUrl?: string; refusal?: string }> {
  const child = fork(path.join(import.meta.dirname, 'embedded-child.ts'), [dataDir])
  children.push(child)
  const [message] = (await once(child, 'message')) as [{ appUrl?: string; refusal?: string }]
  return { child, ...message }
}

async function killHard(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client(url)
  // A killed server cuts the connection: that is what some of these tests are about.
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = (await client.query({ text: sql, rowMode: 'array' })) as { rows: unknown[][] }
    return rows[0]?.[0]
  } finally {
    await client.end()
  }
}

/** From its next start on the server waits for a log that nobody has, as one does that has much to catch up with. */
function recoverForLong(): void {
  const folder = path.join(dataDir, 'postgres')
  writeFileSync(path.join(folder, 'recovery.signal'), '')
  writeFileSync(path.join(folder, 'postgresql.auto.conf'), `restore_command = 'sleep 30; false'\n`)
}

const serverPid = () =>
  Number(readFileSync(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])

test('two roles: the owner makes tables, the application does not; strangers may not enter', async () => {
  const { ownerUrl, appUrl } = await start()
  await expect(ask(ownerUrl, 'create table notes (id int)')).resolves.toBeUndefined()
  // Its right to connect comes with the other grants.
  await expect(ask(appUrl, 'select 1')).rejects.toThrow(/permission denied for database/)
  await ask(ownerUrl, 'grant connect on database purser to purser')
  await expect(ask(appUrl, 'create table mine (id int)')).rejects.toThrow(
    /permission denied for schema public/,
  )
  await expect(ask(appUrl, 'select * from notes')).rejects.toThrow(/permission denied for table notes/)
  const wrongPassword = Object.assign(new URL(appUrl), { password: 'guess' }).href
  await expect(ask(wrongPassword, 'select 1')).rejects.toThrow(/password authentication failed/)
})

test('a real installation waits for the disk, keeps checksums, and keeps its secrets to itself', async () => {
  const { ownerUrl } = await start({ throwaway: false })
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums']) {
    expect([setting, await ask(ownerUrl, `show ${setting}`)]).toEqual([setting, 'on'])
  }
  expect(await ask(ownerUrl, 'show server_encoding')).toBe('UTF8')
  expect(await ask(ownerUrl, 'show listen_addresses')).toBe('127.0.0.1')
  expect(await ask(ownerUrl, 'select rolcreatedb from pg_roles where rolname = current_user')).toBe(false)
  for (const file of ['database.json', 'postgres.log', 'purser.lock']) {
    expect([file, statSync(path.join(dataDir, file)).mode & 0o077]).toEqual([file, 0])
  }
})

test('text sorts as people expect, and letters outside ASCII can be searched for', async () => {
  const { ownerUrl, superUrl } = await start()
  const sorted = `select string_agg(word, '' order by word) from unnest(array['b','Z','a','Ä','é','B','z']) as t(word)`
  expect(await ask(ownerUrl, sorted)).toBe('aÄbBézZ')
  await ask(superUrl, 'create extension pg_trgm')
  expect(await ask(superUrl, `select cardinality(show_trgm('Жук'))`)).toBe(4)
})

test('its log has errors and refused statements, and nothing of what people wrote', async () => {
  const { ownerUrl, superUrl } = await start()
  await ask(ownerUrl, 'create table people (email text unique, age int check (age > 0))')
  const client = new pg.Client(ownerUrl)
  await client.connect()
  const add = 'insert into people (email, age) values ($1, $2)'
  await client.query(add, ['ada@customer.example', 36])
  await expect(client.query(add, ['ada@customer.example', 37])).rejects.toThrow(/duplicate key/)
  await expect(client.query(add, ['bo@customer.example', -1])).rejects.toThrow(/violates check/)
  await client.end()
  const log = readFileSync(path.join(dataDir, 'postgres.log'), 'utf8')
  expect(log).toMatch(/ERROR: +duplicate key value violates unique constraint "people_email_key"/)
  expect(log).toMatch(/STATEMENT: +insert into people \(email, age\) values \(\$1, \$2\)/)
  expect(log).not.toMatch(/customer\.example|DETAIL|CONTEXT|password '/)
  expect(await ask(superUrl, 'show log_error_verbosity')).toBe('terse')
})

test('a second start keeps the data and the port', async () => {
  const first = await start()
  await ask(first.ownerUrl, 'create table notes as select 1')
  await first.stop()
  await expect(ask(first.ownerUrl, 'select 1')).rejects.toThrow(/ECONNREFUSED/)
  expect(readdirSync(dataDir).sort()).toEqual(['database.json', 'postgres', 'postgres.log'])
  const second = await start()
  expect(second.ownerUrl).toBe(first.ownerUrl)
  expect(await ask(second.ownerUrl, 'select count(*)::int from notes')).toBe(1)
})

test('another program on its port only makes it take another one', async () => {
  const first = await start()
  await first.stop()
  const squatter = net.createServer().listen(Number(new URL(first.ownerUrl).port), '127.0.0.1')
  await once(squatter, 'listening')
  const second = await start()
  squatter.close()
  expect(new URL(second.ownerUrl).port).not.toBe(new URL(first.ownerUrl).port)
  expect(await ask(second.ownerUrl, 'select 1')).toBe(1)
})

test('a server that was killed is reported, and recovers at the next start', async () => {
  const gone = Promise.withResolvers<Error>()
  const first = await start({ throwaway: false, onGone: gone.resolve })
  await ask(first.ownerUrl, 'create table notes as select 1')
  process.kill(serverPid(), 'SIGKILL')
  expect((await gone.promise).message).toMatch(/ended unexpectedly/)
  await first.stop()
  const second = await start()
  expect(await ask(second.ownerUrl, 'select count(*)::int from notes')).toBe(1)
})

test('of a server that cannot come back its own PANIC is told, once, and not the clients it turns away meanwhile', async () => {
  const gone: Error[] = []
  const { appUrl } = await start({ throwaway: false, onGone: (error) => gone.push(error) })
  const wal = path.join(dataDir, 'postgres/pg_wal')
  const pieces = readdirSync(wal).filter((name) => /^[0-9A-F]{24}$/.test(name))
  for (const name of pieces) renameSync(path.join(wal, name), path.join(dataDir, name))
  process.kill(serverPid(), 'SIGKILL')
  await waitFor(
    async () => {
      await ask(appUrl, 'select 1').catch(() => {})
      const log = readFileSync(path.join(dataDir, 'postgres.log'), 'utf8')
      return log.split('PANIC: ').length > 3 && /@purser .*FATAL: +the database system is /.test(log)
    },
    { msMax: 60_000, what: 'tries to start it, some of which turn clients away' },
  )
  expect(gone.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^The database server ended unexpectedly\. Its log is /),
  ])
  expect(progress.filter((sentence) => sentence.includes('did not start'))).toEqual([
    expect.stringMatching(/^The database server did not start: could not locate a valid checkpoint record/),
  ])
  for (const name of pieces) renameSync(path.join(dataDir, name), path.join(wal, name))
  await waitFor(() => progress.includes('The database server is back.'), { what: 'the server to be back' })
})

test('a folder that was copied while its server ran is refused; one that was stopped, moved or said to be whole is not', async () => {
  const first = await start()
  await ask(first.ownerUrl, 'create table notes as select 1')
  const at = (name: string) => path.join(dataDir, name)
  const startAt = (name: string) => startEmbedded({ dataDir: at(name), throwaway: true })
  const copy = (name: string) => {
    mkdirSync(at(name))
    const there = ['postgres', 'database.json', 'purser.lock'].map(at).filter((file) => existsSync(file))
    // Owners are kept as well: where tests run as root, the folder is another's.
    expect(spawnSync('cp', ['-a', ...there, at(name)]).status).toBe(0)
  }
  copy('running')
  // Beside the one that it was copied from, a command would work on that.
  await expect(startAt('running')).rejects.toThrow(
    /was copied from the data folder of a Purser that was running/,
  )
  expect(() => runningEmbedded(at('running'))).toThrow(/was copied from the data folder of a Purser/)
  await first.stop()
  // The process that it was copied from is this one and lives on.
  rmSync(path.join(at('running'), 'purser.lock'))
  await expect(startAt('running')).rejects.toThrow(/postgres was copied from a database that was running/)

  copy('stopped')
  const stopped = await startAt('stopped')
  expect(await ask(stopped.ownerUrl, 'select count(*)::int from notes')).toBe(1)
  await stopped.stop()

  renameSync(at('stopped'), at('moved'))
  const moved = await startAt('moved')
  await moved.stop()

  rmSync(path.join(at('running'), 'postgres/purser.place'))
  const trusted = await startAt('running')
  await trusted.stop()
})

test('a server left behind by a killed Purser is stopped first', async () => {
  const { child } = await startElsewhere()
  await killHard(child)
  const leftBehind = serverPid()
  expect(process.kill(leftBehind, 0)).toBe(true)
  const { ownerUrl } = await start()
  expect(progress).toEqual([expect.stringContaining('left running')])
  expect(serverPid()).not.toBe(leftBehind)
  expect(await ask(ownerUrl, 'select 1')).toBe(1)
})

test('another living Purser on the same folder is a sentence', async () => {
  const { child } = await startElsewhere()
  const sentence = `Another Purser (process ${child.pid}) is using ${dataDir}`
  await expect(start()).rejects.toThrow(sentence)
  expect((await startElsewhere()).refusal).toContain(sentence)
})

test('of several that start at once exactly one gets the folder', async () => {
  const starters = await Promise.all([startElsewhere(), startElsewhere(), startElsewhere()])
  expect(starters.filter(({ appUrl }) => appUrl)).toHaveLength(1)
  expect(starters.filter(({ refusal }) => refusal?.startsWith('Another Purser'))).toHaveLength(2)
})

test('numbers of processes that are used again by others are not mistaken', async () => {
  await (await start()).stop()
  // This process is alive and neither the Purser nor the server that left these behind.
  writeFileSync(path.join(dataDir, 'purser.lock'), `${process.pid} 1@some-other-boot x\n`)
  writeFileSync(path.join(dataDir, 'postgres', 'postmaster.pid'), `${process.pid}\n${dataDir}/postgres\n`)
  const { ownerUrl } = await start()
  expect(await ask(ownerUrl, 'select 1')).toBe(1)
})

test('what a first start left that was killed halfway is cleared away', async () => {
  mkdirSync(path.join(dataDir, 'postgres.new-abc123', 'base'), { recursive: true })
  await start()
  expect(readdirSync(dataDir).filter((name) => name.includes('.new'))).toEqual([])
})

describe('told to stop, nothing is left running', () => {
  test('while the database is made for the first time', async () => {
    const stop = new AbortController()
    const starting = start({ signal: stop.signal })
    const drafts = () => readdirSync(dataDir).filter((name) => name.includes('.new'))
    await waitFor(() => drafts().length === 2, { what: 'the draft of the database and its password' })
    stop.abort(new Error('Stopped.'))
    const began = performance.now()
    await expect(starting).rejects.toThrow('Stopped.')
    expect(performance.now() - began).toBeLessThan(2_000)
    expect(readdirSync(dataDir)).toEqual(['database.json'])
    await start()
  })

  test('while the server recovers, at a start or after its own end', async () => {
    const first = await start()
    const pid = serverPid()
    recoverForLong()
    process.kill(pid, 'SIGKILL')
    await waitFor(() => serverPid() !== pid, { what: 'the next server' })
    const second = serverPid()
    const began = performance.now()
    await first.stop()
    expect(performance.now() - began).toBeLessThan(3_000)
    expect(isAlive(second)).toBe(false)

    const stop = new AbortController()
    const starting = start({ signal: stop.signal })
    await waitFor(() => existsSync(path.join(dataDir, 'postgres/postmaster.pid')) && serverPid() !== second, {
      what: 'a server',
    })
    stop.abort(new Error('Stopped.'))
    await expect(starting).rejects.toThrow('Stopped.')
    expect(existsSync(path.join(dataDir, 'postgres/postmaster.pid')) && isAlive(serverPid())).toBe(false)
    rmSync(path.join(dataDir, 'postgres/recovery.signal'))
    expect(await ask((await start()).ownerUrl, 'select 1')).toBe(1)
  })
})

test('lost passwords, a lost database and files of another version are sentences, and nothing is touched', async () => {
  await (await start()).stop()
  const version = path.join(dataDir, 'postgres', 'PG_VERSION')
  writeFileSync(version, '17\n')
  await expect(start()).rejects.toThrow(/was created by PostgreSQL 17/)
  writeFileSync(version, '18\n')
  const access = path.join(dataDir, 'database.json')
  const passwords = readFileSync(access)
  writeFileSync(access, '{}')
  await expect(start()).rejects.toThrow(/is damaged/)
  rmSync(access)
  await expect(start()).rejects.toThrow(/is missing/)
  writeFileSync(access, passwords)
  renameSync(path.join(dataDir, 'postgres'), path.join(dataDir, 'elsewhere'))
  await expect(start()).rejects.toThrow(/has run before and is now missing/)
  expect(readdirSync(dataDir)).not.toContain('postgres')
  renameSync(path.join(dataDir, 'elsewhere'), path.join(dataDir, 'postgres'))
  await start()
})

test('a folder that cannot be made is a sentence', async () => {
  writeFileSync(path.join(dataDir, 'file'), '')
  await expect(startEmbedded({ dataDir: path.join(dataDir, 'file', 'var') })).rejects.toThrow(
    /cannot be used .*DATA_DIR/,
  )
})
