import { expect, test } from 'vitest'
import { sources } from '../support/source.ts'

// The database has time zones of its own, of another age than those by which pages label times: it is told points in time only.

/** What SQL knows of days, months and zones; a default of the connection is what no statement relies on. */
const CUTS_TIME =
  /at\s+time\s+zone|date_trunc|date_part|date_bin|to_char\s*\(|extract\s*\(\s*(?!epoch)\w+\s+from|::(date|time|timestamp)\b(?!tz| with time zone)|current_date|localtime|interval\s+'[^']*(day|week|mon|year)s?'/i

/** These intervals are so many times 24 hours of a link's life, and no days of anybody's calendar. */
const OF_HOURS = new Set(["interval '30 days'"])

/** Says when a month may begin somewhere, in UTC, which has no rules that change; when one begins stays with src/words/days.ts. */
const IN_UTC = 'src/ledger/sql/start_of_sums.sql'

test('no SQL knows of days, months or time zones', () => {
  const files = ['src/**/*.{ts,sql}', 'prisma/**/*.ts', 'prisma/migrations/*/migration.sql']
    .flatMap(sources)
    .filter(({ file }) => file !== IN_UTC)
  expect(files.length).toBeGreaterThan(200)
  const wrong = files.flatMap(({ file, text }) =>
    text.split('\n').flatMap((line, at) => {
      const [found] = CUTS_TIME.exec(line) ?? []
      return found && !OF_HOURS.has(found) && !isComment(line) ? [`${file}:${at + 1}: ${found}`] : []
    }),
  )
  expect(wrong).toEqual([])
})

test('no code asks the clock of the machine it runs on', () => {
  const LOCAL =
    /\.(get|set)(Hours|Minutes|Date|Day|Month|FullYear|TimezoneOffset)\(|toLocale(Date|Time)String\((?!.*timeZone)/
  const files = ['src/**/*.ts', 'prisma/**/*.ts', 'public/*.js', 'views/**/*.ejs'].flatMap(sources)
  expect(files.flatMap(({ file, text }) => (LOCAL.test(text) ? [file] : []))).toEqual([])
})

const isComment = (line: string) => /^\s*(\*|\/\/|\/\*|--)/.test(line)
