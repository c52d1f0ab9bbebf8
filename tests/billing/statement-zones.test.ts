import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lastTwelveMonths } from '../../src/billing/months.ts'
import { withinPeriod } from '../../src/database/period.ts'
import { refill } from '../support/postings.ts'
import { endOfDay } from '../../src/words/days.ts'
import { formatsFor } from '../../src/words/format.ts'
import { makeCustomer } from '../support/cast.ts'
import { readCsv } from '../support/csv.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Answer, type Visitor } from '../support/visit.ts'

// One authority says when days and months begin: what a page labels with a day stands in the statement of that day.

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC')]
const MINUTE_MS = 60_000

/** Days on which some zone changes its clock or its law, and one on which nothing happens. */
const DAYS = ['2026-04-24', '2026-07-15', '2026-09-06', '2026-10-25', '2026-11-01', '2026-11-26']

/** The moments around every midnight that any zone may have about a day. */
function momentsAround(day: string): Date[] {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  const quarters = Array.from({ length: 4 * 52 }, (_, at) => midnight + (at - 4 * 14) * 15 * MINUTE_MS)
  return quarters.flatMap((at) => [new Date(at - 1), new Date(at)])
}

describe('what the database finds in a day is what is labelled with it', () => {
  test.each(DAYS)('%s, in every zone on offer', async (day) => {
    const moments = momentsAround(day)
    const { pool } = purser.services.database
    const wrong: string[] = []
    for (const timeZone of ZONES) {
      const label = new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short' })
      const values: unknown[] = [moments.map((at) => at.toISOString())]
      const within = withinPeriod('at', { from: day, to: day }, timeZone, (value) => `$${values.push(value)}`)
      const { rows } = await pool.query<{ at: Date }>(
        `select at from unnest($1::timestamptz[]) as at where ${within.join(' and ')} order by at`,
        values,
      )
      const found = rows.map(({ at }) => at.getTime())
      const labelled = moments.filter((at) => label.format(at) === day).map((at) => at.getTime())
      if (labelled.length === 0 || found.join() !== labelled.join()) wrong.push(timeZone)
    }
    expect(wrong).toEqual([])
  })
})

/** Books one cent at each of these moments, oldest first, with the moment as its note. */
async function bookAt(customer: { id: string }, moments: readonly string[]) {
  const { system } = purser.northwind
  for (const at of moments) {
    const facts = { reason: 'courtesy', comment: '', reference: '', confirmDuplicate: false } as const
    const change = { ...facts, idempotencyKey: uuidv7(), note: at, amount: 1n }
    await refill({ ...system, at: new Date(at) }, customer, change)
  }
}

const moveTo = (timeZone: string) =>
  purser.services.database.prisma.reseller.update({
    where: { id: purser.northwind.reseller.id },
    data: { timeZone },
  })

/** What stands in the statement of one day, in its file and on its page: each entry's own moment. */
async function statementOf(customer: { id: string }, day: string) {
  const file = await owner.get(`/customers/${customer.id}/billing/statement.csv?from=${day}&to=${day}`)
  const [headings = [], ...rows] = readCsv(file.text)
  const page = await owner.get(`/customers/${customer.id}/billing?from=${day}&to=${day}`)
  return {
    moments: rows.map((row) => row[headings.indexOf('note')]).toReversed(),
    days: new Set(rows.map((row) => row[headings.indexOf('posted_at')]?.slice(0, 10))),
    shown: labelsOf(page),
  }
}

const labelsOf = (page: Answer) =>
  page.html
    .querySelectorAll('[aria-labelledby="statement-heading"] tbody time')
    .map((time) => time.textContent.split(',')[0])

