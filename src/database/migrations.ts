import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { MigrationList } from '@prisma/schema-engine-wasm'
import type pg from 'pg'
import { connected } from './connection.ts'
import { grantToApplication } from './grants.ts'
import { type Migration, prismaFolder, readMigrations } from './migration-files.ts'
import { withSchemaEngine } from './schema-engine.ts'

const filters = { externalTables: [], externalEnums: [] }

/** The advisory lock that Prisma's engine holds while it migrates. */
const engineLock = 72707369

/** Another process may be building an index over a large table. */
const waitMsMax = 15 * 60_000

/** Whatever a query can be sent through. */
type Queries = Pick<pg.Pool | pg.Client, 'query'>

interface MigrateOptions {
  /** The role that Purser serves as; gets its grants once the tables are there. */
  appRole?: string | null
  /** Told, in a sentence, about what takes a while. */
  onProgress?: (sentence: string) => void
  /** Folder in Prisma's format; Purser's own unless a test says otherwise. */
  folder?: string
}

/**
 * Brings the database up to date as its owner, and gives the application's role what it may do. Safe at every start and
 * from several processes at once: one migrates, the others wait. Each migration is applied whole or not at all, so one
 * that failed or was interrupted is tried again.
 * Refuses a PostgreSQL before 15, a migration that was changed after it was applied, and a database of a newer Purser.
 */
export async function migrate(ownerUrl: string, options: MigrateOptions = {}): Promise<void> {
  const { appRole = null, onProgress = () => {}, folder = path.join(prismaFolder, 'migrations') } = options
  const migrations = readMigrations(folder)
  const givingUpAt = Date.now() + waitMsMax
  for (let told = false; ; told = true) {
    const pending = await connected(ownerUrl, async (client) => {
      await refuseOldServer(client)
      await settleInterrupted(client)
      return pendingOf(migrations, await appliedIn(client))
    })
    if (pending.length === 0) break
    if (!told) onProgress(`Bringing the database up to date (migrations to apply: ${pending.length}).`)
    const done = await apply(ownerUrl, migrations)
    if (done) break
    if (Date.now() > givingUpAt)
      throw new Error('Another process has been migrating the database for too long.')
    if (!told) onProgress('Another process is bringing the database up to date; waiting for it.')
    await wait(500)
  }
  if (appRole !== null) await grantToApplication(ownerUrl, appRole)
}

/** The names of the migrations that this database still lacks. One short query; any role that may read the list can ask. */
export async function pendingMigrations(database: Queries): Promise<string[]> {
  return pendingOf(readMigrations(path.join(prismaFolder, 'migrations')), await appliedIn(database))
}

/**
 * The SQL that leads from the migrations to `prisma/schema.prisma`; empty when they agree. The migrations are tried out in
 * a database of their own on this server, so the role must be allowed to create one.
 */
export async function schemaDrift(ownerUrl: string, { folder = prismaFolder } = {}): Promise<string> {
  const content = readFileSync(path.join(folder, 'schema.prisma'), 'utf8')
  const from = engineList(path.join(folder, 'migrations'), readMigrations(path.join(folder, 'migrations')))
  const { exitCode, stdout } = await withSchemaEngine(ownerUrl, (engine) =>
    engine.diff({
      from: { tag: 'migrations', ...from },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] },
      script: true,
      exitCode: true,
      filters,
    }),
  )
  return exitCode === 0 ? '' : (stdout ?? '').trim()
}

/** Those of these migrations that a newer Purser must have brought. */
export function migrationsUnknownHere(names: readonly string[]): string[] {
  const known = new Set(readMigrations(path.join(prismaFolder, 'migrations')).map(({ name }) => name))
  return names.filter((name) => !known.has(name))
}

/** Name and checksum of what has been applied; nothing in a database that is new. */
export async function appliedIn(client: Queries): Promise<Map<string, string>> {
  if (!(await hasHistory(client))) return new Map()
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'select migration_name, checksum from _prisma_migrations where finished_at is not null and rolled_back_at is null',
  )
  return new Map(rows.map((row) => [row.migration_name, row.checksum]))
}

function pendingOf(migrations: Migration[], applied: Map<string, string>): string[] {
  const known = new Map(
    migrations.map(({ name, sql }) => [name, createHash('sha256').update(sql).digest('hex')]),
  )
  for (const [name, checksum] of applied) {
    if (!known.has(name)) {
      throw new Error(
        `This database was brought up to date by a newer Purser (it has the migration ${name}): start that one.`,
      )
    }
    if (known.get(name) !== checksum) {
      throw new Error(
        `The migration ${name} was changed after it was applied here: put it back, and write another one.`,
      )
    }
  }
  return [...known.keys()].filter((name) => !applied.has(name))
}

/**
 * Clears what a migration left that failed or was killed, so that it is tried again. The script is one transaction, so it
 * is either wholly there (the engine counted its step) or not at all. While another process migrates, nothing is touched.
 */
async function settleInterrupted(client: pg.Client): Promise<void> {
  if (!(await hasHistory(client))) return
  const { rows } = await client.query<{ free: boolean }>('select pg_try_advisory_lock($1) as free', [
    engineLock,
  ])
  if (!rows[0]?.free) return
  await client.query(`
    update _prisma_migrations
    set finished_at = case when applied_steps_count > 0 then now() end,
        rolled_back_at = case when applied_steps_count = 0 then now() end
    where finished_at is null and rolled_back_at is null`)
  await client.query('select pg_advisory_unlock($1)', [engineLock])
}

/** Whether all were applied; false when another process is at it. */
async function apply(ownerUrl: string, migrations: Migration[]): Promise<boolean> {
  const migrationsList = engineList(prismaFolder, migrations)
  try {
    await withSchemaEngine(ownerUrl, (engine) => engine.applyMigrations({ migrationsList, filters }))
    return true
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    // P1002: the lock is taken. P3009: the other one's migration was seen halfway; the next look settles it.
    if (code === 'P1002' || code === 'P3009') return false
    const name = message.match(/migration_name="(.+?)"/)?.[1] ?? ''
    const reason = message.match(/(?:ERROR|FATAL): .*/)?.[0] ?? message.split('\n')[0]
    throw new Error(`The migration ${name} cannot be applied to this database: ${reason}.`, { cause: error })
  }
}

function engineList(baseDir: string, migrations: Migration[]): MigrationList {
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
    })),
  }
}

async function hasHistory(client: Queries): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('_prisma_migrations') is not null as there`,
  )
  return rows[0]?.there ?? false
}

async function refuseOldServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: number; name: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as name`,
  )
  if (rows[0] && rows[0].number < 150000) {
    throw new Error(`The database is PostgreSQL ${rows[0].name}, and Purser needs PostgreSQL 15 or newer.`)
  }
}
