import { amountWriter, plainAmount, readAmount, withCurrency } from '../../public/amounts.js'

export { plainAmount }

/** How a reseller's people read money, numbers and times. */
export interface FormatSettings {
  /** BCP 47. */
  locale: string
  /** IANA name. */
  timeZone: string
  /** ISO 4217, and its decimals. */
  currency: string
  currencyScale: number
}

export interface Formats {
  /** Minor units as an amount without its currency: 1,234.50 */
  amount(minor: bigint): string
  /** With a sign always: +150.00 */
  change(minor: bigint): string
  /** With the currency: 1,234.50 USD */
  money(minor: bigint): string
  /** The two amounts that a typed text can be, as options to choose from; none where it is one amount, or no amount at all. */
  readings(typed: string): { value: 'point' | 'locale'; label: string }[]
  number(value: number | bigint): string
  /** A day: 23 Nov 2026 */
  date(at: Date): string
  /** To the minute: 23 Nov 2026, 09:14 */
  dateTime(at: Date): string
  /** The same in the pieces that stay together where it breaks into lines, day and time: ['23 Nov 2026,', '09:14'] */
  dateTimePieces(at: Date): string[]
  /** A time of today: 09:14 */
  time(at: Date): string
  /** A time of the day to the second: 09:14:03 */
  clock(at: Date): string
  /** To the second with the zone, for a title. */
  exactTime(at: Date): string
  /** To the minute with weekday and zone, for a letter that is read elsewhere: Monday, 23 November 2026 at 09:14 CET */
  deadline(at: Date): string
  /** A month in short: Nov 2026 */
  month(at: Date): string
  /** A month's first letter, or what stands for one: N */
  monthInitial(at: Date): string
  /** How long something took, to the minute, below one to the second: 12 min */
  duration(seconds: number): string
  /** For files and machines, ISO 8601 in this zone with its offset: 2026-11-23T09:14:03.120+01:00 */
  isoTime(at: Date): string
  /** The day of a point in time, as a date field has it: 2026-11-23 */
  isoDay(at: Date): string
}

const made = new Map<string, Formats>()

/** The formats for one reseller's settings; Intl's formatters are slow to make, so they are kept. */
export function formatsFor(settings: FormatSettings): Formats {
  const key = `${settings.locale}|${settings.timeZone}|${settings.currency}|${settings.currencyScale}`
  let formats = made.get(key)
  if (!formats) {
    formats = makeFormats(settings)
    made.set(key, formats)
  }
  return formats
}

function makeFormats({ locale, timeZone, currency, currencyScale }: FormatSettings): Formats {
  const amount = amountWriter({ locale, currencyScale })
  const money = (minor: bigint) => withCurrency(amount(minor), currency)
  const change = amountWriter({ locale, currencyScale }, { signDisplay: 'exceptZero' })
  const number = new Intl.NumberFormat(locale)
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone })
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone })
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone })
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium', timeZone })
  const exactTime = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long', timeZone })
  const deadline = new Intl.DateTimeFormat(locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone,
  })
  const month = new Intl.DateTimeFormat(gregorianMonths(locale), {
    month: 'short',
    year: 'numeric',
    timeZone,
  })
  const monthInitial = new Intl.DateTimeFormat(gregorianMonths(locale), { month: 'narrow', timeZone })
  const inUnit = (unit: 'second' | 'minute') =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 0 })
  const [seconds, minutes] = [inUnit('second'), inUnit('minute')]
  const isoTime = isoTimeIn(timeZone)
  return {
    amount,
    change,
    money,
    readings(typed) {
      const read = readAmount(typed, { locale, currency, currencyScale })
      if (!('readings' in read)) return []
      return (['point', 'locale'] as const).map((value) => ({ value, label: money(read.readings[value]) }))
    },
    number: (value) => number.format(value),
    date: (at) => date.format(at),
    dateTime: (at) => dateTime.format(at),
    dateTimePieces: piecesWith({ dateTime, date, time }),
    time: (at) => time.format(at),
    clock: (at) => clock.format(at),
    exactTime: (at) => exactTime.format(at),
    deadline: (at) => deadline.format(at),
    month: keptByTime((at) => month.format(at)),
    monthInitial: keptByTime((at) => monthInitial.format(at)),
    duration: (long) => (long < 60 ? seconds.format(long) : minutes.format(long / 60)),
    isoTime,
    isoDay: (at) => isoTime(at).slice(0, 10),
  }
}