describe('the statement of a day', () => {
  const CASES = [
    // The zones of PostgreSQL and of Node.js disagree about when it is midnight here.
    [
      'America/Edmonton',
      '2026-11-26',
      ['2026-11-26T05:59:00Z', '2026-11-27T05:59:00Z', '2026-11-27T06:30:00Z'],
    ],
    // Midnight comes twice.
    [
      'America/Havana',
      '2026-11-01',
      ['2026-11-01T03:59:00Z', '2026-11-01T04:30:00Z', '2026-11-01T05:30:00Z'],
    ],
    // There is no midnight.
    [
      'America/Santiago',
      '2026-09-06',
      ['2026-09-06T03:59:00Z', '2026-09-06T04:00:00Z', '2026-09-07T02:59:00Z'],
    ],
    ['Africa/Cairo', '2026-04-24', ['2026-04-23T21:59:00Z', '2026-04-23T22:00:00Z', '2026-04-24T20:59:00Z']],
    // The last hour of the day before comes twice.
    ['Asia/Beirut', '2026-10-24', ['2026-10-24T20:30:00Z', '2026-10-24T21:30:00Z', '2026-10-24T22:00:00Z']],
  ] as const

  test.each(CASES)(
    '%s, %s: every entry that is labelled with it, and no other',
    async (zone, day, moments) => {
      const customer = await makeCustomer(purser.northwind)
      await moveTo(zone)
      await bookAt(customer, moments)
      const settings = { ...purser.northwind.reseller, timeZone: zone }
      const label = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short' })
      const labelled = moments.filter((at) => label.format(new Date(at)) === day)
      const { moments: found, days, shown } = await statementOf(customer, day)
      expect(found).toEqual(labelled)
      expect(days).toEqual(new Set([day]))
      const said = formatsFor({ ...settings, timeZone: 'UTC' }).date(new Date(`${day}T00:00:00Z`))
      expect(new Set(shown)).toEqual(new Set([said]))
    },
  )

  test('the months are cut where they are labelled, also where the first of a month has two midnights', async () => {
    const customer = await makeCustomer(purser.northwind)
    await moveTo('America/Havana')
    // The last minute of October, and the first and the second half past midnight of November.
    const moments = ['2026-11-01T03:59:00Z', '2026-11-01T04:30:00Z', '2026-11-01T05:30:00Z']
    await bookAt(customer, moments)
    const page = await owner.get(`/customers/${customer.id}/billing`)
    const rows = page.html
      .querySelectorAll('.months-figure tbody tr')
      .map((row) => row.querySelectorAll('td').map((cell) => cell.textContent.trim()))
    const { month } = formatsFor({ ...purser.northwind.reseller, timeZone: 'America/Havana' })
    for (const [at, sum] of [
      ['2026-10-31T12:00:00Z', '0.01'],
      ['2026-11-15T12:00:00Z', '0.02'],
    ] as const) {
      expect(rows.find(([name]) => name === month(new Date(at)))?.[1]).toBe(sum)
    }
  })

  test('the months are cut by the zones of Intl where those of the database know of another law', async () => {
    const { system, reseller } = purser.northwind
    const customer = await makeCustomer(purser.northwind)
    // By the law of 2026 the clock stays at six hours behind: this is half past midnight of December.
    await bookAt(customer, ['2026-12-01T05:30:00Z', '2026-12-01T06:30:00Z'])
    const actor = { ...system, reseller: { ...reseller, timeZone: 'America/Edmonton' } }
    const months = await lastTwelveMonths(actor, customer, new Date('2027-01-15T12:00:00Z'))
    expect(months.slice(-3).map(({ refilled }) => refilled)).toEqual([1n, 1n, 0n])
    expect(months.at(-2)?.start).toEqual(new Date('2026-12-01T06:00:00Z'))
  })
})

test('what is good through a day ends with the last moment that is labelled with it, in every zone on offer', () => {
  const wrong = ZONES.flatMap((timeZone) => {
    const label = new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short' })
    return DAYS.filter((day) => {
      const end = endOfDay(day, { timeZone }).getTime()
      return label.format(end - 1) !== day || label.format(end) <= day
    }).map((day) => `${timeZone} ${day}`)
  })
  expect(wrong).toEqual([])
})
