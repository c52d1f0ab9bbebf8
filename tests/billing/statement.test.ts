import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lastTwelveMonths } from '../../src/billing/months.ts'
import { connected } from '../../src/database/connection.ts'
import { newKey } from '../../src/ledger/facts.ts'
import { type House, makeCustomer } from '../support/cast.ts'
import { readCsv } from '../support/csv.ts'
import { booked } from '../support/ledger.ts'
import { charge, deduct, refill, reverse, setCredits } from '../support/postings.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { eventRows } from '../support/rows.ts'
import { statementsOf } from '../support/statements.ts'
import { type Answer, errorAt, valueOf, type Visitor, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

type Known = { id: string }
interface Movement {
  /** Minor units; below zero it is a deduction. */
  amount?: bigint
  /** The target of credits. */
  credits?: bigint
  at?: string
  note?: string
  reference?: string
  comment?: string
}

/** Books as the system, at a time of the past if need be. */
async function book({ system }: House, customer: Known, movements: readonly Movement[]) {
  let seen = 0n
  for (const { amount = 0n, credits, at, note = '', reference = '', comment = 'why' } of movements) {
    const actor = at ? { ...system, at: new Date(at) } : system
    const facts = { idempotencyKey: uuidv7(), reason: 'courtesy', comment, note } as const
    if (credits !== undefined) {
      await setCredits(actor, customer, { ...facts, credits, seen })
      seen = credits
    } else {
      const change = { ...facts, reference, confirmDuplicate: false }
      if (amount > 0n) await refill(actor, customer, { ...change, amount })
      else await deduct(actor, customer, { ...change, amount: -amount })
    }
  }
}

/** The statement's rows: when, what, who, account, before, amount, after. */
const rowsOf = (page: Answer) =>
  page.html
    .querySelectorAll('[aria-labelledby="statement-heading"] tbody tr')
    .map((row) => row.querySelectorAll('td').map((cell) => cell.textContent.replace(/\s+/g, ' ').trim()))

const link = (page: Answer, rel: 'prev' | 'next') =>
  page.html.querySelector(`.pager a[rel="${rel}"]`)?.getAttribute('href') ?? null

const fileOf = async (browser: Visitor, customer: Known, query = '') => {
  const answer = await browser.get(`/customers/${customer.id}/billing/statement.csv${query}`)
  expect(answer.status).toBe(200)
  const [headings = [], ...rows] = readCsv(answer.text)
  return {
    answer,
    headings,
    rows: rows.map((row) => Object.fromEntries(row.map((cell, at) => [headings[at], cell]))),
  }
}

describe('the statement', () => {
  test('shows both accounts, newest first, with before and after', async () => {
    const customer = await makeCustomer(purser.northwind)
    await book(purser.northwind, customer, [
      { amount: 15_000n, at: '2026-05-01T10:00:00Z', reference: 'INV-7', note: 'Thank you' },
      { amount: -2_050n, at: '2026-05-02T10:00:00Z', comment: 'Booked twice' },
      { credits: 10_000n, at: '2026-05-03T10:00:00Z' },
      { credits: 4_000n, at: '2026-05-03T22:30:00Z' },
    ])
    const rows = rowsOf(await owner.get(`/customers/${customer.id}/billing`))
    expect(rows.map(([, , , ...figures]) => figures)).toEqual([
      ['Credits', '100.00', '-60.00', '40.00'],
      ['Credits', '0.00', '+100.00', '100.00'],
      ['Balance', '150.00', '-20.50', '129.50'],
      ['Balance', '0.00', '+150.00', '150.00'],
    ])
    // 22:30 UTC is half past midnight of the next day in Berlin.
    expect(rows[0]?.[0]).toBe('4 May 2026, 00:30')
    expect(rows[2]?.[1]).toBe('Deduction · Courtesy Internal comment: Booked twice')
    expect(rows[3]?.[1]).toBe(
      'Refill · Courtesy Reference: INV-7 Visible to customer: Thank you Internal comment: why',
    )
    expect(rows.every(([, , by]) => by === 'The system')).toBe(true)
  })

  test('says what both accounts stood at when the period began and ended, and what came and went', async () => {
    const customer = await makeCustomer(purser.northwind)
    await book(purser.northwind, customer, [
      { amount: 15_000n, at: '2026-04-30T10:00:00Z' },
      { amount: 1_000n, at: '2026-05-02T10:00:00Z' },
      { amount: -2_050n, at: '2026-05-31T10:00:00Z' },
      { credits: 4_000n, at: '2026-06-01T10:00:00Z' },
    ])
    const page = await owner.get(`/customers/${customer.id}/billing?from=2026-05-01&to=2026-05-31`)
    const sums = page.html
      .querySelectorAll('.sums dl')
      .map((list) => list.querySelectorAll('dd').map((sum) => sum.textContent.trim()))
    expect(sums).toEqual([
      ['150.00', '+10.00', '-20.50', '139.50'],
      ['0.00', '0.00', '0.00', '0.00'],
    ])
  })

  test('is one place with the entries and the credit grants, and each of the last twelve months is a link', async () => {
    const customer = await makeCustomer(purser.northwind)
    for (const [address, name] of [
      ['ledger', 'Entries'],
      ['grants', 'Credit grants'],
      ['billing', 'Statement'],
    ]) {
      const page = await owner.get(`/customers/${customer.id}/${address}`)
      const tabs = page.html.querySelectorAll('nav.tabs a')
      expect(tabs.map((tab) => tab.getAttribute('href'))).toEqual([
        `/customers/${customer.id}/ledger`,
        `/customers/${customer.id}/grants`,
        `/customers/${customer.id}/billing`,
      ])
      expect(tabs.filter((tab) => tab.hasAttribute('aria-current')).map((tab) => tab.textContent)).toEqual([
        name,
      ])
      expect(page.html.querySelector('title')?.textContent).toMatch(
        new RegExp(`^${name} · Billing Details · .*${customer.email}.* · Northwind`),
      )
    }
    // The period goes along from the entries to the statement and back; other filters are the entries' own.
    const may = 'from=2026-05-01&to=2026-05-31'
    for (const address of [`ledger?kind=charge&${may}`, `billing?${may}`]) {
      const dated = await owner.get(`/customers/${customer.id}/${address}`)
      expect(dated.html.querySelectorAll('nav.tabs a').map((tab) => tab.getAttribute('href'))).toEqual([
        `/customers/${customer.id}/ledger?${may}`,
        `/customers/${customer.id}/grants`,
        `/customers/${customer.id}/billing?${may}`,
      ])
    }
    const page = await owner.get(`/customers/${customer.id}/billing?${may}`)
    const [, months] = page.html.querySelectorAll('.presets ul')
    const links = months?.querySelectorAll('a').map((link) => link.getAttribute('href')) ?? []
    expect(links).toHaveLength(12)
    expect(
      links.every((link) => /\/billing\?from=\d{4}-\d\d-01&to=\d{4}-\d\d-(28|29|30|31)#/.test(link ?? '')),
    ).toBe(true)
  })

  test('pages through ties forwards and backwards, each account in the order of its numbers', async () => {
    const customer = await makeCustomer(purser.northwind)
    // Seventy at each of two moments: time alone decides nothing here.
    const movements = Array.from({ length: 140 }, (_, at) => ({
      ...(at % 3 === 2 ? { credits: BigInt(at + 1) } : { amount: BigInt(at + 1) }),
      at: at < 70 ? '2026-05-01T10:00:00Z' : '2026-05-01T10:00:00.001Z',
    }))
    await book(purser.northwind, customer, movements)
    const { rows: all } = await fileOf(owner, customer)
    expect(all).toHaveLength(140)
    for (const account of ['BALANCE', 'CREDITS']) {
      const numbers = all.filter((row) => row.account === account).map(({ seq }) => Number(seq))
      expect(numbers).toEqual(numbers.map((_, at) => numbers.length - at))
    }
    const afters = all.map(({ after }) => after)

    const pages: Answer[] = []
    for (let at: string | null = `/customers/${customer.id}/billing`; at;) {
      const page: Answer = await owner.get(at)
      pages.push(page)
      at = link(page, 'next')
    }
    expect(pages.map((page) => rowsOf(page).length)).toEqual([50, 50, 40])
    const shown = (some: Answer[]) => some.flatMap((page) => rowsOf(page).map((row) => row[6]))
    expect(shown(pages)).toEqual(afters)

    const back: Answer[] = []
    for (let at = link(pages[2] as Answer, 'prev'); at;) {
      const page: Answer = await owner.get(at)
      back.unshift(page)
      at = link(page, 'prev')
    }
    expect(shown(back)).toEqual(afters.slice(0, 100))
  })

  test('entries that appear meanwhile move no page', async () => {
    const customer = await makeCustomer(purser.northwind)
    await book(
      purser.northwind,
      customer,
      Array.from({ length: 60 }, () => ({ amount: 100n })),
    )
    const first = await owner.get(`/customers/${customer.id}/billing`)
    await book(purser.northwind, customer, [{ amount: 5n }])
    const second = await owner.get(link(first, 'next') as string)
    expect(rowsOf(second).map((row) => row[6])).toEqual(
      Array.from({ length: 10 }, (_, at) => `${10 - at}.00`),
    )
  })

  test.each(['garbage', Buffer.from('2026-13-01T00:00:00.000Z BALANCE 1').toString('base64url')])(
    'a place that is none (%s) begins anew',
    async (place) => {
      const customer = await makeCustomer(purser.northwind, { balance: 100n })
      for (const direction of ['after', 'before']) {
        const page = await owner.get(`/customers/${customer.id}/billing?${direction}=${place}`)
        expect(page.status).toBe(200)
        expect(rowsOf(page)).toHaveLength(1)
      }
    },
  )

  test('costs the same few statements however much there is', async () => {
    const [little, much] = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    await book(purser.northwind, little, [{ amount: 100n }])
    await book(
      purser.northwind,
      much,
      Array.from({ length: 51 }, () => ({ amount: 100n })),
    )
    const costOf = (customer: Known) => statementsOf(() => owner.get(`/customers/${customer.id}/billing`))
    const cost = await costOf(little)
    expect(await costOf(much)).toBe(cost)
    // One of them counts what waits for this person's decision.
    expect(cost).toBeLessThanOrEqual(10)
  })
})

describe('a period', () => {
  // The clocks of Berlin went forward on 29 March 2026: that day had 23 hours.
  const moments = [
    ['before', '2026-03-28T22:59:59.999Z'],
    ['first of the day', '2026-03-28T23:00:00.000Z'],
    ['last of the day', '2026-03-29T21:59:59.999Z'],
    ['after', '2026-03-29T22:00:00.000Z'],
  ] as const

  async function dated(house: House, times: readonly (readonly [string, string])[] = moments) {
    const customer = await makeCustomer(house)
    await book(
      house,
      customer,
      times.map(([note, at]) => ({ amount: 100n, at, note })),
    )
    return customer
  }

  test.each([
    ['from=2026-03-29&to=2026-03-29', ['last of the day', 'first of the day']],
    ['from=2026-03-29', ['after', 'last of the day', 'first of the day']],
    ['to=2026-03-29', ['last of the day', 'first of the day', 'before']],
    ['from=&to=', ['after', 'last of the day', 'first of the day', 'before']],
    ['from=2026-03-30&to=2026-12-31', ['after']],
  ])("%s: days in the reseller's zone, both included", async (query, notes) => {
    const customer = await dated(purser.northwind)
    const page = await owner.get(`/customers/${customer.id}/billing?${query}`)
    expect(
      rowsOf(page).map((row) => /Visible to customer: (.+) Internal comment/.exec(row[1] ?? '')?.[1]),
    ).toEqual(notes)
    const { rows } = await fileOf(owner, customer, `?${query}`)
    expect(rows.map(({ note }) => note)).toEqual(notes)
  })

  test('a day in Tokyo is another one', async () => {
    const customer = await dated(purser.eastgate, [
      ['the 28th', '2026-03-28T14:59:59.999Z'],
      ['the 29th', '2026-03-28T15:00:00.000Z'],
    ])
    const tokyo = await purser.as(purser.eastgate.staff.owner)
    const { rows } = await fileOf(tokyo, customer, '?from=2026-03-29&to=2026-03-29')
    expect(rows.map(({ note, amount, posted_at }) => [note, amount, posted_at])).toEqual([
      ['the 29th', '100', '2026-03-29T00:00:00.000+09:00'],
    ])
  })

  test.each([
    ['from=2026-02-30', 'from', 'Enter a date'],
    ['to=29.03.2026', 'to', 'Enter a date'],
    ['from=2026-03-29&to=2026-03-28', 'to', 'before the start'],
    ['from=a&from=b', 'from', 'one value'],
  ])('%s is a sentence at the field and keeps what was typed', async (query, field, sentence) => {
    const customer = await dated(purser.northwind)
    const page = await owner.get(`/customers/${customer.id}/billing?${query}`)
    expect(page.status).toBe(422)
    expect(errorAt(page, field)).toContain(sentence)
    expect(rowsOf(page)).toEqual([])
    if (!query.includes('a&')) {
      expect(valueOf(page, field)).toBe(new URLSearchParams(query).get(field))
    }
    const file = await owner.get(`/customers/${customer.id}/billing/statement.csv?${query}`)
    expect(file.status).toBe(422)
    expect(wordsOf(file)).toContain(sentence)
    expect(await eventRows(purser.northwind, customer, 'statement.exported')).toEqual([])
  })

  test('a wrong place to begin at is no field: the newest entries are shown, and it says so', async () => {
    const customer = await dated(purser.northwind)
    const address = `/customers/${customer.id}/billing`
    const page = await owner.get(`${address}?after=%00`)
    expect(page.status).toBe(422)
    expect(wordsOf(page)).toContain('Not valid in this address, and ignored: after.')
    expect(rowsOf(page)).toEqual(rowsOf(await owner.get(address)))
    expect(rowsOf(page)).not.toEqual([])
  })

  test('pages of a period stay in it', async () => {
    const customer = await makeCustomer(purser.northwind)
    const movements = Array.from({ length: 70 }, (_, at) => ({
      amount: 100n,
      at: `2026-0${at < 60 ? 5 : 6}-10T10:00:00Z`,
    }))
    await book(purser.northwind, customer, movements)
    const page = await owner.get(`/customers/${customer.id}/billing?from=2026-05-01&to=2026-05-31`)
    expect(rowsOf(page)).toHaveLength(50)
    expect(rowsOf(await owner.get(link(page, 'next') as string))).toHaveLength(10)
    const file = page.html.querySelector('a[href*="statement.csv"]')?.getAttribute('href')
    expect(file).toBe(`/customers/${customer.id}/billing/statement.csv?from=2026-05-01&to=2026-05-31`)
  })
})

describe('as a file', () => {
  test('has the columns of the contract, plain decimals and exact times', async () => {
    const customer = await makeCustomer(purser.northwind)
    await book(purser.northwind, customer, [
      { amount: 123_456n, at: '2026-07-01T22:00:00.005Z', note: 'für Zoë', reference: 'INV-8' },
      { amount: -50n, at: '2026-12-01T10:00:00Z' },
    ])
    const { answer, headings, rows } = await fileOf(owner, customer)
    expect(headings.join()).toBe('posted_at,account,seq,kind,amount,before,after,reason,note,reference,id')
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename=statement-.+\.csv$/)
    const entries = await purser.services.database.prisma.entry.findMany({
      where: { resellerId: customer.resellerId, customerId: customer.id },
      orderBy: { seq: 'desc' },
    })
    expect(rows).toEqual([
      {
        posted_at: '2026-12-01T11:00:00.000+01:00',
        account: 'BALANCE',
        seq: '2',
        kind: 'deduction',
        amount: '-0.50',
        before: '1234.56',
        after: '1234.06',
        reason: 'courtesy',
        note: '',
        reference: '',
        id: entries[0]?.id,
      },
      {
        posted_at: '2026-07-02T00:00:00.005+02:00',
        account: 'BALANCE',
        seq: '1',
        kind: 'refill',
        amount: '1234.56',
        before: '0.00',
        after: '1234.56',
        reason: 'courtesy',
        note: 'für Zoë',
        reference: 'INV-8',
        id: entries[1]?.id,
      },
    ])
  })

  test('a note or reference is never a formula; amounts below zero stay numbers', async () => {
    const customer = await makeCustomer(purser.northwind)
    await book(purser.northwind, customer, [
      { amount: 100n, note: '=HYPERLINK("http://x")', reference: '-1+1' },
      { amount: -100n, note: '@SUM(A1), "quoted"' },
    ])
    const { rows } = await fileOf(owner, customer)
    expect(rows.map(({ amount, note, reference }) => [amount, note, reference])).toEqual([
      ['-1.00', `'@SUM(A1), "quoted"`, ''],
      ['1.00', `'=HYPERLINK("http://x")`, "'-1+1"],
    ])
  })

  test('leaves a row in the audit log', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 100n })
    await fileOf(owner, customer, '?from=2026-01-01&to=2026-12-31')
    expect(await eventRows(purser.northwind, customer, 'statement.exported')).toMatchObject([
      {
        actorName: purser.northwind.staff.owner.email,
        details: { from: '2026-01-01', to: '2026-12-31' },
      },
    ])
  })

  test('the private comment is not in it', async () => {
    const customer = await makeCustomer(purser.northwind)
    await book(purser.northwind, customer, [{ amount: 100n, comment: 'between ourselves' }])
    expect((await fileOf(owner, customer)).answer.text).not.toContain('between ourselves')
  })
})

