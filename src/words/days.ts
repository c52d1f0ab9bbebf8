import { Temporal } from 'temporal-polyfill'

/** Of whom only the zone is asked: an IANA name. */
interface InZone {
  timeZone: string
}

/**
 * The first moment of a day (2026-11-23) in a time zone, by the zones of Intl, which labels the times of every page: nothing else here
 * decides when a day begins, the database least of all. It need not be midnight: where the clock goes forward at midnight the day begins
 * at one, and where it is midnight twice, the first one begins it. A day that the zone left out begins with the next one.
 */
export function startOfDay(day: string, { timeZone }: InZone): Date {
  return new Date(Temporal.PlainDate.from(day).toZonedDateTime(zoneName(timeZone)).epochMilliseconds)
}

/** The first moment after a day, which is when something good through that day ends. */
export function endOfDay(day: string, zone: InZone): Date {
  return startOfDay(Temporal.PlainDate.from(day).add({ days: 1 }).toString(), zone)
}

/**
 * The first moments of the last `count` months of a time zone, oldest first, the month of `now` as the last. Months are those of the
 * Gregorian calendar. They are kept until the next month begins: Temporal took a twentieth of a customer's page.
 */
export function startsOfMonths(count: number, now: Date, zone: InZone): readonly Date[] {
  const key = `${count} ${zone.timeZone}`
  const known = months.get(key)
  const [thisMonth, nextMonth] = known?.slice(-2) ?? []
  if (known && thisMonth && nextMonth && thisMonth <= now && now < nextMonth) return known.slice(0, count)
  const at = Temporal.Instant.fromEpochMilliseconds(now.getTime())
  const first = at.toZonedDateTimeISO(zoneName(zone.timeZone)).toPlainDate().with({ day: 1 })
  const starts = Array.from({ length: count + 1 }, (_, place) =>
    startOfDay(first.add({ months: place - count + 1 }).toString(), zone),
  )
  months.set(key, starts)
  return starts.slice(0, count)
}

/** By their number and the zone, with the month after them. */
const months = new Map<string, readonly Date[]>()

/** What Intl takes the zone of these names for, by name. */
const names = new Map<string, string>()

/**
 * The name by which Temporal knows a zone of Intl's: ICU has abbreviations that are no names of IANA's (IST, JST, PST), which Temporal
 * refuses. No reseller can choose one any more, but some may have.
 */
export function zoneName(timeZone: string): string {
  const name = names.get(timeZone) ?? new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  names.set(timeZone, name)
  return name
}
