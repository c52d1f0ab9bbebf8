import { expect, test } from 'vitest'
import { lastMonths, periodPresets } from '../../src/web/periods.ts'

const daysOf = (at: string, zone: { timeZone: string; locale: string }) =>
  Object.fromEntries(
    periodPresets(new Date(at), zone).map(({ label, from, to }) => [label.text, `${from} ${to}`]),
  )

test('a week begins as it does where the locale is spoken', () => {
  // A Saturday.
  expect(daysOf('2026-11-28T12:00:00Z', { timeZone: 'Europe/Berlin', locale: 'de' })).toEqual({
    Today: '2026-11-28 2026-11-28',
    Yesterday: '2026-11-27 2026-11-27',
    'This week': '2026-11-23 2026-11-28',
    'Last week': '2026-11-16 2026-11-22',
    'This month': '2026-11-01 2026-11-28',
    'Last month': '2026-10-01 2026-10-31',
    'This year': '2026-01-01 2026-11-28',
  })
  expect(daysOf('2026-11-29T12:00:00Z', { timeZone: 'America/New_York', locale: 'en-US' })).toMatchObject({
    'This week': '2026-11-29 2026-11-29',
    'Last week': '2026-11-22 2026-11-28',
  })
})

test('days are those of the time zone, at the end of a year too', () => {
  expect(daysOf('2026-12-31T23:30:00Z', { timeZone: 'Europe/Berlin', locale: 'de' })).toMatchObject({
    Today: '2027-01-01 2027-01-01',
    'Last month': '2026-12-01 2026-12-31',
    'This year': '2027-01-01 2027-01-01',
  })
})

test('the last months, the current one first', () => {
  const months = lastMonths(3, new Date('2028-03-01T05:00:00Z'), { timeZone: 'America/New_York' })
  expect(months.map(({ from, to }) => [from, to])).toEqual([
    ['2028-03-01', '2028-03-31'],
    ['2028-02-01', '2028-02-29'],
    ['2028-01-01', '2028-01-31'],
  ])
})