describe('twelve months', () => {
  const monthsOf = (page: Answer) =>
    page.html
      .querySelectorAll('.months-figure tbody tr')
      .map((row) => row.querySelectorAll('td').map((cell) => cell.textContent.trim()))

  /** The middle of the month so many months ago, or another moment of it; day 0 is the last of the month before. */
  function monthAgo(
    count: number,
    [day, time] = [15, '12:00:00Z'] as [number, string],
    timeZone = 'Europe/Berlin',
  ) {
    const [year, month] = new Date().toLocaleDateString('sv', { timeZone }).split('-').map(Number) as [
      number,
      number,
    ]
    const at = new Date(Date.UTC(year, month - 1 - count, day))
    return `${at.toISOString().slice(0, 10)}T${time}`
  }

  test('sums up refills, deductions, raised credits and charges by month; what lowers credits is no grant', async () => {
    const customer = await makeCustomer(purser.northwind)
    await book(purser.northwind, customer, [
      { amount: 9_900n, at: monthAgo(12) },
      { amount: 10_000n, at: monthAgo(11) },
      { amount: 5_000n, at: monthAgo(2) },
      { amount: 2_500n, at: monthAgo(2) },
      { amount: -1_000n, at: monthAgo(2) },
      { credits: 3_000n, at: monthAgo(1) },
      { credits: 1_000n, at: monthAgo(1) },
      { credits: 1_500n, at: monthAgo(1) },
    ])
    // From both accounts.
    await charge(purser.northwind.system, customer, {
      idempotencyKey: newKey(),
      amount: 2_000n,
      description: 'VM',
      reference: '',
    })
    const page = await owner.get(`/customers/${customer.id}/billing`)
    const months = monthsOf(page)
    expect(months).toHaveLength(12)
    expect(months[0]?.slice(1)).toEqual(['100.00', '0.00', '0.00', '0.00'])
    expect(months[9]?.slice(1)).toEqual(['75.00', '10.00', '0.00', '0.00'])
    expect(months[10]?.slice(1)).toEqual(['0.00', '0.00', '35.00', '0.00'])
    expect(months[11]?.slice(1)).toEqual(['0.00', '0.00', '0.00', '20.00'])
    const name = (ago: number) =>
      new Date(monthAgo(ago)).toLocaleString('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' })
    expect(months.map(([month]) => month)).toEqual(Array.from({ length: 12 }, (_, at) => name(11 - at)))
    expect(page.html.querySelectorAll('svg.months rect').length).toBe(5)
    expect(monthsOf(await owner.get(`/customers/${customer.id}`))).toEqual(months)
  })

  test('what was reversed counts nowhere, and neither does what reversed it', async () => {
    const customer = await makeCustomer(purser.northwind)
    await book(purser.northwind, customer, [
      { amount: 9_000n, at: monthAgo(3) },
      { amount: 1_000n, at: monthAgo(3) },
      { credits: 300n, at: monthAgo(3) },
    ])
    const { system } = purser.northwind
    const chargeAt = async (at: string, amount: bigint) => {
      const spent = { idempotencyKey: uuidv7(), description: 'Storage', reference: '', amount }
      return booked(await charge({ ...system, at: new Date(at) }, customer, spent)).postingId
    }
    await chargeAt(monthAgo(2), 500n)
    const wrong = await chargeAt(monthAgo(2), 4_000n)
    const refilled = await system.database.prisma.posting.findFirstOrThrow({
      where: { customerId: customer.id, entries: { some: { amount: 1_000n } } },
    })
    for (const postingId of [wrong, refilled.id]) {
      const facts = { idempotencyKey: uuidv7(), reason: 'refund', comment: 'why', note: '' } as const
      await reverse({ ...system, at: new Date(monthAgo(1)) }, customer, { ...facts, postingId })
    }
    const months = monthsOf(await owner.get(`/customers/${customer.id}/billing`))
    expect(months.slice(8, 11).map((month) => month.slice(1))).toEqual([
      ['90.00', '0.00', '3.00', '0.00'],
      ['0.00', '0.00', '0.00', '5.00'],
      ['0.00', '0.00', '0.00', '0.00'],
    ])
  })

  test("a month begins at midnight of the reseller's zone", async () => {
    // 23:30 UTC of a month's last day belongs to the next month in Berlin and Tokyo alike, 14:30 UTC to neither.
    for (const house of [purser.northwind, purser.eastgate]) {
      const customer = await makeCustomer(house)
      await book(house, customer, [
        { amount: 7n, at: monthAgo(3, [0, '14:30:00Z'], house.reseller.timeZone) },
        { amount: 500n, at: monthAgo(3, [0, '23:30:00Z'], house.reseller.timeZone) },
      ])
      const browser = await purser.as(house.staff.owner)
      const months = monthsOf(await browser.get(`/customers/${customer.id}/billing`))
      const inMonth = (at: number) => months[at]?.[1]?.replace('.', '').replace(/^0+/, '')
      expect([inMonth(7), inMonth(8)]).toEqual(['7', '500'])
    }
  })

  test('are the same where the sums of a long account are kept', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { system } = purser.northwind
    const ofZone = async (timeZone: string) => {
      const actor = { ...system, reseller: { ...system.reseller, timeZone } }
      const months = await lastTwelveMonths(actor, customer)
      return months.map(({ bars: _, ...month }) => month)
    }
    const kept = async () =>
      (await system.database.pool.query('select from moved_sums where customer_id = $1', [customer.id]))
        .rowCount
    // Around the moments at which the month begins in one zone or another.
    const times = ['01:00:00Z', '09:59:59Z', '10:00:00Z', '18:14:59Z', '18:15:00Z', '23:59:59Z']
    const around = [3, 2].flatMap((ago) =>
      [0, 1].flatMap((day) =>
        times.map((time, at) => ({ amount: 10n ** BigInt(at), at: monthAgo(ago, [day, time], 'UTC') })),
      ),
    )
    await book(purser.northwind, customer, around)
    await book(
      purser.northwind,
      customer,
      Array.from({ length: 999 - around.length }, () => ({ amount: 1n })),
    )
    expect(await kept()).toBe(0)
    await book(purser.northwind, customer, [{ credits: 700n }, { credits: 200n }, { amount: -50n }])
    expect(await kept()).toBeGreaterThan(0)
    const spent = { description: 'Storage', reference: '' }
    await charge(system, customer, { idempotencyKey: uuidv7(), ...spent, amount: 300n })
    const postings = await system.database.prisma.posting.findMany({
      where: { customerId: customer.id, kind: { in: ['refill', 'charge', 'credits_set', 'deduction'] } },
      orderBy: { postedAt: 'asc' },
    })
    for (const { id } of [...postings.slice(2, 5), ...postings.slice(-3)]) {
      const facts = { idempotencyKey: uuidv7(), reason: 'refund', comment: 'why', note: '' } as const
      await reverse(system, customer, { ...facts, postingId: id })
    }
    const zones = ['UTC', 'Pacific/Kiritimati', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Pago_Pago']
    const months = await Promise.all(zones.map(ofZone))
    await connected(purser.database.ownerUrl, (client) =>
      client.query('delete from moved_sums where customer_id = $1', [customer.id]),
    )
    expect(await Promise.all(zones.map(ofZone))).toEqual(months)
    expect(new Set(months.map((list) => list.map(({ refilled }) => refilled).join())).size).toBe(zones.length)
  })

  test('are all there where nothing moved', async () => {
    const customer = await makeCustomer(purser.northwind)
    const page = await owner.get(`/customers/${customer.id}/billing`)
    expect(monthsOf(page)).toHaveLength(12)
    expect(page.html.querySelectorAll('svg.months rect')).toHaveLength(0)
  })
})

