import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { refuseHalfRestored } from './database/half-restored.ts'
import { makeFolder, withPath } from './database/whole-file.ts'

/** The file of the data folder that the key is in. */
export const APP_KEY_FILE = 'app-key'

/**
 * The installation's own key, 32 bytes, from `app-key` in the data folder. It is generated there (mode 0600) at the first start;
 * several processes that start together get the same one. Refuses a file with anything else, because a new key would silently
 * invalidate every signed link and session. For the same reason it generates none beside an existing database, unless `besideDatabase`
 * says that the key is lost.
 */
export function readOrMakeAppKey(dataDir: string, { besideDatabase = false } = {}): Buffer {
  const file = path.join(dataDir, APP_KEY_FILE)
  const text = readIfThere(file) ?? makeIn(dataDir, file, besideDatabase)
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== 32) {
    throw new Error(`${file} does not contain 32 bytes in base64. Restore the original file, or set APP_KEY.`)
  }
  return key
}

/** The file appears whole or not at all, and of two that make one the first wins: a link never replaces. */
function makeIn(dataDir: string, file: string, besideDatabase: boolean): string {
  if (!besideDatabase) refuseBesideDatabase(dataDir, file)
  const draft = `${file}.${process.pid}`
  try {
    makeFolder(dataDir)
    writeFileSync(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
    chmodSync(draft, 0o600)
    linkSync(draft, file)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw unusable(file, error)
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(file, 'utf8')
}

/** A key is made before the database, so one that has none has lost it, or got it from APP_KEY until now. */
function refuseBesideDatabase(dataDir: string, file: string): void {
  refuseHalfRestored(dataDir)
  if (!existsSync(path.join(dataDir, 'postgres'))) return
  throw new Error(
    `${dataDir} contains a database, but its key is missing. Restore ${file} from a backup, ` +
      'or set APP_KEY if the key was set there. If the key is lost, npm start -- --new-key creates a new one and lists what stops working.',
  )
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw unusable(file, error)
  }
}

function unusable(file: string, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error)
  return new Error(
    `The application key ${file} cannot be read or created (${why}). Set APP_KEY or DATA_DIR.`,
    { cause: withPath(error, file) },
  )
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
