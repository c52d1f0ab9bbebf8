import { chmodSync, existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { ACCESS_FILE, type DatabaseAccess, readAccess, writeAccess } from './access.ts'
import { createCluster } from './cluster.ts'
import { connected } from './connection.ts'
import { notePlace, refuseHandMadeCopy } from './copied.ts'
import { CopiedFolder, holderOf, lockDataDir } from './data-lock.ts'
import { EMBEDDED_CLUSTER } from './embedded-age.ts'
import { isHalfRestored, refuseHalfRestored } from './half-restored.ts'
import { keepServer } from './keep-server.ts'
import { endLeftBehind } from './server.ts'
import { makeFolder } from './whole-file.ts'

/** The major version of the PostgreSQL that the package brings; the files of another one cannot be opened. */
export const POSTGRES_MAJOR = '18'

/** Made for a small installation on one machine: everything committed is on the disk before anyone is told so. */
const settings = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '256MB',
  cluster_name: EMBEDDED_CLUSTER,
  max_connections: '100',
  // A table that grows fast is counted within seconds, not a minute: until then, plans that were made while it was empty take any index.
  autovacuum_naptime: '5s',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Errors are logged with the statement that was refused. People's data stands in its parameters and in the details: these are not.
  log_min_messages: 'warning',
  log_min_error_statement: 'error',
  log_error_verbosity: 'terse',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_line_prefix: '%m [%p] %q%u@%d %a ',
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

/** Each address names the same server on 127.0.0.1. */
interface Addresses {
  /** Database `purser` as `purser_owner`, who owns it and migrates. */
  ownerUrl: string
  /** Database `purser` as `purser`, the application, who may alter nothing. */
  appUrl: string
  /** Database `postgres` as the superuser. */
  superUrl: string
}

/** The embedded database while it runs. */
export interface EmbeddedDatabase extends Addresses {
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
  /** Also where a restore has not ended: by the restore itself. */
  halfRestored?: boolean
  /** Gives the start up at once: rejects with its reason, and nothing is left running. */
  signal?: AbortSignal
}

/**
 * Starts the embedded PostgreSQL in a data folder, making cluster, roles and database on first use; passwords are random
 * and kept with mode 0600. A server left behind by a killed Purser is stopped first, one that was killed itself recovers.
 * Refuses, in one sentence, when another living Purser uses the folder or the machine cannot run the server.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const { throwaway = false, onProgress = () => {}, onGone = () => {}, signal } = options
  const dataDir = madeDataDir(options.dataDir)
  const folder = path.join(dataDir, 'postgres')
  const unlock = await lockDataDir(dataDir)
  try {
    if (!options.halfRestored) refuseHalfRestored(dataDir)
    const access = readAccess(dataDir, folder)
    if (existsSync(folder)) {
      refuseOtherVersion(folder)
      refuseHandMadeCopy(folder)
      await endLeftBehind(folder, onProgress)
    } else {
      refuseVanished(dataDir, access)
      onProgress('Preparing the database. This happens only once.')
      await createCluster(folder, { password: access.superuserPassword, sync: !throwaway, signal })
    }
    notePlace(folder)
    const server = await keepServer({
      folder,
      logFile: path.join(dataDir, 'postgres.log'),
      port: access.port,
      settings: throwaway ? throwawaySettings : settings,
      onProgress,
      onGone,
      signal,
    })
    if (server.port !== access.port) writeAccess(dataDir, { ...access, port: server.port })
    const stop = async () => {
      await server.stop()
      unlock()
    }
    const addresses = addressesOf(access, server.port)
    try {
      await ensureRoles(addresses.superUrl, access, throwaway)
    } catch (error) {
      await stop()
      throw error
    }
    return { ...addresses, stop }
  } catch (error) {
    unlock()
    throw error
  }
}

/**
 * The addresses of the embedded database that another living Purser runs in this folder; null when none does. For commands that
 * work beside it. Refuses, in one sentence, where that one has only begun, or is restoring a backup, and when this user may not read the passwords.
 */
export function runningEmbedded(dataDir: string): Addresses | null {
  try {
    if (holderOf(dataDir) === null) return null
    if (isHalfRestored(dataDir))
      throw new NotYet(`A restore to ${dataDir} is in progress. Wait until it has finished.`)
    // Nothing is made here: passwords of ours could take the place of those that the other one is making.
    if (!existsSync(path.join(dataDir, ACCESS_FILE))) throw new NotYet(STARTING)
    const access = readAccess(dataDir, path.join(dataDir, 'postgres'))
    if (access.port === null) throw new NotYet(STARTING)
    return addressesOf(access, access.port)
  } catch (cause) {
    if (cause instanceof CopiedFolder || cause instanceof NotYet) throw cause
    const message = `Purser is running on ${dataDir}, but its files cannot be read. Run this as the user that started it.`
    throw new Error(message, { cause })
  }
}

/**
 * Whether there is an embedded database in this folder, or was, or one is being made or restored; if not, startEmbedded() would make a new
 * one. Makes nothing itself. True also where the folder cannot be read: startEmbedded() says why.
 */
export function isEmbeddedIn(dataDir: string): boolean {
  const folder = path.join(dataDir, 'postgres')
  try {
    const names = readdirSync(dataDir)
    if (names.includes('postgres') || isHalfRestored(dataDir) || holderOf(dataDir) !== null) return true
    return names.includes(ACCESS_FILE) && readAccess(dataDir, folder).port !== null
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT'
  }
}

/** What a command says that comes while the Purser beside it has no database to work on. */
export const STARTING = 'Purser is starting or stopping here right now. Try again in a moment.'

class NotYet extends Error {
  override name = 'NotYet'
}

function addressesOf(access: DatabaseAccess, port: number): Addresses {
  const url = (user: string, password: string, database: string) =>
    `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`
  return {
    ownerUrl: url('purser_owner', access.ownerPassword, 'purser'),
    appUrl: url('purser', access.applicationPassword, 'purser'),
    superUrl: url('postgres', access.superuserPassword, 'postgres'),
  }
}

/**
 * The folder, made if need be. Started by root, the server runs as another user, who must be able to walk through;
 * the files in it that nobody else shall read are closed by themselves.
 */
export function madeDataDir(dataDir: string): string {
  try {
    makeFolder(dataDir)
    const { mode, uid } = statSync(dataDir)
    if (process.getuid?.() === 0) chmodSync(dataDir, mode | 0o011)
    else if (process.getuid && process.getuid() !== uid) throw new Error('it belongs to another user')
  } catch (cause) {
    const message = `The data folder ${dataDir} cannot be used (${messageOf(cause)}). Set DATA_DIR to another one.`
    throw new Error(message, { cause })
  }
  return path.resolve(dataDir)
}

/** An empty database in the place of one that is gone would look like a loss of everything. */
function refuseVanished(dataDir: string, { port }: DatabaseAccess): void {
  if (port === null) return
  throw new Error(
    `The database of ${dataDir} has run before and is now missing. Put ${path.join(dataDir, 'postgres')} back, or restore a backup ` +
      `to an empty folder. To start with an empty database, remove ${path.join(dataDir, ACCESS_FILE)}.`,
  )
}

function refuseOtherVersion(folder: string): void {
  const version = readFileSync(path.join(folder, 'PG_VERSION'), 'utf8').trim()
  if (version === POSTGRES_MAJOR) return
  throw new Error(
    `The database in ${folder} was created by PostgreSQL ${version}, and this version of Purser includes PostgreSQL ${POSTGRES_MAJOR}. ` +
      'Move its contents with pg_dump from the older version, or keep using that version.',
  )
}

/** Makes or mends both roles and the database; safe at every start. */
async function ensureRoles(superUrl: string, access: DatabaseAccess, throwaway: boolean): Promise<void> {
  try {
    await connected(superUrl, async (client) => {
      // A statement that makes a role holds its password: refused, it must not stand in the log.
      await client.query('set log_min_error_statement = panic')
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
    })
  } catch (error) {
    throw new Error(`The embedded database started but cannot be set up: ${messageOf(error)}.`, {
      cause: error,
    })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
