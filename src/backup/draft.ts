import { closeSync, fsyncSync, linkSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { isAlive } from '../database/server.ts'

/** A file that is written under another name, and gets its own when it is whole. */
export interface Draft {
  /** Where to write, with mode 0600; nothing is there yet. */
  path: string
  /** Gives it its name, on the disk. Never replaces what appeared under it meanwhile. */
  keep(): void
  /** Removes what was written and not kept. */
  drop(): void
}

/**
 * A draft of `file`, beside it. Removes drafts of the same file whose process is gone: one that is killed outright leaves its own.
 * @throws a sentence where the file exists, or its folder does not
 */
export function draftOf(file: string): Draft {
  const folder = path.dirname(file)
  mustBeFree(file)
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`There is no folder ${folder} to write ${path.basename(file)} into.`)
  removeRemnants(folder, `${path.basename(file)}.partial-`)
  const draft = `${file}.partial-${process.pid}`
  return {
    path: draft,
    keep() {
      place(draft, file)
      syncFolder(folder)
    },
    drop: () => rmSync(draft, { force: true }),
  }
}

function mustBeFree(file: string): void {
  if (statSync(file, { throwIfNoEntry: false }))
    throw new Error(`${file} exists already: choose another name.`)
}

/** By a second name, which never replaces; where files cannot have two (FAT, some network drives), by renaming. */
function place(draft: string, file: string): void {
  try {
    linkSync(draft, file)
  } catch {
    mustBeFree(file)
    return renameSync(draft, file)
  }
  rmSync(draft)
}

function removeRemnants(folder: string, beginning: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(beginning) || isAlive(Number(name.slice(beginning.length)))) continue
    rmSync(path.join(folder, name), { force: true })
  }
}

/** A name is on the disk when its folder is. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