describe('the profile beside it', () => {
  const profileOf = (page: Answer) =>
    page.html
      .querySelectorAll('[aria-labelledby="profile-heading"] :is(dt, dd, p)')
      .map((part) => part.textContent.replace(/\s+/g, ' ').trim())
      .join(' | ')

  test('of an enterprise begins with the company, of an individual with the person', async () => {
    const enterprise = await makeCustomer(purser.northwind, {
      teamType: 'enterprise',
      companyName: 'Acme Ltd',
    })
    const individual = await makeCustomer(purser.northwind, { teamType: 'individual', name: 'Bo Person' })
    const company = profileOf(await owner.get(`/customers/${enterprise.id}/billing`))
    expect(company).toMatch(
      /Company name \| Acme Ltd \| Legal name \| Known Person \| Address \| 1 Main Street Berlin \| Country \| Germany/,
    )
    const person = profileOf(await owner.get(`/customers/${individual.id}/billing`))
    expect(person).toMatch(/Name \| Bo Person \| Address \| 1 Main Street/)
    expect(person).not.toContain('Company name')
  })

  test('while there is none, it says what is missing and who may add it', async () => {
    const customer = await makeCustomer(purser.northwind, { teamType: 'default' })
    const page = await owner.get(`/customers/${customer.id}/billing`)
    expect(profileOf(page)).toContain('No billing profile yet')
    expect(page.html.querySelector(`a[href="/customers/${customer.id}/billing/profile"]`)).not.toBeNull()
    const finance = await purser.as(purser.northwind.staff.finance)
    const seen = await finance.get(`/customers/${customer.id}/billing`)
    expect(profileOf(seen)).toContain('Owners and Admins can add it.')
    expect(seen.text).not.toContain('/billing/profile"')
  })
})

