import { currentTime } from '../../database/clock.ts'

/**
 * When a grant ends, as pages say it: the last moment in which it can be spent, null where it lasts, and whether its time is over. It is
 * from `expiresAt` on, as expire_grants() has it.
 */
export function endOf(
  expiresAt: Date | null,
  now = currentTime(),
): { lastMoment: Date | null; isOver: boolean } {
  return {
    lastMoment: expiresAt && new Date(expiresAt.getTime() - 1),
    isOver: expiresAt !== null && expiresAt <= now,
  }
}
