import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { connected } from './connection.ts'
import {
  alteredFunctions,
  areFunctionsPending,
  createFunctions,
  FUNCTIONS,
  type FunctionSet,
  mayUseFunctions,
  restoreFunctions,
  settleFunctions,
} from './functions.ts'
import { grantToApplication } from './grants.ts'
import { type Migration, prismaFolder, readMigrations, statementsOf } from './migration-files.ts'
import {
  appliedIn,
  closeUnfinished,
  makeHistory,
  noteApplied,
  type Queries,
  wasInterrupted,
} from './migration-history.ts'

/** The advisory lock for migrating: the same that Prisma's engine takes, so that an older Purser and Prisma's own tools wait as well. */
const MIGRATION_LOCK = 72707369

/** Another process may be building an index over a large table. */
const WAIT_MS_MAX = 15 * 60_000
const LOOK_EVERY_MS = 500

/** What a script that is there already runs into: what it makes exists, and what it takes away does not. */
const APPLIED_BEFORE = new Set([
  ...['42P07', '42701', '42710', '42723', '42P06'],
  ...['42P01', '42703', '42704', '42883'],
])

interface MigrateOptions {
  /** The role that Purser serves as; gets its grants once the tables are there. */
  appRole?: string | null
  /** Told, in a sentence, about what takes a while. */
  onProgress?: (sentence: string) => void
  /** Folder in Prisma's format; Purser's own unless a test says otherwise. */
  folder?: string
  /** The functions to apply with them; Purser's own unless a test says otherwise, and none for another folder. */
  functions?: FunctionSet | null
  /** Creates the functions for migrations that use them, and leaves it at that: their digests are not known yet. */
  areFunctionsNew?: boolean
  /** Ends it at once: what is under way is rolled back. */
  signal?: AbortSignal
}

/**
 * Brings the database up to date as its owner and grants the application's role its privileges. Safe at every start and from several
 * processes at once: one migrates, the others wait. Each script is recorded in its own transaction, so a process that is killed leaves
 * it both applied and recorded, or neither. (One that cannot run in a transaction says so, see Migration.) The functions come with the
 * last script, in its transaction, and before the first that may use them.
 *
 * @throws for a PostgreSQL before 15, a migration that was changed after it was applied, a database of a newer Purser, other functions
 * under the same number, a script that fails
 */
export async function migrate(ownerUrl: string, options: MigrateOptions = {}): Promise<void> {
  const {
    appRole = null,
    onProgress = () => {},
    folder = path.join(prismaFolder, 'migrations'),
    signal,
    functions = options.folder === undefined ? FUNCTIONS : null,
    areFunctionsNew = false,
  } = options
  const migrations = readMigrations(folder)
  await connected(
    ownerUrl,
    async (client) => {
      await refuseOldServer(client)
      const missing = pendingOf(migrations, await appliedIn(client))
      if (missing.length === 0 && !(await hasPendingFunctions(client, functions))) return
      await waitForTurn(client, onProgress, signal)
      await preparedForScripts(client)
      await makeHistory(client)
      await closeUnfinished(client)
      const pending = pendingOf(migrations, await appliedIn(client))
      const set = (await hasPendingFunctions(client, functions)) ? functions : null
      if (pending.length === 0 && !set) return
      onProgress(
        pending.length > 0
          ? `Migrating the database (migrations to apply: ${pending.length}).`
          : 'Bringing the functions of the database up to date.',
      )
      await applyAll(client, { pending, set, areFunctionsNew, onProgress })
    },
    { name: 'purser migrations', signal, answerMsMax: null },
  )
  if (appRole !== null) await grantToApplication(ownerUrl, appRole)
}

/**
 * Puts right the functions of a database that is up to date where they were changed or dropped outside Purser, and returns their names. In
 * one transaction, while nobody migrates. The rights to one that was dropped are for the caller to grant.
 *
 * @throws where something depends on one that cannot be replaced
 */
export async function repairFunctions(ownerUrl: string, set: FunctionSet = FUNCTIONS): Promise<string[]> {
  return connected(
    ownerUrl,
    async (client) => {
      if ((await alteredFunctions(client, set)).length === 0) return []
      await waitForTurn(client, () => {}, undefined)
      if (await areFunctionsPending(client, set)) return []
      const names = await alteredFunctions(client, set)
      await preparedForScripts(client)
      await client.query('begin')
      await restoreFunctions(client, set)
      await client.query('commit')
      return names
    },
    { name: 'purser migrations', answerMsMax: null },
  )
}

const hasPendingFunctions = async (client: pg.Client, set: FunctionSet | null) =>
  set !== null && (await areFunctionsPending(client, set))

interface ToApply {
  pending: readonly Migration[]
  /** The functions, where they are to be applied too. */
  set: FunctionSet | null
  /** See MigrateOptions. */
  areFunctionsNew: boolean
  onProgress: (sentence: string) => void
}

async function applyAll(
  client: pg.Client,
  { pending, set, areFunctionsNew, onProgress }: ToApply,
): Promise<void> {
  const last = pending.at(-1)
  let areCreated = false
  let isSettled = false
  for (const migration of pending) {
    const isToCreate: boolean = set !== null && !areCreated && mayUseFunctions(migration.name)
    const isRun = await apply(client, migration, onProgress, {
      before: async () => {
        if (set && isToCreate) await createFunctions(client, set, { before: true })
      },
      after: async () => {
        if (!set || areFunctionsNew || migration !== last) return
        await settleFunctions(client, set)
        isSettled = true
      },
    })
    // What came with a script that was there already went with its transaction.
    areCreated ||= isToCreate && isRun
  }
  if (!set || areFunctionsNew || isSettled) return
  await client.query('begin')
  await settleFunctions(client, set)
  await client.query('commit')
}