describe('empty', () => {
  test('no entries: says what would be the first, to who may book it', async () => {
    const customer = await makeCustomer(purser.northwind)
    const address = `/customers/${customer.id}/billing`
    const page = await owner.get(address)
    expect(wordsOf(page)).toContain('No entries yet')
    expect(page.html.querySelector(`.nothing a[href$="/balance"]`)).not.toBeNull()
    const auditor = await purser.as(purser.northwind.staff.auditor)
    const seen = await auditor.get(address)
    expect(wordsOf(seen)).toContain('Owners, Admins and Finance can refill the balance')
    expect(seen.html.querySelector(`.nothing a`)).toBeNull()
  })

  test('nothing in this period: leads to the whole statement', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 100n })
    const page = await owner.get(`/customers/${customer.id}/billing?to=2020-01-01`)
    expect(wordsOf(page)).toContain('No entries in this period')
    expect(page.html.querySelector('.nothing a')?.getAttribute('href')).toBe(
      `/customers/${customer.id}/billing`,
    )
  })
})

describe('who may', () => {
  test('its files are offered to who may export', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 100n })
    for (const [role, member] of Object.entries(purser.northwind.staff)) {
      const page = await (await purser.as(member)).get(`/customers/${customer.id}/billing`)
      const offered = page.html.querySelectorAll('a[href*="/statement."]').length
      expect([role, offered]).toEqual([role, role === 'support' ? 0 : 2])
    }
  })
})
