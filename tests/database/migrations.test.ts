import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeEach, expect, inject, test } from 'vitest'
import { grantToApplication } from '../../src/database/grants.ts'
import { migrate, pendingMigrations, schemaDrift } from '../../src/database/migrations.ts'
import { waitFor } from '../support/wait.ts'

const prismaFolder = path.resolve(import.meta.dirname, '../../prisma')
const workFolder = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-migrations-'))
const folder = path.join(workFolder, 'migrations')
const database = `migrations_${process.pid}`
const urlOf = (base: string) => Object.assign(new URL(base), { pathname: `/${database}` }).href
const ownerUrl = urlOf(inject('ownerUrl'))
const appUrl = urlOf(inject('appUrl'))

beforeEach(async () => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  await query(inject('superUrl'), `create database ${database} owner purser_owner`)
})
afterEach(() => query(inject('superUrl'), `drop database ${database} with (force)`))
afterAll(() => rmSync(workFolder, { recursive: true }))

function write(name: string, sql: string): void {
  mkdirSync(path.join(folder, name), { recursive: true })
  writeFileSync(path.join(folder, name, 'migration.sql'), sql)
}

async function query(url: string, sql: string): Promise<pg.QueryResultRow[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const tables = async () =>
  (await query(ownerUrl, `select tablename from pg_tables where schemaname = 'public' order by 1`)).map(
    (row) => row.tablename as string,
  )

test('migrations are applied in order, once, function bodies whole', async () => {
  write('2_second', `insert into notes values ('later');`)
  write(
    '1_first',
    `create table notes (word text);
     create function shout(word text) returns text language plpgsql as $$ begin return upper(word); end; $$;`,
  )
  const progress: string[] = []
  const options = { folder, onProgress: (sentence: string) => progress.push(sentence) }
  await migrate(ownerUrl, options)
  expect(progress).toHaveLength(1)
  await migrate(ownerUrl, options)
  expect(progress).toHaveLength(1)
  expect(await query(ownerUrl, 'select shout(word) as word from notes')).toEqual([{ word: 'LATER' }])
})

test('two that migrate at once: one does, the other waits', { timeout: 120_000 }, async () => {
  // The engine asks for its lock for ten seconds, from whenever it comes to it.
  write('1_slow', 'create table slow (id int); select pg_sleep(15);')
  const progress: string[] = []
  const options = { folder, onProgress: (sentence: string) => progress.push(sentence) }
  await Promise.all([migrate(ownerUrl, options), migrate(ownerUrl, options)])
  expect(await tables()).toEqual(['_prisma_migrations', 'slow'])
  expect(progress.filter((sentence) => sentence.includes('waiting'))).toHaveLength(1)
  expect(await query(ownerUrl, 'select count(*)::int from _prisma_migrations')).toEqual([{ count: 1 }])
})

test('one that fails leaves nothing, says why, and is tried again once it is mended', async () => {
  write('1_good', 'create table good (id int);')
  write('2_bad', 'create table half (id int); create tabel whole (id int);')
  await expect(migrate(ownerUrl, { folder })).rejects.toThrow(
    'The migration 2_bad cannot be applied to this database: ERROR: syntax error at or near "tabel".',
  )
  expect(await tables()).toEqual(['_prisma_migrations', 'good'])
  await expect(migrate(ownerUrl, { folder })).rejects.toThrow(/2_bad cannot be applied.*tabel/)
  write('2_bad', 'create table whole (id int);')
  await migrate(ownerUrl, { folder })
  expect(await tables()).toEqual(['_prisma_migrations', 'good', 'whole'])
})

test('one that was killed is settled: applied or not, as its script really is', async () => {
  write('1_first', 'create table first (id int);')
  await migrate(ownerUrl, { folder })
  write('2_second', 'create table second (id int);')
  await query(ownerUrl, `update _prisma_migrations set finished_at = null`)
  await query(
    ownerUrl,
    `insert into _prisma_migrations (id, checksum, migration_name, applied_steps_count) values ('x', 'y', '2_second', 0)`,
  )
  await migrate(ownerUrl, { folder })
  expect(await tables()).toEqual(['_prisma_migrations', 'first', 'second'])
})

test('one that was changed after it was applied, and one of a newer Purser, are refused', async () => {
  write('1_first', 'create table first (id int);')
  await migrate(ownerUrl, { folder })
  write('1_first', 'create table other (id int);')
  await expect(migrate(ownerUrl, { folder })).rejects.toThrow(/1_first was changed after it was applied/)
  rmSync(path.join(folder, '1_first'), { recursive: true })
  await expect(migrate(ownerUrl, { folder })).rejects.toThrow(/newer Purser .*1_first/)
})

test('other line ends are no change', async () => {
  write('1_first', 'create table first (id int);\ncreate table second (id int);\n')
  await migrate(ownerUrl, { folder })
  write('1_first', 'create table first (id int);\r\ncreate table second (id int);\r\n')
  await migrate(ownerUrl, { folder })
})

test('a database out of reach is a sentence without its password', async () => {
  const url = 'postgresql://purser:secret-word@127.0.0.1:1/purser'
  await expect(migrate(url)).rejects.toThrow(
    /^The database purser on 127.0.0.1:1 cannot be reached: .*ECONNREFUSED/,
  )
})

test('the application sees what is pending, first all, then nothing', async () => {
  const names = readdirSync(path.join(prismaFolder, 'migrations')).filter((name) => /^\d+_/.test(name))
  const pool = new pg.Pool({ connectionString: appUrl, max: 1 })
  try {
    expect(await pendingMigrations(pool)).toEqual(names)
    await migrate(ownerUrl, { appRole: 'purser' })
    expect(await pendingMigrations(pool)).toEqual([])
  } finally {
    await pool.end()
  }
})

test('a schema that has more than the migrations is drift', async () => {
  cpSync(path.join(prismaFolder, 'schema.prisma'), path.join(workFolder, 'schema.prisma'))
  expect(await schemaDrift(ownerUrl, { folder: workFolder })).toContain('CREATE TABLE "customers"')
  // Another file's may be there for a moment.
  const shadows = () =>
    query(inject('superUrl'), `select from pg_database where datname like 'purser_shadow%'`)
  await waitFor(async () => (await shadows()).length === 0, { what: 'the shadow to be gone' })
})

test('granting again takes back what was too much, also from several processes at once', async () => {
  write(
    '1_first',
    'create table entries (id int); create table audit_rows (id int); create schema pgboss; create table pgboss.job (id int);',
  )
  await migrate(ownerUrl, { folder })
  await query(ownerUrl, 'grant all on entries, audit_rows to purser')
  await Promise.all([1, 2, 3].map(() => grantToApplication(ownerUrl, 'purser')))
  for (const tooMuch of ['delete from entries', 'insert into entries values (1)', 'delete from audit_rows']) {
    await expect(query(appUrl, tooMuch), tooMuch).rejects.toThrow(/permission denied/)
  }
  await query(
    appUrl,
    'insert into audit_rows values (1); insert into pgboss.job values (1); delete from pgboss.job',
  )
})

test('the owner needs no grants, and a role that is not there is a sentence', async () => {
  write('1_first', 'create table entries (id int);')
  await migrate(ownerUrl, { folder, appRole: 'purser_owner' })
  await query(ownerUrl, 'delete from entries')
  await expect(grantToApplication(ownerUrl, 'nobody_here')).rejects.toThrow(
    'The role nobody_here cannot be given what the application needs: role "nobody_here" does not exist.',
  )
})
