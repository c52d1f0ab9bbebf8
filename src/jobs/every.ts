import { setTimeout as wait } from 'node:timers/promises'

/**
 * Does something at once and then again so long after each time that it was done, until it is stopped: it never overtakes itself. `work`
 * tells its own failures. Stopping tells the one under way to be brief and waits for it, for at most `msMax`.
 */
export function everySoOften(
  everyMs: number,
  work: (signal: AbortSignal) => Promise<void>,
): { stop(msMax?: number): Promise<void> } {
  let timer: NodeJS.Timeout | undefined
  const stopped = new AbortController()
  const go = async () => {
    await work(stopped.signal)
    if (!stopped.signal.aborted) timer = setTimeout(() => (underWay = go()), everyMs)
  }
  let underWay = go()
  return {
    stop: async (msMax = 5_000) => {
      stopped.abort()
      clearTimeout(timer)
      await Promise.race([underWay, wait(msMax, undefined, { ref: false })])
    },
  }
}
