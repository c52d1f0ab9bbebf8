import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { prismaFolder, readMigrations } from './migration-files.ts'
import type { Queries } from './migration-history.ts'

const sourceFolder = path.resolve(import.meta.dirname, '..')

/** The functions of the database: each in a file of its own, src/ROOM/sql/NAME.sql (or .ts), beside the code that calls it. */
export interface FunctionSet {
  /** Only rises: raised by `npm run functions` whenever a text has changed. */
  number: number
  /** By each function's name, the digest of what it is in the database: see digestsIn(). */
  digests: Readonly<Record<string, string>>
  /** By each function's name, its text. */
  texts: Readonly<Record<string, string>>
}

/** Where number and digests are stored, beside this file. */
export const functionsFile = path.join(import.meta.dirname, 'functions.json')

/** The texts that a file src/ROOM/sql/NAME.ts makes, from a table of its room. */
async function madeTexts(): Promise<FunctionSet['texts']> {
  const texts: Record<string, string> = {}
  for (const file of globSync('*/sql/*.ts', { cwd: sourceFolder }).sort()) {
    const { text } = (await import(pathToFileURL(path.join(sourceFolder, file)).href)) as { text: string }
    texts[path.basename(file, '.ts')] = text
  }
  return texts
}

const MADE = await madeTexts()

/** The functions of this Purser, as the files below `folder` have them. A checkout with other line ends has the same ones. */
export function readFunctions(folder = sourceFolder): FunctionSet {
  const files = globSync('*/sql/*.sql', { cwd: folder }).sort()
  const texts = files.map((file) => [
    path.basename(file, '.sql'),
    readFileSync(path.join(folder, file), 'utf8').replaceAll('\r\n', '\n'),
  ])
  const { number, digests } = JSON.parse(readFileSync(functionsFile, 'utf8')) as Omit<FunctionSet, 'texts'>
  return { number, digests, texts: { ...MADE, ...(Object.fromEntries(texts) as FunctionSet['texts']) } }
}

/** Read once, since the files of a newer Purser may take their place while this one runs. */
export const FUNCTIONS = readFunctions()

/**
 * SQL for the digest of a function `p` in language `l`: over its arguments, result, settings and text, as every
 * version of PostgreSQL writes them.
 */
export const DIGEST = `encode(sha256(convert_to(concat_ws(E'\\x1f', pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), l.lanname,
  p.prokind, p.provolatile, p.prosecdef, p.proisstrict, p.proparallel, coalesce(array_to_string(p.proconfig, ','), ''), p.prosrc), 'UTF8')), 'hex')`

const IN_PUBLIC = `pg_proc p join pg_language l on l.oid = p.prolang where p.pronamespace = 'public'::regnamespace`

/** The table that says which functions were applied is made by this migration. */
const TABLE_SINCE = '20261129070000_functions_in_files'

/** Whether a migration came after the functions had moved into files: it may use them as the files have them. */
export const mayUseFunctions = (migration: string) => migration > TABLE_SINCE

/**
 * Whether the functions of this Purser are still to be applied to the database.
 *
 * @throws for functions of a newer Purser, and for other functions under the same number: two versions would overwrite each other's
 */
export async function areFunctionsPending(
  client: Queries,
  { number, digests }: FunctionSet,
): Promise<boolean> {
  const latest = await latestSet(client)
  if (!latest || latest.number < number) return true
  if (latest.number > number) {
    throw new Error(
      `This database has the functions of a newer version of Purser (number ${latest.number}; this version has ${number}). Start that version.`,
    )
  }
  if (!isSame(latest.digests, digests)) {
    throw new Error(
      `This database has other functions under number ${number} than this version of Purser. Start the version that applied them, or a newer one.`,
    )
  }
  return false
}

/** The number of the functions that a database was last given; undefined before they had one. */
export const functionsNumberIn = async (client: Queries) => (await latestSet(client))?.number

async function latestSet(client: Queries): Promise<Omit<FunctionSet, 'texts'> | null> {
  const { rows: found } = await client.query<{ there: boolean }>(
    `select to_regclass('public.function_sets') is not null as there`,
  )
  if (!found[0]?.there) return null
  const { rows } = await client.query<Omit<FunctionSet, 'texts'>>(
    'select number, digests from function_sets order by number desc limit 1',
  )
  return rows[0] ?? null
}

/**
 * Creates or replaces every function, in the caller's transaction. `before` a migration, one whose types are not there yet is passed over.
 *
 * @throws in a sentence where something depends on a function whose arguments or result have changed
 */
export async function createFunctions(
  client: pg.ClientBase,
  { texts }: FunctionSet,
  { before = false } = {},
): Promise<void> {
  // They may name each other, and tables that the next migration makes.
  await client.query('set local check_function_bodies = off')
  for (const [name, text] of Object.entries(texts)) await createFunction(client, { name, text }, before)
}

/** A type or table is not there; and what CREATE OR REPLACE cannot change: names of arguments, and the result. */
const NOT_THERE = new Set(['42704', '42P01'])
const CANNOT_REPLACE = '42P13'

