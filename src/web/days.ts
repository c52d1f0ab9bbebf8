import { type FormatSettings, formatsFor } from './format.ts'

const DAY_MS = 24 * 60 * 60_000

/**
 * The first moment of a day (2026-11-23) in a time zone. It need not be midnight: where the clock goes forward at midnight the day
 * begins at one, and where it goes back then, the second midnight begins it.
 */
export function startOfDay(day: string, settings: FormatSettings): Date {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  const offsetAt = (ms: number) => offsetMs(formatsFor(settings).isoTime(new Date(ms)))
  const [one, other] = [midnight - offsetAt(midnight - DAY_MS), midnight - offsetAt(midnight + DAY_MS)]
  const [first, last] = one < other ? [one, other] : [other, one]
  return new Date(first + offsetAt(first) >= midnight ? first : last)
}

/** The first moment after a day, which is when something good through that day ends. */
export function endOfDay(day: string, settings: FormatSettings): Date {
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS)
  return startOfDay(next.toISOString().slice(0, 10), settings)
}

/** +05:30 at the end of an ISO time, in milliseconds. */
function offsetMs(isoTime: string): number {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(isoTime) ?? []
  return (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1)
}
