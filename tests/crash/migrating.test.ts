import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, describe, expect, inject, test } from 'vitest'
import { migrate } from '../../src/database/migrations.ts'
import { PurserProcess } from '../support/process.ts'
import { databaseBefore } from '../support/version-before.ts'
import { waitFor } from '../support/wait.ts'

/** How often one that migrates is killed, spread evenly over the time that it takes. */
const KILLS = 24
/** Each lasts for a tenth of a second, and would fail if it were applied twice. */
const SCRIPTS = Array.from({ length: 5 }, (_, at) => `${at}_script`)
const sqlOf = (name: string) =>
  `create table "${name}" (id int); insert into "${name}" values (1); select pg_sleep(0.1);`
const MS_TOGETHER = SCRIPTS.length * 130

const started: PurserProcess[] = []
afterEach(async () => {
  for (const one of started.splice(0)) await one.end('SIGKILL')
})

afterAll(() => ask(inject('superUrl'), `drop database if exists migrating_${process.pid} with (force)`))

test('killed at any moment of it, a migration is applied and noted, or neither', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-migrating-'))
  for (const name of SCRIPTS) {
    mkdirSync(path.join(folder, name))
    writeFileSync(path.join(folder, name, 'migration.sql'), sqlOf(name))
  }
  const cutAfter = new Set<number>()
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const ownerUrl = await makeDatabase()
      const child = fork(path.join(import.meta.dirname, 'migrating-child.ts'), [ownerUrl, folder])
      const ended = once(child, 'exit')
      await once(child, 'message')
      await wait((kill / KILLS) * MS_TOGETHER)
      child.kill('SIGKILL')
      await ended
      cutAfter.add((await tablesAt(ownerUrl)).length)
      await migrate(ownerUrl, { folder })
      expect(await tablesAt(ownerUrl), `kill ${kill}`).toEqual(SCRIPTS)
      expect(await notedAt(ownerUrl), `kill ${kill}`).toEqual(SCRIPTS)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  // Otherwise all of them came too early or too late, and nothing was tried.
  expect(cutAfter.size).toBeGreaterThan(3)
})

describe('Purser itself, ended while it migrates a database of the version before', () => {
  test.each([
    ['SIGKILL', null],
    ['SIGTERM', 0],
    ['SIGINT', 0],
  ] as const)('%s', async (signal, code) => {
    const before = await databaseBefore(`ended_${signal.toLowerCase()}`)
    const holder = new pg.Client(before.ownerUrl)
    await holder.connect()
    try {
      const noted = await notedAt(before.ownerUrl)
      // It waits for this table, as long as one likes, in the middle of its migrations.
      await holder.query('begin; lock table login_as')
      const first = start(before)
      await waitFor(async () => (await waiting(before.owner)) === 1, { what: 'the migration' })
      const ended = await first.end(signal)
      expect(ended).toEqual({ code, ms: expect.any(Number) })
      expect(ended.ms).toBeLessThan(5_000)
      expect(first.out).not.toContain('ready')
      await waitFor(async () => (await waiting(before.owner)) === 0, { msMax: 5_000, what: 'its end' })
      await holder.query('rollback')
      expect((await notedAt(before.ownerUrl)).length).toBeGreaterThanOrEqual(noted.length)
      const url = await start(before).ready()
      expect((await fetch(`${url}/readyz`)).status).toBe(200)
    } finally {
      await holder.end()
      for (const one of started.splice(0)) await one.end('SIGKILL')
      await before.drop()
    }
  })
})

test('the embedded database, killed with Purser while it is made up to date for the first time', async () => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-migrating-'))
  const begin = () => {
    const purser = new PurserProcess({ env: { DATA_DIR: dataDir } })
    started.push(purser)
    return purser
  }
  try {
    for (const ms of [0, 60, 120, 200, 300]) {
      const purser = begin()
      await waitFor(() => /Migrating the database|ready/.test(purser.out), { what: 'the migrations' })
      await wait(ms)
      await purser.end('SIGKILL')
    }
    const purser = begin()
    expect((await fetch(`${await purser.ready()}/readyz`)).status).toBe(200)
    await purser.end('SIGTERM')
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})

function start({ ownerUrl, appUrl }: { ownerUrl: string; appUrl: string }): PurserProcess {
  const purser = new PurserProcess({ env: { DATABASE_OWNER_URL: ownerUrl, DATABASE_URL: appUrl } })
  started.push(purser)
  return purser
}

/** How many migrate here and wait for a lock. */
async function waiting(owner: pg.Client): Promise<number> {
  const { rows } = await owner.query<{ waiting: number }>(
    `select count(*)::int as waiting from pg_stat_activity
     where datname = current_database() and application_name = 'purser migrations' and wait_event_type = 'Lock'`,
  )
  return rows[0]?.waiting ?? 0
}

/** A new one in place of the one before. */
async function makeDatabase(): Promise<string> {
  const name = `migrating_${process.pid}`
  await ask(inject('superUrl'), `drop database if exists ${name} with (force)`)
  await ask(inject('superUrl'), `create database ${name} owner purser_owner`)
  return Object.assign(new URL(inject('ownerUrl')), { pathname: `/${name}` }).href
}

/** What the scripts have made. */
const tablesAt = (ownerUrl: string) =>
  names(
    ownerUrl,
    `select tablename as name from pg_tables where schemaname = 'public' and tablename like '%script' order by 1`,
  )

const notedAt = (ownerUrl: string) =>
  names(
    ownerUrl,
    'select migration_name as name from _prisma_migrations where finished_at is not null and rolled_back_at is null order by 1',
  )

async function names(url: string, sql: string): Promise<string[]> {
  return (await ask(url, sql)).map(({ name }) => name)
}

async function ask(url: string, sql: string): Promise<{ name: string }[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query<{ name: string }>(sql)).rows
  } finally {
    await client.end()
  }
}