/** The names of the migrations that this database still lacks. One short query; any role that may read the list can ask. */
export async function pendingMigrations(database: Queries): Promise<string[]> {
  const pending = pendingOf(readMigrations(path.join(prismaFolder, 'migrations')), await appliedIn(database))
  return pending.map(({ name }) => name)
}

/** Those of these migrations that a newer Purser must have brought. */
export function migrationsUnknownHere(names: readonly string[]): string[] {
  const known = new Set(readMigrations(path.join(prismaFolder, 'migrations')).map(({ name }) => name))
  return names.filter((name) => !known.has(name))
}

function pendingOf(migrations: Migration[], applied: Map<string, string>): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const [name, checksum] of applied) {
    if (!known.has(name)) {
      throw new Error(
        `This database was migrated by a newer version of Purser (it has the migration ${name}). Start that version.`,
      )
    }
    if (known.get(name)?.checksum !== checksum) {
      throw new Error(
        `The migration ${name} was changed after it was applied. Restore it, and create a new one.`,
      )
    }
  }
  return migrations.filter(({ name }) => !applied.has(name))
}

/** Takes the lock, which the connection keeps until it is closed, however that comes about. */
async function waitForTurn(
  client: pg.Client,
  onProgress: (sentence: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const givingUpAt = performance.now() + WAIT_MS_MAX
  for (let told = false; ; told = true) {
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [
      MIGRATION_LOCK,
    ])
    if (rows[0]?.mine) return
    if (performance.now() > givingUpAt)
      throw new Error('Another process has been migrating the database for too long.')
    if (!told) onProgress('Another process is migrating the database. Waiting for it to finish.')
    await wait(LOOK_EVERY_MS, undefined, { signal })
  }
}

/**
 * A script may take its time, whatever limits the role has by default. The server looks whether we are still there while one runs:
 * otherwise one whose Purser was killed would go on to its end, and keep the next from its turn.
 */
async function preparedForScripts(client: pg.Client): Promise<void> {
  // By their names, since an older server does not know all of them.
  await client.query(
    `select set_config(name, '0', false) from pg_settings
     where name in ('statement_timeout', 'lock_timeout', 'transaction_timeout',
                    'idle_in_transaction_session_timeout', 'idle_session_timeout')`,
  )
  await client.query(`set client_connection_check_interval = '500ms'`).catch((error: unknown) => {
    // 22023: the server's operating system cannot tell. Then the script ends by itself, and is rolled back.
    if (!(error instanceof pg.DatabaseError) || error.code !== '22023') throw error
  })
}

/** What is done before and after a script: in its transaction; of one that has none, before it in one of its own. */
interface Around {
  before: () => Promise<void>
  after: () => Promise<void>
}

/** Applies a script. False for one that was there already: then nothing was done, not even what is around it. */
async function apply(
  client: pg.Client,
  migration: Migration,
  onProgress: (sentence: string) => void,
  around: Around,
): Promise<boolean> {
  try {
    if (migration.isTransaction) await applyWhole(client, migration, around)
    else await applyEach(client, migration, around)
    return true
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    await client.query('rollback')
    if (isThereAlready(error, migration) && (await wasInterrupted(client, migration))) {
      await noteApplied(client, migration)
      onProgress(
        `The migration ${migration.name} was applied by an earlier start that stopped before it could record this.`,
      )
      return false
    }
    const reason = `${error.severity}: ${error.message}`
    throw new Error(`The migration ${migration.name} cannot be applied to this database: ${reason}.`, {
      cause: error,
    })
  }
}

/** Whether the script stopped at what it would have left, had it been applied before: all of it is there then, for it is one transaction. */
const isThereAlready = ({ code = '' }: pg.DatabaseError, { isTransaction }: Migration) =>
  isTransaction && APPLIED_BEFORE.has(code)

/** The script, its note and what is around it: all or nothing. */
async function applyWhole(client: pg.Client, migration: Migration, { before, after }: Around): Promise<void> {
  await client.query('begin')
  await before()
  const begun = await transactionOf(client)
  await client.query(migration.sql)
  if ((await transactionOf(client)) !== begun) {
    throw new Error(
      `The migration ${migration.name} ends the transaction in which it runs. Remove its BEGIN and COMMIT.`,
    )
  }
  await noteApplied(client, migration)
  await after()
  await client.query('commit')
}

async function applyEach(client: pg.Client, migration: Migration, { before }: Around): Promise<void> {
  await client.query('begin')
  await before()
  await client.query('commit')
  for (const statement of statementsOf(migration)) await client.query(statement)
  await noteApplied(client, migration)
}

async function transactionOf(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>('select pg_current_xact_id()::text as id')
  return rows[0]?.id
}

async function refuseOldServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: number; name: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as name`,
  )
  if (rows[0] && rows[0].number < 150000) {
    throw new Error(`The database is PostgreSQL ${rows[0].name}, and Purser requires PostgreSQL 15 or newer.`)
  }
}
