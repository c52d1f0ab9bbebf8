import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { lockDataDir } from '../../src/database/data-lock.ts'
import { endLeftBehind } from '../../src/database/server.ts'
import { PurserProcess, isAlive } from '../support/process.ts'
import { Visitor } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

// Whole processes, each with a database server to start: slow where the machine is busy with other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let dataDir: string
let purser: PurserProcess
beforeEach(() => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-server-'))
})
afterEach(async () => {
  await purser.end('SIGKILL')
  await waitFor(() =>
    lockDataDir(dataDir).then(
      () => true,
      () => false,
    ),
  )
  await endLeftBehind(path.join(dataDir, 'postgres'), () => {})
  rmSync(dataDir, { recursive: true, force: true })
})

function start(options: ConstructorParameters<typeof PurserProcess>[0] = {}) {
  purser = new PurserProcess({ ...options, env: { DATA_DIR: dataDir, ...options.env } })
  return purser
}

const databasePid = () =>
  Number(readFileSync(path.join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])

async function asOwner<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const { port, ownerPassword } = JSON.parse(readFileSync(path.join(dataDir, 'database.json'), 'utf8'))
  const client = new pg.Client(`postgres://purser_owner:${ownerPassword}@127.0.0.1:${port}/purser`)
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

test('the first start tells each long step and its address; the second keeps the data and has nothing to tell', async () => {
  const url = await start().ready()
  expect(purser.out).toMatch(
    /Preparing the database. This happens only once\.\n(?:.*\n)?Migrating the database/,
  )
  expect((await fetch(`${url}/login`)).status).toBe(200)
  await asOwner('create table notes as select 1 as note')
  expect(await purser.end()).toMatchObject({ code: 0 })

  await start().ready()
  expect(purser.out).not.toContain('Preparing')
  expect(await asOwner('select note from notes')).toEqual([{ note: 1 }])
  const server = databasePid()
  expect((await purser.end()).ms).toBeLessThan(10_000)
  expect(isAlive(server)).toBe(false)
})

test('killed outright, its database server stays behind, and the next start goes on', async () => {
  await start().ready()
  await asOwner('create table notes as select 1 as note')
  const leftBehind = databasePid()
  await purser.end('SIGKILL')
  expect(isAlive(leftBehind)).toBe(true)
  await start().ready()
  expect(purser.out).toContain('left running by an earlier start')
  expect(await asOwner('select note from notes')).toEqual([{ note: 1 }])
})

test('a second one on the same folder is told who has it', async () => {
  await start().ready()
  const second = new PurserProcess({ env: { DATA_DIR: dataDir } })
  expect(await second.ended()).toBe(1)
  expect(second.err).toMatch(
    new RegExp(`^Another Purser \\(process ${purser.pid}\\) is using ${dataDir}: stop it first.*\\n$`),
  )
})

test('npm killed outright: Purser ends in order, and npm start works again', async () => {
  await start({ script: 'start' }).ready()
  const server = databasePid()
  await purser.end('SIGKILL')
  await waitFor(() => !isAlive(server), { what: 'the database server to end' })
  await start({ script: 'start' }).ready()
  // npm passes the signal on and takes over the exit code.
  expect(await purser.end()).toMatchObject({ code: 0 })
})

test('a database server that is killed comes back, and Purser serves again without a restart', async () => {
  const url = await start().ready()
  process.kill(databasePid(), 'SIGKILL')
  await waitFor(async () => (await fetch(`${url}/readyz`)).status === 503)
  await waitFor(async () => (await fetch(`${url}/readyz`)).status === 200)
  expect(purser.err).toContain('The database server ended unexpectedly')
  await waitFor(() => purser.out.includes('The database server is back.'), { what: 'the word of it' })

  // The job worker is back as well.
  const visitor = new Visitor(url)
  await visitor.submit(await visitor.get('/forgotten-password'), { email: 'nobody@northwind.example' })
  await waitFor(async () => (await asOwner(`select from pgboss.job where state = 'completed'`)).length > 0)
  expect(await purser.end()).toMatchObject({ code: 0 })
})
