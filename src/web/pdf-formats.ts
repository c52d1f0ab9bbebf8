import { type FormatSettings, type Formats, formatsFor } from '../words/format.ts'
import { canPrint } from './pdf.ts'

/** What a document writes in its reseller's language. */
export type PrintedFormats = Pick<Formats, 'amount' | 'change' | 'money' | 'date' | 'dateTime'>

/**
 * The formats of a document: those of the pages, as far as its type has the letters. Where it lacks a month's name or its digits, a time
 * is written by ISO 8601 (2026-11-23 09:14); where it lacks the digits of amounts, those are written in Latin ones, and by the rules
 * of English where even the signs between them are missing.
 */
export function printableFormats(settings: FormatSettings): PrintedFormats {
  const own = formatsFor(settings)
  let printed = made.get(own)
  if (!printed) {
    printed = { ...printableFigures(own, settings), ...printableTimes(own) }
    made.set(own, printed)
  }
  return printed
}

const made = new WeakMap<Formats, PrintedFormats>()

function printableFigures(own: Formats, settings: FormatSettings) {
  const withLatinDigits = new Intl.Locale(settings.locale, { numberingSystem: 'latn' }).toString()
  const latin = formatsFor({ ...settings, locale: withLatinDigits })
  const english = formatsFor({ ...settings, locale: 'en' })
  const isPrintable = ({ money, change }: Formats) =>
    AMOUNTS.every((minor) => canPrint(money(minor)) && canPrint(change(minor)))
  const { amount, change, money } = [own, latin].find(isPrintable) ?? english
  return { amount, change, money }
}

function printableTimes({ date, dateTime, isoDay, isoTime }: Formats) {
  if (TIMES.every((at) => canPrint(date(at)) && canPrint(dateTime(at)))) return { date, dateTime }
  const toTheMinute = 'YYYY-MM-DDTHH:MM'.length
  return {
    date: isoDay,
    dateTime: (at: Date) => isoTime(at).slice(0, toTheMinute).replace('T', ' '),
  }
}

/** Every digit, both signs, and what stands between groups of digits. */
const AMOUNTS = [1_234_567_890_123n, -1_234_567_890_123n, 0n]

/** Each month, each day of a month, and each hour of a day, which some languages call by names. */
const TIMES = Array.from(
  { length: 12 * 31 },
  (_, at) => new Date(Date.UTC(2026, at % 12, 1 + (at % 31), at % 24, 5)),
)
