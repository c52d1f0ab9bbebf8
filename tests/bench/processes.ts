import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'

/** What Linux says of one process. */
interface ProcessFacts {
  pid: number
  parent: number
  /** What it and those of its children that have ended used, in milliseconds. */
  cpuMs: number
}

/** The clock in which Linux counts the time of processes: USER_HZ, 100 on every architecture that Node.js runs on. */
const TICK_MS = 10

/** Processes that are measured together: one with all that it started, but for `without` and all that that one started. */
export interface ProcessTree {
  root: number
  without?: number | undefined
}

/** How much time on a core the processes used so far, in milliseconds. */
export function cpuMsOf(tree: ProcessTree): number {
  return membersOf(tree).reduce((sum, { cpuMs }) => sum + cpuMs, 0)
}

/** How much memory the processes have, in MiB: what is theirs alone, and their share of what they have in common (PSS). */
export function memoryMibOf(tree: ProcessTree): number {
  const sizes = membersOf(tree).map(({ pid }) => {
    const text = readIfThere(`/proc/${pid}/smaps_rollup`) ?? ''
    return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0)
  })
  return sizes.reduce((sum, kib) => sum + kib, 0) / 1024
}

/** How many processes there are. */
export const countOf = (tree: ProcessTree) => membersOf(tree).length

/** The PostgreSQL server of a data folder. */
export function serverPid(dataDir: string): number {
  const file = path.join(dataDir, 'postgres', 'postmaster.pid')
  return Number(readFileSync(file, 'utf8').split('\n')[0])
}

function membersOf({ root, without }: ProcessTree): ProcessFacts[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => factsOf(Number(name)) ?? [])
  const members = all.filter(({ pid }) => pid === root)
  for (const { pid } of members)
    members.push(...all.filter((one) => one.parent === pid && one.pid !== without))
  return members
}

/** Null for one that has ended. The name of the program, in brackets, may itself have brackets and blanks. */
function factsOf(pid: number): ProcessFacts | null {
  const text = readIfThere(`/proc/${pid}/stat`)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  // utime, stime, cutime and cstime: see proc_pid_stat(5), which counts from the program's number on.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return { pid, parent: Number(fields[1]), cpuMs: ticks * TICK_MS }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
