import cluster from 'node:cluster'
import { complain, sentenceOf, tell } from './words.ts'

/** Everything must have ended this long after it was asked to, and so long after it was drained; then it is ended by force. Milliseconds. */
const ENDING_MS_MAX = 9_500
const ENDING_AFTER_DRAIN_MS_MAX = 7_500

/** A terminal's Ctrl-C reaches us twice, from it and from npm: only one that comes later than this means "at once". */
const IMPATIENT_AFTER_MS = 1_000

/** How often to look whether npm is still there. */
const LOOK_EVERY_MS = 1_000

interface Ending {
  end: (code: number) => Promise<void>
  /** Given when the process is to end: code that is starting something gives up. */
  signal: AbortSignal
}

/**
 * Ends the process in order: on SIGTERM, Ctrl-C or a closed terminal with 0, on a failure that nobody expected with 1. `stop` is
 * called once; a second Ctrl-C, or more time than an ending may take, ends at once. `drainSeconds` are known when it comes to that.
 */
export function endInOrder(stop: () => Promise<void>, drainSeconds: () => number): Ending {
  const stopping = new AbortController()
  let ending: Promise<void> | null = null
  let asked = 0

  async function stopAndExit(code: number) {
    const msMax = Math.max(ENDING_MS_MAX, drainSeconds() * 1000 + ENDING_AFTER_DRAIN_MS_MAX)
    setTimeout(() => {
      complain('Stopping took too long, so the remaining requests were aborted.')
      process.exit(1)
    }, msMax).unref()
    stopping.abort(new Error('The start was canceled because Purser was asked to stop.'))
    try {
      await stop()
    } catch (error) {
      complain(sentenceOf(error))
      process.exit(1)
    }
    process.exit(code)
  }

  const end = (code: number) => (ending ??= stopAndExit(code))
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (ending && signal === 'SIGINT' && performance.now() - asked > IMPATIENT_AFTER_MS) process.exit(1)
      if (!ending) {
        asked = performance.now()
        if (cluster.isPrimary) tell('Stopping: finishing open requests first.')
      }
      void end(0)
    })
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      complain(error instanceof Error ? (error.stack ?? error.message) : String(error))
      void end(1)
    })
  }
  return { end, signal: stopping.signal }
}

/**
 * Calls `gone` once npm is gone, which started us. Killed outright it cannot pass that on, and a Purser without its npm would keep
 * the port and the database from the next one. The scripts of package.json say `exec`, so that npm is our parent and not a shell
 * between, which would pass nothing on either.
 */
export function watchNpm(gone: () => void): void {
  const npm = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === npm) return
    clearInterval(timer)
    gone()
  }, LOOK_EVERY_MS)
  timer.unref()
}
