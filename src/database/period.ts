/** The first and the last day, as YYYY-MM-DD; '' leaves an end open. */
interface Period {
  from: string
  to: string
}

/**
 * SQL conditions for a timestamptz column that lies in a period: days of a time zone, both included. The database knows when a day
 * begins there, also where the clock is changed at midnight.
 */
export function withinPeriod(
  column: string,
  { from, to }: Period,
  timeZone: string,
  bind: (value: string) => string,
): string[] {
  const conditions: string[] = []
  if (from) conditions.push(`${column} >= (${bind(from)}::date::timestamp at time zone ${bind(timeZone)})`)
  if (to) conditions.push(`${column} < ((${bind(to)}::date + 1)::timestamp at time zone ${bind(timeZone)})`)
  return conditions
}
