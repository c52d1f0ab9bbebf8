import { expect, test } from 'vitest'
import { endOfDay, startOfDay } from '../../src/words/days.ts'
import { formatsFor } from '../../src/words/format.ts'

const settingsOf = (timeZone: string) => ({ locale: 'en', timeZone, currency: 'USD', currencyScale: 2 })
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Tokyo',
  'Asia/Kathmandu',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  // The clock is changed at midnight.
  'America/Santiago',
  'Africa/Cairo',
  'Asia/Beirut',
  'America/Havana',
  'Atlantic/Azores',
]

test.each(ZONES)('a day in %s begins with its first moment, on every day of some years', (timeZone) => {
  const settings = settingsOf(timeZone)
  const { isoDay } = formatsFor(settings)
  const wrong: string[] = []
  for (let at = Date.UTC(2025, 0, 1); at < Date.UTC(2028, 0, 1); at += 24 * 60 * 60_000) {
    const day = new Date(at).toISOString().slice(0, 10)
    const start = startOfDay(day, settings)
    if (isoDay(start) !== day || isoDay(new Date(start.getTime() - 1)) >= day) wrong.push(day)
  }
  expect(wrong).toEqual([])
})

test('a zone that a reseller has by an abbreviation of ICU is that zone', () => {
  expect(startOfDay('2026-11-23', settingsOf('JST'))).toEqual(
    startOfDay('2026-11-23', settingsOf('Asia/Tokyo')),
  )
  expect(startOfDay('2026-07-01', settingsOf('PST'))).toEqual(
    startOfDay('2026-07-01', settingsOf('America/Los_Angeles')),
  )
})

test('a day that a zone left out begins with the next one', () => {
  expect(startOfDay('2011-12-30', settingsOf('Pacific/Apia')).toISOString()).toBe('2011-12-30T10:00:00.000Z')
})

test('a day ends where the next one begins, also at the end of a month and of a year', () => {
  const berlin = settingsOf('Europe/Berlin')
  expect(endOfDay('2026-12-31', berlin).toISOString()).toBe('2026-12-31T23:00:00.000Z')
  expect(endOfDay('2026-03-29', berlin).toISOString()).toBe('2026-03-29T22:00:00.000Z')
  expect(endOfDay('2028-02-28', berlin)).toEqual(startOfDay('2028-02-29', berlin))
})

test('a point in time breaks between its day and its time alone, whichever a locale has first', () => {
  const at = new Date('2026-11-27T16:47:00Z')
  const pieces = (locale: string) => formatsFor({ ...settingsOf('UTC'), locale }).dateTimePieces(at)
  expect(pieces('en-GB')).toEqual(['27 Nov 2026,', '16:47'])
  expect(pieces('vi')).toEqual(['16:47', '27 thg 11, 2026'])
  for (const locale of ['en-US', 'de', 'ja', 'ko', 'ar', 'fa', 'sv', 'th']) {
    expect(pieces(locale), locale).toHaveLength(2)
    expect(pieces(locale).join(' ')).toBe(formatsFor({ ...settingsOf('UTC'), locale }).dateTime(at))
  }
})
