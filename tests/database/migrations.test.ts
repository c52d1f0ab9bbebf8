import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeEach, expect, inject, test } from 'vitest'
import { FUNCTIONS } from '../../src/database/functions.ts'
import { grantToApplication } from '../../src/database/grants.ts'
import { schemaDrift } from '../../prisma/drift.ts'
import { readMigrations } from '../../src/database/migration-files.ts'
import { migrate, pendingMigrations } from '../../src/database/migrations.ts'
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

test('two that migrate at once: one does, the other waits', async () => {
  write('1_slow', 'create table slow (id int); select pg_sleep(2);')
  const progress: string[] = []
  const options = { folder, onProgress: (sentence: string) => progress.push(sentence) }
  await Promise.all([migrate(ownerUrl, options), migrate(ownerUrl, options)])
  expect(await tables()).toEqual(['_prisma_migrations', 'slow'])
  expect(progress.filter((sentence) => sentence.includes('Waiting'))).toHaveLength(1)
  expect(await query(ownerUrl, 'select count(*)::int from _prisma_migrations')).toEqual([{ count: 1 }])
})

test('a migration is noted as Prisma notes it', async () => {
  const sql = 'create table first (id int); select pg_sleep(0.1);'
  write('1_first', sql)
  await migrate(ownerUrl, { folder })
  const [row] = await query(
    ownerUrl,
    "select *, finished_at - started_at > interval '0.1 s' as lasted from _prisma_migrations",
  )
  expect(row).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    checksum: createHash('sha256').update(sql).digest('hex'),
    migration_name: '1_first',
    started_at: expect.any(Date),
    finished_at: expect.any(Date),
    lasted: true,
    logs: null,
    rolled_back_at: null,
    applied_steps_count: 1,
  })
  // The table too, as its engine makes it.
  expect(
    await query(
      ownerUrl,
      `select column_name || ' ' || udt_name || coalesce(character_maximum_length::text, '') || ' ' || is_nullable || coalesce(' ' || column_default, '') as is
       from information_schema.columns where table_name = '_prisma_migrations' order by ordinal_position`,
    ),
  ).toEqual(
    [
      'id varchar36 NO',
      'checksum varchar64 NO',
      'finished_at timestamptz YES',
      'migration_name varchar255 NO',
      'logs text YES',
      'rolled_back_at timestamptz YES',
      'started_at timestamptz NO now()',
      'applied_steps_count int4 NO 0',
    ].map((is) => ({ is })),
  )
})

test('one that is told to stop is rolled back at once, and applied the next time', async () => {
  write('1_slow', 'create table slow (id int); select pg_sleep(20);')
  const stop = new AbortController()
  const began = Date.now()
  const migrating = migrate(ownerUrl, { folder, signal: stop.signal })
  const running = () =>
    query(
      inject('superUrl'),
      `select from pg_stat_activity where datname = '${database}' and query like '%pg_sleep(20)%' and pid <> pg_backend_pid()`,
    )
  await waitFor(async () => (await running()).length > 0, { what: 'the script' })
  stop.abort(new Error('Stopped.'))
  await expect(migrating).rejects.toThrow('Stopped.')
  // Nobody goes on with it in the server either, who would keep the next from its turn.
  await waitFor(async () => (await running()).length === 0, { msMax: 3_000, what: 'the script to end' })
  expect(Date.now() - began).toBeLessThan(10_000)
  expect(await query(ownerUrl, 'select * from _prisma_migrations')).toEqual([])
  write('1_slow', 'create table slow (id int);')
  await migrate(ownerUrl, { folder })
  expect(await tables()).toEqual(['_prisma_migrations', 'slow'])
})

test.each(['statement_timeout', 'transaction_timeout'])(
  'a limit that the role has by default does not end a script: %s',
  async (limit) => {
    await query(inject('superUrl'), `alter role purser_owner in database ${database} set ${limit} = 200`)
    write('1_slow', 'create table slow (id int); select pg_sleep(0.5);')
    await migrate(ownerUrl, { folder })
    expect(await tables()).toEqual(['_prisma_migrations', 'slow'])
  },
)

