import { tellRefused } from '../audit/refused-requests.ts'
import { everySoOften } from '../jobs/every.ts'
import { mailLowBalances } from '../ledger/alerts/mail.ts'
import { expireWaiting, mailApprovals } from '../ledger/approvals/follow-up.ts'
import { expireCredits } from '../ledger/grants/expire.ts'
import { makeRaises } from '../ledger/raises/take-effect.ts'
import { endOverdueLoginAs } from '../login-as/validity.ts'
import { mailNewLogins } from '../people/login-notices.ts'
import { sweepSessions } from '../people/sessions.ts'
import { sweepThrottles } from '../people/throttle.ts'
import type { Services } from '../services.ts'

/** What is done again and again, without being asked. Each must bear being done by several processes at once. */
const ROUNDS = {
  'ending login-as sessions': endOverdueLoginAs,
  'expiring credits': expireCredits,
  'expiring waiting postings': expireWaiting,
  'queueing e-mails about waiting postings': mailApprovals,
  'raising limits after a day': makeRaises,
  'queueing low-balance mails': mailLowBalances,
  'queueing e-mails about new logins': mailNewLogins,
  'counting refused requests': tellRefused,
  'deleting expired sessions': sweepSessions,
  'deleting expired counters': sweepThrottles,
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
      services.log.warn({ err: error, round }, 'a scheduled task failed and will be retried')
    }
  }
}
