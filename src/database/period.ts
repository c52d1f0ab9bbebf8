import { endOfDay, startOfDay } from '../words/days.ts'

/** The first and the last day, as YYYY-MM-DD; '' leaves an end open. */
interface Period {
  from: string
  to: string
}

/**
 * SQL conditions for a timestamptz column that lies in a period: days of a time zone, both included. When they begin and end is
 * worked out here and reaches the database as points in time, because its time zones may be older or newer than those of the pages.
 */
export function withinPeriod(
  column: string,
  { from, to }: Period,
  timeZone: string,
  bind: (value: string) => string,
): string[] {
  const conditions: string[] = []
  const moment = (at: Date) => `${bind(at.toISOString())}::timestamptz`
  if (from) conditions.push(`${column} >= ${moment(startOfDay(from, { timeZone }))}`)
  if (to) conditions.push(`${column} < ${moment(endOfDay(to, { timeZone }))}`)
  return conditions
}
