import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { writeWhole } from './whole-file.ts'

/** A file of ours in PostgreSQL's folder: where the folder was when the server last ran in it. */
const PLACE_FILE = 'purser.place'

/** What every cluster has from its first moment, and no server replaces. */
const NUMBERED = ['.', 'PG_VERSION', 'base', 'global', 'global/pg_control']

/** `state` in PostgreSQL's ControlFileData (src/include/catalog/pg_control.h), after one number of 64 bits and two of 32. */
const STATE_AT = 16
const SHUT_DOWN = 1

/**
 * Refuses a data folder that was copied by hand while its server ran. Such a copy starts and recovers, but is corrupt, because its
 * files are not from the same moment. It is recognized by its inode numbers, which differ from the original's (those of a snapshot do
 * not), and by a server that was not shut down in it. A copy after a shutdown, or made by PostgreSQL itself (backup_label), is fine.
 */
export function refuseHandMadeCopy(folder: string): void {
  const file = path.join(folder, PLACE_FILE)
  if (!existsSync(file) || readFileSync(file, 'utf8').trim() === placeOf(folder)) return
  if (wasShutDown(folder) || existsSync(path.join(folder, 'backup_label'))) return
  throw new Error(
    `${folder} was copied from a database that was running, so its files do not belong together. ` +
      'Stop Purser before you copy its data folder, or use npm run backup. ' +
      `If nothing was running while it was copied (after a power cut, say), remove ${file} and start again.`,
  )
}

/** Notes where the folder is, before a server runs in it. */
export function notePlace(folder: string): void {
  const file = path.join(folder, PLACE_FILE)
  const place = `${placeOf(folder)}\n`
  if (existsSync(file) && readFileSync(file, 'utf8') === place) return
  // The server, whose folder it is, reads it for a base backup.
  writeWhole(file, place)
}

function placeOf(folder: string): string {
  return NUMBERED.map((name) => statSync(path.join(folder, name)).ino).join(' ')
}

function wasShutDown(folder: string): boolean {
  const state = readFileSync(path.join(folder, 'global/pg_control')).readInt32LE(STATE_AT)
  return state === SHUT_DOWN && !existsSync(path.join(folder, 'postmaster.pid'))
}