/** So many times are kept, which is more than pages show of months. */
const TIMES_MAX = 100

/** What a time is written as, kept for the next time: the months that pages show are the same ones for as long as a month lasts. */
function keptByTime(write: (at: Date) => string): (at: Date) => string {
  const kept = new Map<number, string>()
  return (at) => {
    const time = at.getTime()
    let text = kept.get(time)
    if (text === undefined) {
      text = write(at)
      if (kept.size >= TIMES_MAX) kept.clear()
      kept.set(time, text)
    }
    return text
  }
}

/** Times as different as they can be in what is written before and behind them. */
const SAMPLES = Array.from(
  { length: 24 },
  (_, place) => new Date(Date.UTC(2024, place, 1 + place, place, place)),
)

/**
 * The day and the time of a point in time, in pieces. In most locales they are a day and a time with something between them that is always
 * the same: then they are formatted one by one, because to ask Intl for its parts takes four times as long, and a list has fifty.
 */
function piecesWith(formats: Record<'dateTime' | 'date' | 'time', Intl.DateTimeFormat>) {
  const { dateTime, date, time } = formats
  const endOf = (at: Date) => {
    const [day = '', clock = ''] = piecesOf(dateTime, at)
    return clock === time.format(at) && day.startsWith(date.format(at))
      ? day.slice(date.format(at).length)
      : null
  }
  const [end = null, ...others] = new Set(SAMPLES.map(endOf))
  if (end === null || others.length > 0) return (at: Date) => piecesOf(dateTime, at)
  return (at: Date) => [date.format(at) + end, time.format(at)]
}

const PARTS_OF_A_TIME = new Set(['hour', 'minute', 'second', 'dayPeriod', 'timeZoneName'])

/** Day and time apart, in the order that the locale has them; one piece where no blank stands between the two. */
function piecesOf(format: Intl.DateTimeFormat, at: Date): string[] {
  const parts = format.formatToParts(at)
  const isTime = (part?: Intl.DateTimeFormatPart) => part && PARTS_OF_A_TIME.has(part.type)
  const between = parts.findIndex(
    ({ type, value }, place) =>
      type === 'literal' && /\s/.test(value) && isTime(parts[place - 1]) !== isTime(parts[place + 1]),
  )
  // Node writes usual blanks in the whole text and narrow ones in its parts.
  const text = format.format(at)
  const end = parts.slice(0, between + 1).reduce((length, { value }) => length + value.length, 0)
  return between < 0 ? [text] : [text.slice(0, end).trim(), text.slice(end)]
}

/** The calendars whose months are the Gregorian ones, whatever the year is called. */
const WITH_GREGORIAN_MONTHS = new Set(['gregory', 'iso8601', 'buddhist', 'japanese', 'roc'])

/** The locale, with the calendar that months are counted by here where its own has other months, as in Iran. */
function gregorianMonths(locale: string): string {
  const { calendar } = new Intl.DateTimeFormat(locale).resolvedOptions()
  return WITH_GREGORIAN_MONTHS.has(calendar)
    ? locale
    : new Intl.Locale(locale, { calendar: 'gregory' }).toString()
}

/** In a zone: the offset is Intl's, the rest is arithmetic, because Intl takes five times as long for all the parts. */
function isoTimeIn(timeZone: string) {
  const offsets = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset', hour: 'numeric' })
  return (at: Date) => {
    const name = offsets.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT'
    // Before there were standard times an offset had seconds too.
    const [offset] = /[+-]\d\d:\d\d(:\d\d)?/.exec(name) ?? ['+00:00']
    const [hours, minutes, seconds = 0] = offset.slice(1).split(':').map(Number) as [number, number, number?]
    const offsetMs = ((hours * 60 + minutes) * 60 + seconds) * 1000 * (offset.startsWith('-') ? -1 : 1)
    return new Date(at.getTime() + offsetMs).toISOString().slice(0, -1) + offset
  }
}
