import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { syncCluster } from '../database/cluster.ts'
import { lockDataDir } from '../database/data-lock.ts'
import { madeDataDir } from '../database/embedded.ts'
import {
  clearHalfRestored,
  HALF_RESTORED_FILE,
  isHalfRestored,
  markHalfRestored,
} from '../database/half-restored.ts'
import { giveToServerUser } from '../database/server-program.ts'
import { endLeftBehind } from '../database/server.ts'
import { syncFolder } from './draft.ts'
import type { Header } from './header.ts'
import { progressOf } from './progress.ts'
import { headerIn } from './read.ts'
import { mustHaveRoom } from './room.ts'
import { readSecretsApart } from './secrets.ts'
import { placeSecrets, unpackBackup } from './unpack.ts'

/** What is restored, and where to. */
export interface RestorePlan {
  /** Empty, or not there. */
  dataDir: string
  /** Absolute. */
  file: string
  /** Absolute. Where the secrets are, of a backup that was made without them. */
  secretsFile: string | null
  signal: AbortSignal
  onProgress: (sentence: string) => void
}

/** The lock comes and goes by itself; lost+found is what an empty disk has. */
const NOTHING = new Set(['purser.lock', 'lost+found'])

/**
 * Puts the contents of a backup into an empty data folder, and marks it as half restored: nothing serves it until that mark is cleared, which is
 * for who has proved the ledger. Gives what the backup says about itself. What an earlier restore left that did not end is removed first.
 * @throws a sentence where the backup cannot be used or the place is not free; the place is as empty as before then
 */
export async function unpackInto(plan: RestorePlan): Promise<Header> {
  const { dataDir, file, secretsFile, signal, onProgress } = plan
  const header = await headerIn(file)
  const apart = secretsFile ? readSecretsApart(secretsFile, header) : null
  if (header.secrets === 'apart' && !apart)
    throw new Error(`The secrets of ${file} are in a separate file. Name it with --secrets.`)
  madeDataDir(dataDir)
  const unlock = await lockFree(dataDir)
  try {
    await removeHalfRestored(dataDir)
    mustHaveRoom(dataDir, header.bytes)
    markHalfRestored(dataDir)
    const folder = path.join(dataDir, 'postgres')
    mkdirSync(folder, { mode: 0o700 })
    const size = statSync(file).size
    const tellHowFar = progressOf((percent) => onProgress(`${percent} % …`))
    const inside = await unpackBackup(file, { folder, signal, onRead: (bytes) => tellHowFar(bytes, size) })
    placeSecrets(dataDir, apart ?? inside)
    own(dataDir)
    await syncCluster(folder)
    syncFolder(dataDir)
    signal.throwIfAborted()
  } catch (error) {
    empty(dataDir)
    throw error
  } finally {
    unlock()
  }
  return header
}

/** Takes the folder. It is looked at twice, since until it is ours another Purser may have begun there, and ended. */
async function lockFree(dataDir: string): Promise<() => void> {
  mustBeFree(dataDir)
  const unlock = await lockDataDir(dataDir)
  try {
    mustBeFree(dataDir)
    return unlock
  } catch (error) {
    unlock()
    throw error
  }
}

function mustBeFree(dataDir: string): void {
  if (isHalfRestored(dataDir)) return
  const there = readdirSync(dataDir).filter((name) => !NOTHING.has(name))
  if (there.length === 0) return
  const named = there.slice(0, 3).join(', ')
  throw new Error(
    `The data folder ${dataDir} is not empty (${named}). Move its contents away, or set DATA_DIR to an empty folder.`,
  )
}

/** Only what a restore put there itself: it begins in an empty folder alone. */
async function removeHalfRestored(dataDir: string): Promise<void> {
  const folder = path.join(dataDir, 'postgres')
  if (existsSync(folder)) await endLeftBehind(folder, () => {})
  empty(dataDir)
}

/** Its mark last, so that what is left of it is known as such at any moment. */
function empty(dataDir: string): void {
  const there = readdirSync(dataDir).filter((name) => !NOTHING.has(name))
  const last = HALF_RESTORED_FILE
  for (const name of [...there.filter((name) => name !== last), last])
    rmSync(path.join(dataDir, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}

/** Gives free what was restored and proved. */
export function finishRestore(dataDir: string): void {
  own(dataDir)
  clearHalfRestored(dataDir)
}

/**
 * Started by root, all of it belongs to whom the data folder belongs to, who runs Purser; where that is root too, the database is the server
 * account's, as at a first start.
 */
function own(dataDir: string): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(dataDir)
  if (uid === 0) return giveToServerUser(path.join(dataDir, 'postgres'))
  for (const name of readdirSync(dataDir, { recursive: true, encoding: 'utf8' }))
    chownSync(path.join(dataDir, name), uid, gid)
}
