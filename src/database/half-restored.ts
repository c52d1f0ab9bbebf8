import { existsSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** The file that stands in a data folder from the first byte of a restore until its ledger has been proved. */
export const HALF_RESTORED_FILE = 'restoring'

const markOf = (dataDir: string) => path.join(dataDir, HALF_RESTORED_FILE)

/** Notes that what is in this data folder is being restored, and not to be served. */
export function markHalfRestored(dataDir: string): void {
  writeFileSync(markOf(dataDir), 'npm run restore did not finish in this folder.\n', {
    mode: 0o600,
    flush: true,
  })
}

/** Notes that it was restored and proved. */
export function clearHalfRestored(dataDir: string): void {
  rmSync(markOf(dataDir))
}

/** Whether a restore began here and did not end well. */
export function isHalfRestored(dataDir: string): boolean {
  return existsSync(markOf(dataDir))
}

/** Why it is not used, and what to do. */
export function halfRestoredSentence(dataDir: string): string {
  return (
    `A restore to ${dataDir} did not finish, or its ledger is broken. Run npm run restore again. ` +
    `To use the folder anyway, remove ${markOf(dataDir)}.`
  )
}

/** @throws a sentence where a restore began here and did not end well */
export function refuseHalfRestored(dataDir: string): void {
  if (isHalfRestored(dataDir)) throw new Error(halfRestoredSentence(dataDir))
}
