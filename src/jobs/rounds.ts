import { setTimeout as wait } from 'node:timers/promises'
import { endOverdueLoginAs } from '../login-as/presence.ts'
import { sweepSessions } from '../sessions/sweep.ts'
import type { Services } from '../services.ts'

/** What is done again and again, whoever asks or not. Each must bear being done by several processes at once. */
const ROUNDS = { 'stays that are over': endOverdueLoginAs, 'sessions that ran out': sweepSessions } as const

const EVERY_MS = 60_000

/**
 * Goes its rounds at once and then every minute, until it is stopped. What fails is told and done again on the next round; a round never
 * overtakes the one before. Stopping waits for the one under way, for at most `msMax`.
 */
export function startRounds(
  services: Services,
  { everyMs = EVERY_MS }: { everyMs?: number } = {},
): { stop(msMax?: number): Promise<void> } {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  const go = async () => {
    await goRounds(services)
    if (!isStopped) timer = setTimeout(() => (underWay = go()), everyMs)
  }
  let underWay = go()
  return {
    stop: async (msMax = 5_000) => {
      isStopped = true
      clearTimeout(timer)
      await Promise.race([underWay, wait(msMax, undefined, { ref: false })])
    },
  }
}

async function goRounds(services: Services) {
  for (const [round, work] of Object.entries(ROUNDS)) {
    try {
      await work(services)
    } catch (error) {
      services.log.warn({ err: error, round }, 'a round failed and will be gone again')
    }
  }
}
