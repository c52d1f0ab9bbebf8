import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { withPath } from './whole-file.ts'

/** Long enough for another starter, who read the same dead lock a moment before, to have written its own. */
const SETTLE_MS = 500

/**
 * Takes the data folder for this process, until the function it resolves to is called or the process is gone.
 * Refuses when a living process has it. A lock left by a process that was killed counts for nothing: a process is
 * told by its number and the moment it began, so that a number used again by another is not taken for the old one.
 */
export async function lockDataDir(dataDir: string): Promise<() => void> {
  const file = path.join(dataDir, 'purser.lock')
  const draft = `${file}.${process.pid}`
  refuseIfHeld(dataDir)
  let mine: string
  try {
    mine = writeLock(draft)
    if (!placeFirst(draft, file)) {
      refuseIfHeld(dataDir)
      renameSync(draft, file)
      // Of two that found the same dead lock, the one that wrote last has the folder and the other sees so here.
      await wait(SETTLE_MS)
      if (readFileSync(file, 'utf8') !== mine) refuseIfHeld(dataDir)
    }
  } catch (error) {
    throw withPath(error, file)
  } finally {
    rmSync(draft, { force: true })
  }

  return () => {
    if (existsSync(file) && readFileSync(file, 'utf8') === mine) rmSync(file)
  }
}

/** Who has the folder, and as which inode: a lock that was copied with its folder has another one. */
function writeLock(draft: string): string {
  writeFileSync(draft, '', { mode: 0o600 })
  const mine = `${process.pid} ${beginningOf(process.pid)} ${randomUUID()}@${statSync(draft).ino}\n`
  writeFileSync(draft, mine)
  return mine
}

/** Puts the draft where no lock is, whole and in one step; false when there is one, or where files cannot have two names. */
function placeFirst(draft: string, file: string): boolean {
  try {
    linkSync(draft, file)
    return true
  } catch {
    return false
  }
}

/** The folder is a copy, and its lock is the one of a living process in another folder. */
export class CopiedFolder extends Error {
  override name = 'CopiedFolder'
}

/**
 * The number of the living process that has taken the data folder; null when none has.
 * @throws CopiedFolder where it has taken another one, of which this is a copy: what is written here would reach that
 */
export function holderOf(dataDir: string): number | null {
  const file = path.join(dataDir, 'purser.lock')
  if (!existsSync(file)) return null
  const [pid = '', ...rest] = readFileSync(file, 'utf8').trim().split(' ')
  const beginning = rest.slice(0, -1).join(' ')
  if (beginning === '' || beginningOf(Number(pid)) !== beginning) return null
  const inode = rest.at(-1)?.split('@')[1]
  if (inode && inode !== String(statSync(file).ino)) throw new CopiedFolder(copiedSentence(dataDir, pid))
  return Number(pid)
}

function copiedSentence(dataDir: string, pid: string): string {
  return (
    `${dataDir} was copied from the data folder of a Purser that was running (process ${pid}), so the files of its database ` +
    'do not belong together. Stop Purser before you copy its data folder, or use npm run backup.'
  )
}

function refuseIfHeld(dataDir: string): void {
  const pid = holderOf(dataDir)
  if (pid === null) return
  throw new Error(
    `Another Purser (process ${pid}) is using ${dataDir}: stop it first, or give this one its own folder with DATA_DIR.`,
  )
}

/** When a living process began, in the system's own words; null when there is no such process. */
function beginningOf(pid: number): string | null {
  if (!Number.isInteger(pid) || pid <= 0) return null
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
    return stdout?.trim() || null
  }
  if (!existsSync(`/proc/${pid}/stat`)) return null
  // After the name in brackets, which may hold anything: the state first, the starting tick since boot as twentieth.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // A zombie is dead, though nobody has asked for its exit code yet (the rule in containers without an init).
  if (fields[0] === 'Z' || fields[0] === 'X') return null
  return `${fields[19]}@${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`
}
