import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { z } from 'zod'
import { createCluster } from './cluster.ts'
import { holderOf, lockDataDir } from './data-lock.ts'
import { keepServer } from './keep-server.ts'
import { endLeftBehind } from './server.ts'

/** The major version of the PostgreSQL that the package brings; the files of another one cannot be opened. */
const majorVersion = '18'

/** Made for a small installation on one machine: everything committed is on the disk before anyone is told so. */
const settings = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '256MB',
  max_connections: '100',
  // A table that grows fast is counted within seconds, not a minute: until then, plans that were made while it was empty take any index.
  autovacuum_naptime: '5s',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Refused statements are the application's to report; written here, they would keep people's data in a plain file.
  log_min_messages: 'log',
}

/** For a database that nobody will miss: nothing waits for the disk. */
const throwawaySettings = {
  ...settings,
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  shared_buffers: '128MB',
}

/** The embedded database while it runs. Each address names the same server on 127.0.0.1. */
export interface EmbeddedDatabase {
  /** Database `purser` as `purser_owner`, who owns it and migrates. */
  ownerUrl: string
  /** Database `purser` as `purser`, the application, who may alter nothing. */
  appUrl: string
  /** Database `postgres` as the superuser. */
  superUrl: string
  /** Stops the server within seconds and gives the folder free; resolves when both are done. */
  stop(): Promise<void>
}

interface EmbeddedOptions {
  /** Gets the cluster (`postgres`), its passwords and port (`database.json`), its log and the lock. */
  dataDir: string
  /** Trades durability for speed, and lets the owner create databases. For tests and tools. */
  throwaway?: boolean
  /** Told, in a sentence, about each step that takes a while. */
  onProgress?: (sentence: string) => void
  /** Called each time the server ends by itself later on; it is started again. */
  onGone?: (error: Error) => void
}

/**
 * Starts the embedded PostgreSQL in a data folder, making cluster, roles and database on first use; passwords are random
 * and kept with mode 0600. A server left behind by a killed Purser is stopped first, one that was killed itself recovers.
 * Refuses, in one sentence, when another living Purser uses the folder or the machine cannot run the server.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const { throwaway = false, onProgress = () => {}, onGone = () => {} } = options
  const dataDir = madeDataDir(options.dataDir)
  const folder = path.join(dataDir, 'postgres')
  const unlock = await lockDataDir(dataDir)
  try {
    const access = readAccess(dataDir, folder)
    if (existsSync(folder)) {
      refuseOtherVersion(folder)
      await endLeftBehind(folder, onProgress)
    } else {
      onProgress('Preparing the database; this happens once.')
      await createCluster(folder, { password: access.superuserPassword, sync: !throwaway })
    }
    const server = await keepServer({
      folder,
      logFile: path.join(dataDir, 'postgres.log'),
      port: access.port,
      settings: throwaway ? throwawaySettings : settings,
      onProgress,
      onGone,
    })
    if (server.port !== access.port) writeAccess(dataDir, { ...access, port: server.port })
    const stop = async () => {
      await server.stop()
      unlock()
    }
    const url = (user: string, password: string, database: string) =>
      `postgresql://${user}:${password}@127.0.0.1:${server.port}/${database}`
    const superUrl = url('postgres', access.superuserPassword, 'postgres')
    try {
      await ensureRoles(superUrl, access, throwaway)
    } catch (error) {
      await stop()
      throw error
    }
    return {
      ownerUrl: url('purser_owner', access.ownerPassword, 'purser'),
      appUrl: url('purser', access.applicationPassword, 'purser'),
      superUrl,
      stop,
    }
  } catch (error) {
    unlock()
    throw error
  }
}

/**
 * The addresses of the embedded database that another living Purser runs in this folder; null when none does. For commands that
 * work beside it. Refuses, in one sentence, when this user may not read the passwords.
 */