test('what cannot be in a transaction says so, runs statement by statement, and bears being run again', async () => {
  write('1_first', 'create table notes (word text);')
  write('2_index', 'create index concurrently notes_word on notes (word);')
  await expect(migrate(ownerUrl, { folder })).rejects.toThrow(
    'The migration 2_index cannot be applied to this database: ERROR: CREATE INDEX CONCURRENTLY cannot run inside a transaction block.',
  )
  write(
    '2_index',
    `-- outside a transaction
-- A remnant of a run that was ended is invalid; it goes first.
drop index concurrently if exists notes_word;
create index concurrently notes_word
  on notes (word);
`,
  )
  await migrate(ownerUrl, { folder })
  // As after a kill between the last statement and its note.
  await query(ownerUrl, `delete from _prisma_migrations where migration_name = '2_index'`)
  await migrate(ownerUrl, { folder })
  expect(
    await query(ownerUrl, `select indisvalid from pg_index where indexrelid = 'notes_word'::regclass`),
  ).toEqual([{ indisvalid: true }])
  expect(await query(ownerUrl, 'select migration_name from _prisma_migrations order by 1')).toHaveLength(2)
})

test('a script that ends its transaction itself is refused, and its writer told', async () => {
  write('1_own', 'create table own (id int); commit; create table more (id int);')
  await expect(migrate(ownerUrl, { folder })).rejects.toThrow(
    'The migration 1_own ends the transaction in which it runs. Remove its BEGIN and COMMIT.',
  )
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

/** As Prisma's engine leaves one that is killed between the script and its note: begun, not counted. */
const LEFT_BEHIND = 'set finished_at = null, applied_steps_count = 0'

/** Set defaults or write rows only: applied once more they do the same, and nothing tells that they were there. */
const BEARS_TWICE = [
  '20261128160000_the_databases_clock',
  '20261128190100_search_rows_by_every_word',
  '20261129150100_search_rows_filled',
  '20261201060100_list_rows_filled',
  '20261201130000_words_indexed_at_once',
]

test('the fault of before is mended after each of Purser’s own migrations', async () => {
  const own = readMigrations(path.join(prismaFolder, 'migrations'))
  const withFunctions = { folder, functions: FUNCTIONS, areFunctionsNew: true }
  for (const { name, sql } of own) {
    write(name, sql)
    await migrate(ownerUrl, withFunctions)
    await query(ownerUrl, `update _prisma_migrations ${LEFT_BEHIND} where migration_name = '${name}'`)
    const progress: string[] = []
    await migrate(ownerUrl, { ...withFunctions, onProgress: (sentence) => progress.push(sentence) })
    const said = `The migration ${name} was applied by an earlier start that stopped before it could record this.`
    expect(progress.includes(said)).toBe(!BEARS_TWICE.includes(name))
  }
  const noted = await query(
    ownerUrl,
    'select migration_name, applied_steps_count from _prisma_migrations where finished_at is not null order by 1',
  )
  expect(noted).toEqual(own.map(({ name }) => ({ migration_name: name, applied_steps_count: 1 })))
})

test('it is mended also where later starts have tried in vain, and what came to lie there since is applied', async () => {
  write('1_first', 'create table first (id int);')
  await migrate(ownerUrl, { folder })
  await query(
    ownerUrl,
    `update _prisma_migrations ${LEFT_BEHIND}, rolled_back_at = now();
     insert into _prisma_migrations (id, checksum, migration_name, logs, rolled_back_at)
     select 'later', checksum, migration_name, 'relation "first" already exists', now() from _prisma_migrations`,
  )
  write('2_second', 'create table second (id int);')
  await migrate(ownerUrl, { folder })
  expect(await tables()).toEqual(['_prisma_migrations', 'first', 'second'])
})

test('a table of somebody else’s is not taken for a migration that was interrupted', async () => {
  write('1_first', 'create table first (id int);')
  await query(ownerUrl, 'create table first (other text)')
  await expect(migrate(ownerUrl, { folder })).rejects.toThrow(/1_first cannot be applied.*already exists/)
  expect(await query(ownerUrl, 'select * from _prisma_migrations')).toEqual([])
})

test('one that was changed after it was applied, and one of a newer Purser, are refused', async () => {
  write('1_first', 'create table first (id int);')
  await migrate(ownerUrl, { folder })
  write('1_first', 'create table other (id int);')
  await expect(migrate(ownerUrl, { folder })).rejects.toThrow(/1_first was changed after it was applied/)
  rmSync(path.join(folder, '1_first'), { recursive: true })
  await expect(migrate(ownerUrl, { folder })).rejects.toThrow(/newer version of Purser .*1_first/)
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
    'The role nobody_here cannot be granted the rights that the application needs: role "nobody_here" does not exist.',
  )
})
