import { mailLowBalances } from '../ledger/alerts/mail.ts'
import { expireWaiting, mailApprovals } from '../ledger/approvals/follow-up.ts'
import { expireCredits } from '../ledger/grants/expire.ts'
import { endOverdueLoginAs } from '../login-as/presence.ts'
import { tellRefused } from '../sessions/refused-requests.ts'
import { sweepSessions } from '../sessions/sweep.ts'
import { sweepThrottles } from '../sessions/throttle.ts'
import type { Services } from '../services.ts'
import { everySoOften } from './every.ts'

/** What is done again and again, whoever asks or not. Each must bear being done by several processes at once. */
const ROUNDS = {
  'stays that are over': endOverdueLoginAs,
  'credits that ended': expireCredits,
  'postings that waited too long': expireWaiting,
  'mails about postings that wait': mailApprovals,
  'mails about low balances': mailLowBalances,
  'requests that were refused': tellRefused,
  'sessions that ran out': sweepSessions,
  'counters that ran out': sweepThrottles,
} as const satisfies Readonly<Record<string, (services: Services, signal: AbortSignal) => Promise<void>>>

const EVERY_MS = 60_000

/**
 * Goes its rounds at once and then every minute, until it is stopped. What fails is told and done again on the next round; a round never
 * overtakes the one before. Stopping tells the one under way to be brief and waits for it, for at most `msMax`.
 */
export function startRounds(
  services: Services,
  { everyMs = EVERY_MS }: { everyMs?: number } = {},
): { stop(msMax?: number): Promise<void> } {
  return everySoOften(everyMs, (signal) => goRounds(services, signal))
}

async function goRounds(services: Services, signal: AbortSignal) {
  for (const [round, work] of Object.entries(ROUNDS)) {
    if (signal.aborted) return
    try {
      await work(services, signal)
    } catch (error) {
      services.log.warn({ err: error, round }, 'a round failed and will be gone again')
    }
  }
}
