import { Temporal } from 'temporal-polyfill'
import { startsOfMonths, zoneName } from '../words/days.ts'
import { type Sentence, t } from '../words/words.ts'

/** A period that people ask for often: days of a time zone as YYYY-MM-DD, both included. */
export interface PeriodPreset {
  label: Sentence
  from: string
  to: string
}

/**
 * Today, last week and so on, as of a moment in a time zone. A week begins on the day on which it begins where the locale is spoken (by
 * Intl); a month is the Gregorian calendar's.
 */
export function periodPresets(
  now: Date,
  { timeZone, locale }: { timeZone: string; locale: string },
): PeriodPreset[] {
  const today = dayOf(now, { timeZone })
  const days = (count: number) => ({ days: count })
  const weekStart = today.subtract(days((today.dayOfWeek - firstDayOfWeek(locale) + 7) % 7))
  const monthStart = today.with({ day: 1 })
  const lastMonth = monthStart.subtract({ months: 1 })
  const yesterday = today.subtract(days(1))
  const preset = (label: Sentence, from: Temporal.PlainDate, to: Temporal.PlainDate) => ({
    label,
    from: from.toString(),
    to: to.toString(),
  })
  return [
    preset(t('Today'), today, today),
    preset(t('Yesterday'), yesterday, yesterday),
    preset(t('This week'), weekStart, today),
    preset(t('Last week'), weekStart.subtract(days(7)), weekStart.subtract(days(1))),
    preset(t('This month'), monthStart, today),
    preset(t('Last month'), lastMonth, monthStart.subtract(days(1))),
    preset(t('This year'), today.with({ month: 1, day: 1 }), today),
  ]
}

/** A month of a time zone: its first moment, and its first and last day. */
export interface MonthPeriod {
  start: Date
  from: string
  to: string
}

/** The last `count` months, the current one first. */
export function lastMonths(count: number, now: Date, zone: { timeZone: string }): MonthPeriod[] {
  return startsOfMonths(count, now, zone)
    .map((start) => {
      const first = dayOf(start, zone).with({ day: 1 })
      return { start, from: first.toString(), to: first.with({ day: first.daysInMonth }).toString() }
    })
    .toReversed()
}

/** The day of a moment in a time zone. */
const dayOf = (at: Date, { timeZone }: { timeZone: string }) =>
  Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zoneName(timeZone)).toPlainDate()

/** 1 for Monday to 7 for Sunday. */
function firstDayOfWeek(locale: string): number {
  return new Intl.Locale(locale).getWeekInfo().firstDay
}
