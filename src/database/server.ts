import { spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { sizeOfLog, isDiskFull, ServerFailure, whyItEnded, wordsSince } from './last-words.ts'
import { launcherFor } from './server-program.ts'

/** Recovery after a crash replays what had not reached the tables; on a slow disk that can take minutes. */
const startMsMax = 5 * 60_000
const lookEveryMs = 30

/** A log that is longer is put aside; how often to look while the server runs. */
const LOG_BYTES_MAX = 5_000_000
const LOOK_AT_LOG_EVERY_MS = 60_000

/** Where a server's files are and how it shall run. */
export interface ServerPlan {
  folder: string
  logFile: string
  /** Tried first; another free one is taken when somebody else has it. */
  port: number | null
  settings: Record<string, string>
  onProgress: (sentence: string) => void
  /** Gives a start up at once: rejects with its reason, and no server is left. */
  signal?: AbortSignal
  /** Called when the server ends without stop() having been asked for. */
  onGone: (error: ServerFailure) => void
}

/** A server that takes connections. */
export interface RunningServer {
  port: number
  /** Ends it by a fast shutdown: clients are cut off, everything committed is safe. Resolves when it is down. */
  stop(): Promise<void>
}

/**
 * Starts the server of a cluster and resolves when it takes connections on loopback. It has its own process session, so that Ctrl-C in
 * our terminal leaves it up until requests have finished. If this process ends in order without stop(), the server is stopped too.
 * @throws ServerFailure with what the server wrote, if it does not start
 */
export async function runServer(plan: ServerPlan): Promise<RunningServer> {
  keepLogSmall(plan.logFile)
  const givingUpAt = performance.now() + startMsMax
  let port = plan.port ?? (await freePort())
  for (;;) {
    const logEnd = sizeOfLog(plan.logFile)
    plan.signal?.throwIfAborted()
    const server = launch(plan, port)
    const endWithUs = () => server.kill('SIGINT')
    process.once('exit', endWithUs)
    const ended = new Promise<Error | null>((resolve) => {
      server.once('error', resolve)
      server.once('exit', () => resolve(null))
    })
    void ended.then(() => process.off('exit', endWithUs))
    if (await isReady(server, plan, givingUpAt, ended)) return watch(server, { port, logEnd }, plan)

    plan.signal?.throwIfAborted()
    const words = wordsSince(plan.logFile, logEnd)
    const why = (await ended)?.message ?? reasonIn(words, plan.folder)
    if (words.includes('could not bind')) {
      port = await freePort()
    } else if (
      /shared memory block|lock file ".*" already exists/.test(words) &&
      performance.now() < givingUpAt
    ) {
      // Processes of a server that was killed are still ending: they hold on to the folder for a moment longer.
      await wait(500)
    } else {
      const said = why ?? 'it exited without a message'
      throw new ServerFailure(`The database server did not start: ${said}. Its log is ${plan.logFile}.`, why)
    }
    if (performance.now() > givingUpAt) {
      const sentence = `The database server did not start in time. Its log is ${plan.logFile}.`
      throw new ServerFailure(sentence, null)
    }
  }
}

/** In its own words, or, where a full disk took these too, in ours. */
function reasonIn(words: string, folder: string): string | null {
  return whyItEnded(words) ?? (isDiskFull(folder) ? 'its disk is full' : null)
}

/**
 * Ends the server that a killed process left running on this folder, if there is one. A process that only happens to
 * have the number in the folder's postmaster.pid is left alone, and the file, which would stop PostgreSQL, removed.
 */
export async function endLeftBehind(folder: string, onProgress: (sentence: string) => void): Promise<void> {
  const pid = readPidFile(folder)?.pid
  if (pid === undefined || !isAlive(pid)) return
  if (!isServerOf(pid, folder)) return rmSync(path.join(folder, 'postmaster.pid'))
  onProgress('Stopping a database server that was left running by an earlier start.')
  await end(pid, async (ms) => {
    for (const until = performance.now() + ms; isAlive(pid) && performance.now() < until;)
      await wait(lookEveryMs)
    return !isAlive(pid)
  })
}

function launch({ folder, logFile, settings }: ServerPlan, port: number): ChildProcess {
  const all = { ...settings, port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '' }
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const log = openSync(logFile, 'a', 0o600)
  try {
    const server = launcherFor(folder)('postgres', ['-D', folder, ...flags], {
      stdio: ['ignore', log, log],
      detached: true,
    })
    server.unref()
    return server
  } finally {
    closeSync(log)
  }
}

async function isReady(server: ChildProcess, plan: ServerPlan, givingUpAt: number, ended: Promise<unknown>) {
  let over = false
  void ended.then(() => (over = true))
  const slowAt = performance.now() + 5_000
  for (let told = false; !over; await wait(lookEveryMs)) {
    const file = readPidFile(plan.folder)
    if (file?.pid === server.pid && file?.status === 'ready') return true
    if (!told && performance.now() > slowAt) {
      told = true
      plan.onProgress('The database is recovering from an interruption. This can take a few minutes.')
    }
    if (performance.now() > givingUpAt || plan.signal?.aborted) server.kill('SIGQUIT')
  }
  return false
}

/** Where a server was started: the port, and where the log ended before it. */
interface Start {
  port: number
  logEnd: number
}

function watch(server: ChildProcess, { port, logEnd }: Start, plan: ServerPlan): RunningServer {
  const { folder, logFile, onGone } = plan
  let stopping: Promise<void> | null = null
  const tidying = setInterval(keepLogSmallWhileOpen, LOOK_AT_LOG_EVERY_MS, logFile).unref()
  const gone = once(server, 'exit')
  void gone.then(() => {
    clearInterval(tidying)
    if (stopping) return
    const why = reasonIn(wordsSince(logFile, logEnd), folder)
    const said = why === null ? '' : `: ${why}`
    onGone(new ServerFailure(`The database server ended unexpectedly${said}. Its log is ${logFile}.`, why))
  })
  const isOver = () => server.exitCode !== null || server.signalCode !== null
  const isDownWithin = async (ms: number) => {
    // The child holds this process up while we wait for it, the timer does not.
    server.ref()
    await Promise.race([gone, wait(ms, undefined, { ref: false })])
    return isOver()
  }
  return {
    port,
    stop: () => (stopping ??= isOver() ? Promise.resolve() : end(server.pid as number, isDownWithin)),
  }
}

/** Asks for a fast shutdown, then an immediate one (recovered at the next start), then leaves no choice. */
async function end(pid: number, isDownWithin: (ms: number) => Promise<boolean>): Promise<void> {
  for (const [signal, ms] of [
    ['SIGINT', 5_000],
    ['SIGQUIT', 2_000],
    ['SIGKILL', 2_000],
  ] as const) {
    if (isAlive(pid)) process.kill(pid, signal)
    if (await isDownWithin(ms)) return
  }
  throw new Error(`The database server (process ${pid}) cannot be stopped.`)
}

/** What PostgreSQL writes into its folder: its process number first, whether it takes connections on the eighth line. */
function readPidFile(folder: string): { pid: number; status: string } | null {
  const file = path.join(folder, 'postmaster.pid')
  if (!existsSync(file)) return null
  const lines = readFileSync(file, 'utf8').split('\n')
  return { pid: Number(lines[0]), status: lines[7]?.trim() ?? '' }
}

/** Whether there is a process of this number, anybody's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: there is one, but it is not ours.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** A PostgreSQL server works in its data folder and was started with its name. */
function isServerOf(pid: number, folder: string): boolean {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    return stdout.includes(`-D ${folder}`)
  }
  try {
    const [theirs, ours] = [statSync(`/proc/${pid}/cwd`), statSync(folder)]
    return theirs.dev === ours.dev && theirs.ino === ours.ino
  } catch {
    // Gone by now, or somebody else's whose folder we may not see: then it cannot be a server on our folder.
    return false
  }
}

/** Puts a log that has become long aside, in place of the one before. */
function keepLogSmall(logFile: string): void {
  if (isLong(logFile)) renameSync(logFile, `${logFile}.old`)
}

/**
 * The same while the server runs and has the file open: it appends, so what is copied can be cut off beneath it. A line that is written
 * between the two is lost. Where there is no room for the copy, the log stays as it is until the next time.
 */
function keepLogSmallWhileOpen(logFile: string): void {
  if (!isLong(logFile)) return
  try {
    copyFileSync(logFile, `${logFile}.old`)
    truncateSync(logFile)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
  }
}

const isLong = (logFile: string) => existsSync(logFile) && statSync(logFile).size > LOG_BYTES_MAX

async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as net.AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
