import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  createFunctions,
  digestsIn,
  FUNCTIONS,
  type FunctionSet,
  mayUseFunctions,
  readFunctions,
} from '../../src/database/functions.ts'
import { guardsInPlace } from '../../src/database/guards.ts'
import { readMigrations } from '../../src/database/migration-files.ts'
import { migrate } from '../../src/database/migrations.ts'
import { type ClonedDatabase, cloneDatabase } from '../setup/worker.ts'
import { runCommand } from '../support/command.ts'
import { sources } from '../support/source.ts'
import { statementTexts } from '../support/statements.ts'

const workFolder = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-functions-'))
const folder = path.join(workFolder, 'migrations')
afterAll(() => rmSync(workFolder, { recursive: true }))

let database: ClonedDatabase
let owner: pg.Client
beforeEach(async () => {
  database = await cloneDatabase()
  owner = new pg.Client(database.ownerUrl)
  await owner.connect()
})
afterEach(async () => {
  await owner.end()
  await database.drop()
})

const start = (functions: FunctionSet = FUNCTIONS) => migrate(database.ownerUrl, { functions })
const inPlace = () => digestsIn(owner, Object.keys(FUNCTIONS.digests))
const routines = async (...names: string[]) => {
  const { rows } = await owner.query<{ signature: string }>(
    'select oid::regprocedure::text as signature from pg_proc where proname = any ($1) order by 1',
    [names],
  )
  return rows.map(({ signature }) => signature)
}
/** Recorded as by a version before this one. */
const recordFormer = (digests: Record<string, string> = {}) =>
  owner.query('update function_sets set number = 0, digests = digests || $1', [JSON.stringify(digests)])

/** A set of these functions, with the digests that they have in the database. */
async function setOf(number: number, texts: Record<string, string>): Promise<FunctionSet> {
  await owner.query('begin')
  for (const name of Object.keys(texts)) {
    for (const signature of await routines(name)) await owner.query(`drop routine ${signature} cascade`)
  }
  await createFunctions(owner, { number, digests: {}, texts })
  const digests = await digestsIn(owner, Object.keys(texts))
  await owner.query('rollback')
  return { number, digests, texts }
}
/** Those of Purser, and these besides. */
async function withThese(texts: Record<string, string>, number = FUNCTIONS.number + 1): Promise<FunctionSet> {
  const more = await setOf(number, texts)
  return {
    number,
    digests: { ...FUNCTIONS.digests, ...more.digests },
    texts: { ...FUNCTIONS.texts, ...texts },
  }
}

const twice = (sql = 'select 2 * n', n = 'n') =>
  `create or replace function twice(${n} int) returns int language sql immutable as $$ ${sql} $$`

