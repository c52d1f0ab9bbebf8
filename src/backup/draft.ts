import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
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
    throw new Error(`The folder ${folder} for ${path.basename(file)} does not exist.`)
  removeRemnants(file)
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

/** A link counts as well, also one that leads nowhere for now: the person who made it means what it leads to. */
function mustBeFree(file: string): void {
  if (lstatSync(file, { throwIfNoEntry: false }))
    throw new Error(`${file} already exists. Choose another name.`)
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

/** Our own number may be that of the one before as well: in a container, each first process has the same. */
function removeRemnants(file: string): void {
  const [folder, beginning] = [path.dirname(file), `${path.basename(file)}.partial-`]
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const pid = entry.name.startsWith(beginning) ? entry.name.slice(beginning.length) : ''
    if (!entry.isFile() || !/^[1-9]\d*$/.test(pid)) continue
    if (Number(pid) === process.pid || !isAlive(Number(pid)))
      rmSync(path.join(folder, entry.name), { force: true })
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
