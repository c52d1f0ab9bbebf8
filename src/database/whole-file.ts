import { chownSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/**
 * Writes a file of ours (mode 0600) whole or not at all, and safely onto the disk, so that neither a full disk nor a kill costs what was in it; and
 * as its folder's owner's, so that a start by root does not shut that one out.
 */
export function writeWhole(file: string, text: string): void {
  const draft = `${file}.new`
  try {
    writeFileSync(draft, text, { mode: 0o600, flush: true })
    if (process.getuid?.() === 0) {
      const { uid, gid } = statSync(path.dirname(file))
      chownSync(draft, uid, gid)
    }
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw withPath(error, file)
  }
}

/** The same failure with the file's name: Node gives none where it is the writing that failed and not the opening. */
export function withPath(error: unknown, file: string): unknown {
  return error instanceof Error && 'code' in error ? Object.assign(error, { path: file }) : error
}

/**
 * Makes a folder for what nobody else shall list, and those above it that are missing. Made by root, others may walk through: the database
 * server runs as another user, and the files in it are closed by themselves.
 */
export function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
}