export function runningEmbedded(dataDir: string): Pick<EmbeddedDatabase, 'ownerUrl' | 'appUrl'> | null {
  try {
    if (holderOf(dataDir) === null) return null
    const access = readAccess(dataDir, path.join(dataDir, 'postgres'))
    const url = (user: string, password: string) =>
      `postgresql://${user}:${password}@127.0.0.1:${access.port}/purser`
    return {
      ownerUrl: url('purser_owner', access.ownerPassword),
      appUrl: url('purser', access.applicationPassword),
    }
  } catch (cause) {
    const message = `A Purser is running on ${dataDir}, but what it keeps there cannot be read: run this as the user that started it.`
    throw new Error(message, { cause })
  }
}

/**
 * The folder, made if need be. Started by root, the server runs as another user, who must be able to walk through;
 * the files in it that nobody else shall read are closed by themselves.
 */
function madeDataDir(dataDir: string): string {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    const { mode, uid } = statSync(dataDir)
    if (process.getuid?.() === 0) chmodSync(dataDir, mode | 0o011)
    else if (process.getuid && process.getuid() !== uid) throw new Error('it belongs to another user')
  } catch (cause) {
    const message = `The data folder ${dataDir} cannot be used (${messageOf(cause)}): set DATA_DIR to another one.`
    throw new Error(message, { cause })
  }
  return path.resolve(dataDir)
}

const Access = z.object({
  superuserPassword: z.string().min(1),
  ownerPassword: z.string().min(1),
  applicationPassword: z.string().min(1),
  /** Null until the server has run once. */
  port: z.number().nullable(),
})
type Access = z.infer<typeof Access>

/** Reads passwords and port, or makes them before the cluster that is going to use them. */
function readAccess(dataDir: string, folder: string): Access {
  const file = path.join(dataDir, 'database.json')
  if (existsSync(file)) {
    try {
      return Access.parse(JSON.parse(readFileSync(file, 'utf8')))
    } catch (cause) {
      const message = `${file}, which holds the database's passwords, is damaged: put it back from a backup.`
      throw new Error(message, { cause })
    }
  }
  if (existsSync(folder)) {
    throw new Error(
      `${file}, which holds the passwords of the database in ${folder}, is missing: put it back from a backup.`,
    )
  }
  const secret = () => randomBytes(24).toString('base64url')
  const passwords = { superuserPassword: secret(), ownerPassword: secret(), applicationPassword: secret() }
  writeAccess(dataDir, { ...passwords, port: null })
  return { ...passwords, port: null }
}

/**
 * Whole or not at all, so that a full disk or a kill cannot cost the passwords; and as the folder's owner's, so that a
 * start by root does not shut that one out.
 */
function writeAccess(dataDir: string, access: Access): void {
  const file = path.join(dataDir, 'database.json')
  writeFileSync(`${file}.new`, `${JSON.stringify(access, null, 2)}\n`, { mode: 0o600, flush: true })
  if (process.getuid?.() === 0) chownSync(`${file}.new`, statSync(dataDir).uid, statSync(dataDir).gid)
  renameSync(`${file}.new`, file)
}

function refuseOtherVersion(folder: string): void {
  const version = readFileSync(path.join(folder, 'PG_VERSION'), 'utf8').trim()
  if (version === majorVersion) return
  throw new Error(
    `The database in ${folder} was made by PostgreSQL ${version} and this Purser brings ${majorVersion}: ` +
      'move its contents over with pg_dump of the older Purser, or go on with that one.',
  )
}

/** Makes or mends both roles and the database; safe at every start. */
async function ensureRoles(superUrl: string, access: Access, throwaway: boolean): Promise<void> {
  const client = new pg.Client(superUrl)
  try {
    await client.connect()
    const roles = { purser_owner: access.ownerPassword, purser: access.applicationPassword }
    for (const [role, password] of Object.entries(roles)) {
      const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role])
      const extra = throwaway && role === 'purser_owner' ? 'createdb' : ''
      await client.query(
        `${rowCount ? 'alter' : 'create'} role ${role} login password ${pg.escapeLiteral(password)} ${extra}`,
      )
    }
    const { rowCount } = await client.query(`select from pg_database where datname = 'purser'`)
    if (!rowCount) await client.query('create database purser owner purser_owner')
    await client.query('revoke all on database purser, postgres, template1 from public')
  } catch (error) {
    throw new Error(`The embedded database started but cannot be set up: ${messageOf(error)}.`, {
      cause: error,
    })
  } finally {
    await client.end()
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
