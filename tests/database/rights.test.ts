import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { grantToApplication } from '../../src/database/grants.ts'
import { guardsInPlace } from '../../src/database/guards.ts'
import { OWNERS_FUNCTIONS, RIGHTS } from '../../src/database/rights.ts'
import { type ClonedDatabase, cloneDatabase } from '../setup/worker.ts'

let database: ClonedDatabase
let owner: pg.Client
let app: pg.Client
beforeAll(async () => {
  database = await cloneDatabase()
  owner = new pg.Client(database.ownerUrl)
  app = new pg.Client(database.appUrl)
  await owner.connect()
  await app.connect()
})
afterAll(async () => {
  await app.end()
  await owner.end()
  await database.drop()
})

/** Every table there is, with its columns, as the catalogue has them. */
async function columnsByTable(): Promise<Map<string, string[]>> {
  const { rows } = await owner.query<{ name: string; columns: string[] }>(
    `select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') group by 1 order by 1`,
  )
  return new Map(rows.map(({ name, columns }) => [name, columns]))
}

/** What the database works out by itself, and nobody writes, by table. */
async function generatedColumns(): Promise<Map<string, string[]>> {
  const { rows } = await owner.query<{ name: string; columns: string[] }>(
    `select table_name as name, array_agg(column_name::text) as columns from information_schema.columns
     where table_schema = 'public' and is_generated = 'ALWAYS' group by 1`,
  )
  return new Map(rows.map(({ name, columns }) => [name, columns]))
}

/** Whether the database refuses it to the application's role for want of the right; nothing that it asks for is done. */
async function isRefused(sql: string): Promise<boolean> {
  await app.query('begin')
  try {
    await app.query(sql)
    return false
  } catch (error) {
    const { code, message } = error as pg.DatabaseError
    if (code === '42501' && /^(permission denied|must be owner)/.test(message)) return true
    throw error
  } finally {
    await app.query('rollback')
  }
}

/** What each right lets the role do, by its name; on no row, for a right is asked for before there is any. */
function attempts(
  table: string,
  columns: readonly string[],
  generated: readonly string[],
): [right: string, sql: string][] {
  const [first = ''] = columns
  const written = columns.filter((column) => !generated.includes(column))
  return [
    ...columns.map((column): [string, string] => [
      `read ${column}`,
      `select "${column}" from "${table}" where false`,
    ]),
    ['insert', `insert into "${table}" (${written}) select ${written.map(() => 'null')} where false`],
    ['delete', `delete from "${table}" where false`],
    ...written.map((column): [string, string] => [
      `update ${column}`,
      `update "${table}" set "${column}" = null where false`,
    ]),
    ['truncate', `truncate "${table}" cascade`],
    ['alter', `alter table "${table}" add column added int`],
    ['drop', `drop table "${table}" cascade`],
    ['disable triggers', `alter table "${table}" disable trigger all`],
    [
      'make a trigger',
      `create trigger made before insert on "${table}" for each row execute function refuse_change()`,
    ],
    ['index', `create index on "${table}" ("${first}")`],
  ]
}

test('each table and each column that changes is listed, and nothing that is not there', async () => {
  const there = await columnsByTable()
  for (const [table, columns] of there) {
    expect(
      RIGHTS,
      `The table ${table} has no line in src/database/rights.ts: add one that says what the application does with its rows.`,
    ).toHaveProperty(table)
    for (const column of [...(RIGHTS[table]?.update ?? []), ...(RIGHTS[table]?.unread ?? [])]) {
      expect(columns, `src/database/rights.ts names ${table}.${column}, which is not there.`).toContain(
        column,
      )
    }
  }
  expect(Object.keys(RIGHTS).filter((table) => !there.has(table))).toEqual([])
})

test('the application may do what is listed, and is refused all else, in every table and column', async () => {
  const generated = await generatedColumns()
  for (const [table, columns] of await columnsByTable()) {
    const { insert, update = [], delete: remove, unread = [] } = RIGHTS[table] ?? {}
    const read = columns.filter((column) => !unread.includes(column))
    const listed = new Set([
      ...read.map((column) => `read ${column}`),
      ...update.map((column) => `update ${column}`),
    ])
    if (insert) listed.add('insert')
    if (remove) listed.add('delete')
    for (const [right, sql] of attempts(table, columns, generated.get(table) ?? [])) {
      expect(
        await isRefused(sql),
        listed.has(right)
          ? `The application cannot ${right} in ${table}, though src/database/rights.ts lists it.`
          : `The application can ${right} in ${table}, which src/database/rights.ts does not list.`,
      ).toBe(!listed.has(right))
    }
  }
})

test('no ledger, log or key of a row ever changes', () => {
  for (const [table, { update = [] }] of Object.entries(RIGHTS)) {
    expect(update, table).not.toContain('reseller_id')
    if (table !== 'password_candidates') expect(update, table).not.toContain('id')
  }
  for (const table of ['postings', 'entries', 'grant_movements', 'audit_rows']) {
    expect(Object.keys(RIGHTS[table] ?? {}), table).toEqual(table === 'audit_rows' ? ['insert'] : [])
  }
})

test.each([
  'create table made (id int)',
  'create schema made',
  'create function made() returns int language sql as $$ select 1 $$',
  `create or replace function refuse_change() returns trigger language plpgsql as $$ begin return new; end $$`,
  'set role purser_owner',
])('and makes nothing: %s', async (sql) => {
  expect(await isRefused(sql)).toBe(true)
})

test.each([
  'grant update on audit_rows to purser',
  'grant update (id) on staff to purser',
  'grant delete on customers to purser',
  'grant insert on _prisma_migrations to purser',
  'grant truncate on tags to purser',
  'grant select (sealed) on factor_secrets to purser',
  'grant select (password_hash) on customers to purser',
  'grant select on staff to purser',
])('a right too many is a guard that is missing, and is taken back at the next start: %s', async (grant) => {
  const pool = new pg.Pool({ connectionString: database.appUrl, max: 1 })
  try {
    await owner.query(grant)
    expect(await guardsInPlace(pool)).toMatchObject({ grants: false })
    await grantToApplication(database.ownerUrl, 'purser')
    expect(await guardsInPlace(pool)).toEqual({
      alteredFunctions: [],
      triggers: true,
      constraints: true,
      grants: true,
    })
  } finally {
    await pool.end()
  }
})

test('what works as the owner looks nowhere else for its tables, and the application alone may call it', async () => {
  const { rows } = await owner.query<{
    name: string
    isTrigger: boolean
    config: string[]
    callers: string[]
  }>(
    `select replace(p.oid::regprocedure::text, 'timestamp with time zone', 'timestamptz') as name, p.prorettype = 'trigger'::regtype as "isTrigger",
            p.proconfig as config, array(select grantee::regrole::text from aclexplode(p.proacl) where grantee <> p.proowner order by 1) as callers
     from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef order by 1`,
  )
  for (const { name, isTrigger, config, callers } of rows) {
    expect(config, name).toEqual(['search_path=public, pg_temp'])
    expect(callers, name).toEqual(isTrigger ? [] : ['purser'])
  }
  const called = rows.filter(({ isTrigger }) => !isTrigger).map(({ name }) => name)
  expect(called.toSorted()).toEqual(OWNERS_FUNCTIONS.map((name) => name.replaceAll(' ', '')).toSorted())
})