async function createFunction(client: pg.ClientBase, one: { name: string; text: string }, before: boolean) {
  await client.query('savepoint one_function')
  try {
    await client.query(one.text)
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    await client.query('rollback to savepoint one_function')
    if (before && NOT_THERE.has(error.code ?? '')) return
    if (error.code !== CANNOT_REPLACE) throw namingFunction(one.name, error)
    const callers = await callersOf(client, one.name)
    for (const signature of await signaturesOf(client, [one.name])) await drop(client, signature)
    await client.query(one.text)
    // A process of the version before goes on calling it.
    for (const role of callers) await client.query(`grant execute on routine ${one.name} to ${role}`)
  }
  await client.query('release savepoint one_function')
}

/** Who may call the functions of a name, beside their owner and everybody. */
async function callersOf(client: Queries, name: string): Promise<string[]> {
  const { rows } = await client.query<{ role: string }>(
    `select distinct acl.grantee::regrole::text as role from ${IN_PUBLIC.replace('where', 'cross join aclexplode(p.proacl) acl where')}
       and p.proname = $1 and acl.grantee <> 0 and acl.grantee <> p.proowner`,
    [name],
  )
  return rows.map(({ role }) => role)
}

/**
 * Makes the functions of the database those of this Purser, and records that, in the caller's transaction: creates or replaces each, and
 * drops what the files no longer have, with all overloads.
 */
export async function settleFunctions(client: pg.ClientBase, set: FunctionSet): Promise<void> {
  const former = (await latestSet(client))?.digests
  await putInPlace(client, set, former ? Object.keys(former) : namesInMigrations())
  await client.query('insert into function_sets (number, digests) values ($1, $2)', [
    set.number,
    JSON.stringify(set.digests),
  ])
}

/** Makes the functions what they were when they were recorded, in the caller's transaction, and drops their overloads. */
export const restoreFunctions = (client: pg.ClientBase, set: FunctionSet) => putInPlace(client, set, [])

async function putInPlace(client: pg.ClientBase, set: FunctionSet, former: readonly string[]) {
  await createFunctions(client, set)
  const names = Object.keys(set.texts)
  const digests = Object.values(set.digests)
  // Before anything is dropped: a text that does not fit its digest would be, and what depends on it would be blamed.
  if (!isSame(await digestsIn(client, names, digests), set.digests)) {
    throw new Error(
      'The SQL functions have changed since src/database/functions.json. Run npm run functions.',
    )
  }
  for (const signature of await signaturesOf(client, [...names, ...former], digests)) {
    await drop(client, signature)
  }
}

/** The names of the functions that are missing in the database, differ from these, or have another one beside them. */
export async function alteredFunctions(client: Queries, { digests }: FunctionSet): Promise<string[]> {
  const { rows } = await client.query<{ name: string; found: string[] }>(
    `select p.proname as name, array_agg(${DIGEST}) as found from ${IN_PUBLIC} and p.proname = any ($1) group by p.proname`,
    [Object.keys(digests)],
  )
  const found = new Map(rows.map((row) => [row.name, row.found]))
  return Object.keys(digests).filter((name) => found.get(name)?.join() !== digests[name])
}

/** The digests of the functions of these names in the database; where `among` is given, of those with one of these digests. */
export async function digestsIn(
  client: Queries,
  names: readonly string[],
  among: readonly string[] | null = null,
): Promise<FunctionSet['digests']> {
  const { rows } = await client.query<{ name: string; digest: string }>(
    `select p.proname as name, ${DIGEST} as digest from ${IN_PUBLIC} and p.proname = any ($1) and ($2::text[] is null or ${DIGEST} = any ($2))
     order by p.proname collate "C", 2`,
    [names, among],
  )
  return Object.fromEntries(rows.map(({ name, digest }) => [name, digest]))
}

/** What the database has under these names, each with its arguments, but for those with one of these digests. */
async function signaturesOf(
  client: Queries,
  names: readonly string[],
  kept: readonly string[] = [],
): Promise<string[]> {
  const { rows } = await client.query<{ signature: string }>(
    `select p.oid::regprocedure::text as signature from ${IN_PUBLIC} and p.proname = any ($1) and ${DIGEST} <> all ($2)`,
    [names, kept],
  )
  return rows.map(({ signature }) => signature)
}

async function drop(client: pg.ClientBase, signature: string) {
  try {
    await client.query(`drop routine ${signature}`)
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    throw namingFunction(signature, error)
  }
}

const namingFunction = (name: string, error: pg.DatabaseError) =>
  new Error(
    `The function ${name} cannot be brought up to date in this database: ${[error.message, error.detail].filter(Boolean).join('. ')}.`,
    { cause: error },
  )

/** What versions before had in their migrations. */
function namesInMigrations(): string[] {
  const declared = /create (?:or replace )?(?:function|procedure) "?(\w+)"?/gi
  return readMigrations(path.join(prismaFolder, 'migrations'))
    .filter(({ name }) => !mayUseFunctions(name))
    .flatMap(({ sql }) => [...sql.matchAll(declared)].map(([, name = '']) => name))
}

function isSame(one: FunctionSet['digests'], other: FunctionSet['digests']): boolean {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}
