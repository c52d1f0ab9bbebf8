import { currentTime } from '../database/clock.ts'
import type { LoginAs } from '../generated/prisma/client.ts'
import { idleEndOf } from './validity.ts'

/** How long a login-as session lasts. */
export interface Span {
  /** When it was over; where it is not, when it will be at the latest. */
  until: Date
  isOver: boolean
}

/** Until when a login-as session lasts. One that ran out without anybody looking is over as well, though no row says so yet. */
export function spanOf({
  enteredAt,
  codeExpiresAt,
  expiresAt,
  lastSeenAt,
  endedAt,
}: Pick<LoginAs, 'enteredAt' | 'codeExpiresAt' | 'expiresAt' | 'lastSeenAt' | 'endedAt'>): Span {
  if (endedAt) return { until: endedAt, isOver: true }
  const ranOut = new Date(Math.min(expiresAt.getTime(), idleEndOf(lastSeenAt).getTime()))
  const end = enteredAt ? ranOut : codeExpiresAt
  if (end <= currentTime()) return { until: end, isOver: true }
  return { until: enteredAt ? expiresAt : codeExpiresAt, isOver: false }
}

/**
 * SQL for the name of the person who ended this login-as session, a row of login_as, from the portal, as its event has it; null for all that
 * ended otherwise. The clocks of application and database may differ by an hour. $1: the reseller.
 */
export const stoppedBy = (row: string) => `
  case when ${row}.ended_by = 'stopped' then (
    select a.details->>'stoppedBy' from audit_rows a
    where a.reseller_id = $1 and a.event = 'login_as.ended' and a.details->>'loginAs' = ${row}.id::text
      and a.at between ${row}.ended_at - interval '1 hour' and ${row}.ended_at + interval '1 hour'
    limit 1
  ) end`