describe('the files', () => {
  test('have a function each, of the file’s name, under a comment', () => {
    const files = sources('src/*/sql/*.sql')
    expect(files.length).toBeGreaterThan(25)
    for (const { file, text } of files) {
      const name = path.basename(file, '.sql')
      expect(text, file).toMatch(new RegExp(`^(--[^\\n]*\\n)+CREATE OR REPLACE FUNCTION ${name}\\(`))
      expect(text.match(/CREATE (OR REPLACE )?(FUNCTION|PROCEDURE)/gi), file).toHaveLength(1)
    }
  })

  test('are the same with other line ends', () => {
    for (const { file, text } of sources('src/*/sql/*.sql')) {
      const copy = path.join(workFolder, file)
      mkdirSync(path.dirname(copy), { recursive: true })
      writeFileSync(copy, text.replaceAll('\n', '\r\n'))
    }
    expect(readFunctions(path.join(workFolder, 'src'))).toEqual(FUNCTIONS)
  })

  test('and no migration has a function’s text any more', () => {
    const wrong = readMigrations(path.resolve(import.meta.dirname, '../../prisma/migrations'))
      .filter(({ name }) => mayUseFunctions(name))
      .filter(({ sql }) => /create (or replace )?(function|procedure)|pg_get_functiondef/i.test(sql))
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  test('take no row of a table as an argument, since a shard has rows of another type', async () => {
    const { rows } = await owner.query(
      `
      select p.proname from pg_proc p join pg_type t on t.oid = any (p.proargtypes) or t.oid = p.prorettype
      where p.proname = any ($1) and t.typrelid <> 0`,
      [Object.keys(FUNCTIONS.digests)],
    )
    expect(rows).toEqual([])
  })

  test('have the digests that are recorded beside their number, in any new database', async () => {
    expect(await inPlace()).toEqual(FUNCTIONS.digests)
    const { rows } = await owner.query('select number, digests from function_sets')
    expect(rows).toEqual([{ number: FUNCTIONS.number, digests: FUNCTIONS.digests }])
    expect(Object.keys(FUNCTIONS.digests).sort()).toEqual(Object.keys(FUNCTIONS.texts).sort())
  })
})

/** Functions whose results are stored, in an index, a column or a search row. */
const KEPT = {
  folded_name: '2915a42169926ce763b27a6d20696de0de9e77a173e7dfb8003d5aff85099cb7',
  punycode_decoded: '266f0668dd51a4c94f9faeac99236a231636d7a218506a57ba81b8ae3572d982',
  receipt_folded: 'ef1a9c6db0b08ce6f2dad94b84f82c7f2869d59c9d725ffa2dc979b9449678b7',
  search_folded: '318d6ca22607830ee714ce3b79fd9cba1cdaa49021e33c0550a2c7566d1dbb78',
  search_words: 'a4fa36b4270088cb2e22f70fc877936f3dc4912c56fccbc309f608e5a91ed0e6',
  shown_address: '330bd53911fbb4322c42215ee9372a24ad9b5b04d4d0e08b286fa4c28168f800',
}

describe('a function whose results are stored', () => {
  test('is as it was: a change needs a migration that stores them again (see docs/development.md)', () => {
    const digests = Object.keys(KEPT).map((name) => [name, FUNCTIONS.digests[name]])
    expect(Object.fromEntries(digests)).toEqual(KEPT)
  })

  test('is among these where an index, a constraint or a column depends on it', async () => {
    const { rows } = await owner.query<{ name: string }>(
      `select distinct p.proname as name from pg_depend d join pg_proc p on d.refclassid = 'pg_proc'::regclass and p.oid = d.refobjid
       where p.proname = any ($1) and d.classid in ('pg_class'::regclass, 'pg_constraint'::regclass, 'pg_attrdef'::regclass)`,
      [Object.keys(FUNCTIONS.digests)],
    )
    expect(rows.length).toBeGreaterThan(1)
    expect(Object.keys(KEPT)).toEqual(expect.arrayContaining(rows.map(({ name }) => name)))
  })
})

describe('a start', () => {
  test('applies what is newer, and nothing where all is there already, for two statements', async () => {
    const set = await withThese({ twice: twice() })
    const said: string[] = []
    await migrate(database.ownerUrl, { functions: set, onProgress: (sentence) => said.push(sentence) })
    expect(said).toEqual(['Bringing the functions of the database up to date.'])
    expect((await owner.query('select twice(4)')).rows).toEqual([{ twice: 8 }])
    const asked = await statementTexts(() => start(set))
    expect(asked.filter((text) => text.includes('function_sets'))).toHaveLength(2)
    expect(asked.filter((text) => /create|drop|lock/i.test(text))).toEqual([])
  })

  test('of an older version is refused, and changes nothing', async () => {
    await start(await withThese({ twice: twice() }))
    await expect(start()).rejects.toThrow('has the functions of a newer version of Purser')
    expect(await routines('twice')).toEqual(['twice(integer)'])
  })

  test('with the same number and another text is refused, and changes nothing', async () => {
    await start(await withThese({ twice: twice() }))
    const other = await withThese({ twice: twice('select n + n') })
    await expect(start(other)).rejects.toThrow(`other functions under number ${FUNCTIONS.number + 1}`)
    expect((await owner.query('select prosrc from pg_proc where proname = $1', ['twice'])).rows).toEqual([
      { prosrc: ' select 2 * n ' },
    ])
  })

  test('of two at once, both end with all of it, applied once', async () => {
    const set = await withThese({ twice: twice() })
    await Promise.all([start(set), start(set)])
    const { rows } = await owner.query('select number from function_sets order by number')
    expect(rows.map(({ number }) => number as number)).toEqual([FUNCTIONS.number, set.number])
  })

  test('puts a changed text right with the next number, and what is no Purser’s is left alone', async () => {
    await owner.query(
      `create or replace function random_salt() returns bytea language sql as $$ select 'x'::bytea $$`,
    )
    await owner.query(`create function of_the_host() returns int language sql as 'select 1'`)
    expect((await guardsInPlace(owner)).alteredFunctions).toEqual(['random_salt'])
    await recordFormer()
    await start()
    expect(await inPlace()).toEqual(FUNCTIONS.digests)
    expect((await guardsInPlace(owner)).alteredFunctions).toEqual([])
    expect(await routines('of_the_host')).toEqual(['of_the_host()'])
  })

  test('drops what the files no longer have, with its overloads', async () => {
    await start(await withThese({ twice: twice() }))
    await owner.query(`create function twice(word text) returns text language sql as 'select word || word'`)
    await owner.query(`create function random_salt(n int) returns int language sql as 'select n'`)
    await start({ ...FUNCTIONS, number: FUNCTIONS.number + 2 })
    expect(await routines('twice', 'random_salt')).toEqual(['random_salt()'])
  })

  test('from before there were files, drops what only migrations had', async () => {
    await owner.query('delete from function_sets')
    await owner.query(`create procedure rewrite_search() language sql as 'select 1'`)
    await start()
    expect(await routines('rewrite_search')).toEqual([])
    expect(await inPlace()).toEqual(FUNCTIONS.digests)
  })

  test('replaces one whose arguments or result have changed', async () => {
    await start(await withThese({ twice: twice() }))
    await start(await withThese({ twice: twice('select 2 * m', 'm') }, FUNCTIONS.number + 2))
    await start(
      await withThese(
        {
          twice: `create or replace function twice(m bigint) returns bigint language sql as $$ select 2 * m $$`,
        },
        FUNCTIONS.number + 3,
      ),
    )
    expect(await routines('twice')).toEqual(['twice(bigint)'])
  })

  test('and who may call it may go on', async () => {
    const shut = '; revoke all on function twice from public'
    await start(await withThese({ twice: twice() + shut }))
    await owner.query('grant execute on function twice to purser')
    await start(await withThese({ twice: twice('select 2 * m', 'm') + shut }, FUNCTIONS.number + 2))
    const { rows } = await owner.query(
      `select has_function_privilege('purser', 'twice(int)', 'execute') as may, proacl::text like '%{=X%' as all from pg_proc where proname = 'twice'`,
    )
    expect(rows).toEqual([{ may: true, all: false }])
  })

  test('says what depends on one that cannot be replaced, and changes nothing', async () => {
    await start(await withThese({ twice: twice() }))
    await owner.query('create table doubled (n int); create index doubled_idx on doubled (twice(n))')
    const next = await withThese(
      { twice: twice('select 2 * m', 'm'), salt: twice().replace('twice', 'salt') },
      FUNCTIONS.number + 2,
    )
    await expect(start(next)).rejects.toThrow(/twice\(integer\) cannot be .* up to date .*doubled_idx/s)
    expect(await routines('salt')).toEqual([])
    expect((await owner.query('select max(number) as number from function_sets')).rows).toEqual([
      { number: FUNCTIONS.number + 1 },
    ])
  })

  test('whose files do not fit their digests is refused', async () => {
    const set = await withThese({ twice: twice() })
    const changed = { ...set, texts: { ...set.texts, twice: twice('select n + n') } }
    await expect(start(changed)).rejects.toThrow('npm run functions')
    expect(await routines('twice')).toEqual([])
  })

  test('says so also where something depends on one of them', async () => {
    const set = await withThese({ twice: twice() })
    await start(set)
    await owner.query('create table doubled (n int); create index doubled_idx on doubled (twice(n))')
    const changed = { ...set, number: set.number + 1, texts: { ...set.texts, twice: twice('select n + n') } }
    await expect(start(changed)).rejects.toThrow('npm run functions')
  })
})

test('npm run migrate brings a database up to date without serving it', { timeout: 60_000 }, async () => {
  await owner.query(
    `create or replace function random_salt() returns bytea language sql as $$ select 'x'::bytea $$`,
  )
  await recordFormer()
  const env = { DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl }
  const { code, out } = await runCommand('migrate', [], env)
  expect([code, out.split('\n').at(-2)]).toEqual([0, 'The database is up to date.'])
  expect(await inPlace()).toEqual(FUNCTIONS.digests)
  expect(await runCommand('migrate', ['now'], env)).toMatchObject({ code: 1 })
})

test('and restores what was changed outside Purser since, with its rights', { timeout: 60_000 }, async () => {
  await owner.query(
    `create or replace function random_salt() returns bytea language sql as $$ select 'x'::bytea $$;
     create function refuse_change(n int) returns int language sql as 'select n';
     drop function expire_credits(text, text, uuid[], timestamptz)`,
  )
  // A start does not: it warns, and so does /readyz.
  await start()
  const altered = ['expire_credits', 'random_salt', 'refuse_change']
  expect((await guardsInPlace(owner)).alteredFunctions).toEqual(altered)
  const env = { DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl }
  const { code, out } = await runCommand('migrate', [], env)
  expect([code, ...out.split('\n').slice(-3, -1)]).toEqual([
    0,
    `Functions that had been changed outside Purser were restored: ${altered.join(', ')}.`,
    'The database is up to date.',
  ])
  expect(await routines(...altered)).toEqual([
    'expire_credits(text,text,uuid[],timestamp with time zone)',
    'random_salt()',
    'refuse_change()',
  ])
  const app = new pg.Client(database.appUrl)
  await app.connect()
  expect(await guardsInPlace(app)).toEqual({
    alteredFunctions: [],
    triggers: true,
    constraints: true,
    grants: true,
  })
  const { rows } = await app.query(`select expire_credits('none', 'none', '{}')`)
  expect(rows).toEqual([{ expire_credits: '0' }])
  await app.end()
})

describe('with migrations', () => {
  const table = readFileSync(
    path.resolve(
      import.meta.dirname,
      '../../prisma/migrations/20261129070000_functions_in_files/migration.sql',
    ),
    'utf8',
  )
  const write = (scripts: Record<string, string>) => {
    rmSync(folder, { recursive: true, force: true })
    for (const [name, sql] of Object.entries(scripts)) {
      mkdirSync(path.join(folder, name), { recursive: true })
      writeFileSync(path.join(folder, name, 'migration.sql'), sql)
    }
  }
  const FIRST = { '20261129070000_functions_in_files': table }
  beforeEach(async () => {
    await owner.query('drop schema public cascade; create schema public')
  })

  test('a new one may use a function, also one that needs what the script makes', async () => {
    const texts = {
      twice: twice(),
      told: 'create or replace function told(of notes) returns text language sql stable as $$ select (of).word $$',
    }
    await owner.query('create table notes (word text)')
    const set = await setOf(1, texts)
    await owner.query('drop table notes')
    write({ ...FIRST, '30000101000000_notes': 'create table notes (word text); select twice(2);' })
    await migrate(database.ownerUrl, { folder, functions: set })
    expect(await digestsIn(owner, ['twice', 'told'])).toEqual(set.digests)
  })

  test('a script that fails leaves the functions of before, whole', async () => {
    write(FIRST)
    const former = await setOf(1, { twice: twice() })
    await migrate(database.ownerUrl, { folder, functions: former })
    write({ ...FIRST, '30000101000000_broken': 'create table notes (word text); select 1/0;' })
    const next = await setOf(2, { twice: twice('select n + n') })
    await expect(migrate(database.ownerUrl, { folder, functions: next })).rejects.toThrow('division by zero')
    expect(await digestsIn(owner, ['twice'])).toEqual(former.digests)
    expect((await owner.query('select number from function_sets')).rows).toEqual([{ number: 1 }])
  })

  test('after one that runs outside a transaction, they come in one of their own', async () => {
    const set = await setOf(1, { twice: twice() })
    write({
      ...FIRST,
      '30000101000000_outside': '-- outside a transaction\ncreate table if not exists notes (word text);\n',
    })
    await migrate(database.ownerUrl, { folder, functions: set })
    expect(await digestsIn(owner, ['twice'])).toEqual(set.digests)
  })

  test('one that runs outside a transaction may use a function, also as the first', async () => {
    write({ ...FIRST, '30000101000000_notes': 'create table notes (n int);' })
    await migrate(database.ownerUrl, { folder, functions: await setOf(1, { twice: twice('select n') }) })
    const set = await setOf(2, { twice: twice(), thrice: twice('select 3 * n').replace('twice', 'thrice') })
    const index = 'create index concurrently if not exists notes_idx on notes (thrice(n));'
    write({
      ...FIRST,
      '30000101000000_notes': 'create table notes (n int);',
      '30000101000001_outside': `-- outside a transaction\n${index}\n`,
      '30000101000002_uses': 'insert into notes values (thrice(2));',
    })
    await migrate(database.ownerUrl, { folder, functions: set })
    expect((await owner.query('select n from notes')).rows).toEqual([{ n: 6 }])
    expect(await digestsIn(owner, ['twice', 'thrice'])).toEqual(set.digests)
  })

  test('the next may use a function where the first was applied by an earlier start', async () => {
    write(FIRST)
    await migrate(database.ownerUrl, { folder, functions: null })
    const notes = 'create table notes (n int);'
    write({
      ...FIRST,
      '30000101000000_notes': notes,
      '30000101000001_uses': 'insert into notes values (twice(2));',
    })
    const [first] = readMigrations(folder).slice(1)
    await owner.query(
      `insert into _prisma_migrations (id, checksum, migration_name, applied_steps_count) values ('x', $1, $2, 0)`,
      [first?.checksum, first?.name],
    )
    await owner.query(notes)
    const set = await setOf(1, { twice: twice() })
    await migrate(database.ownerUrl, { folder, functions: set })
    expect((await owner.query('select n from notes')).rows).toEqual([{ n: 4 }])
    expect(await digestsIn(owner, ['twice'])).toEqual(set.digests)
  })
})
