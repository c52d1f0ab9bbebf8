import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newKey } from '../../src/ledger/facts.ts'
import { LedgerQuery } from '../../src/ledger/list/filter.ts'
import { type ListedEntry, ledger } from '../../src/ledger/list/list.ts'
import { type Page, readPage } from '../../src/lists/page.ts'
import type { Actor } from '../../src/people/actor.ts'
import { type House, makeCustomer } from '../support/cast.ts'
import { booked } from '../support/ledger.ts'
import { charge, deduct, refill, reverse, setCredits } from '../support/postings.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { statementsOf } from '../support/statements.ts'
import { type Answer, errorAt, valueOf, type Visitor, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let finance: Visitor
beforeAll(async () => {
  purser = await startPurser()
  finance = await purser.as(purser.northwind.staff.finance)
})
afterAll(() => purser.stop())

type Customer = Awaited<ReturnType<typeof makeCustomer>>
const manual = { reason: 'courtesy', comment: 'test', note: '' } as const

/** The rows: when, whom by address, what, by whom, account, amount, after. */
const rowsOn = (page: Answer) =>
  page.html.querySelectorAll('table.ledger tbody tr').map((row) =>
    row.querySelectorAll('td').map((cell) => {
      const shown = cell.classList.contains('col-whom') ? cell.querySelector('a') : cell
      return shown?.textContent.replace(/\s+/g, ' ').trim()
    }),
  )
const link = (page: Answer, rel: 'prev' | 'next') =>
  page.html.querySelector(`.pager a[rel="${rel}"]`)?.getAttribute('href') ?? null

interface Booking {
  amount: bigint
  at?: string
  by?: Actor
  reason?: 'courtesy' | 'payment_received' | 'other'
  channel?: 'card' | 'cash'
  reference?: string
  note?: string
}

/** Refills, and deductions where the amount is below zero. */
async function book({ system }: House, customer: Customer, bookings: readonly Booking[]) {
  for (const {
    amount,
    at,
    by = system,
    reference = '',
    note = '',
    reason = 'courtesy',
    channel,
  } of bookings) {
    const actor = at ? { ...by, at: new Date(at) } : by
    const facts = {
      idempotencyKey: newKey(),
      comment: 'why',
      confirmDuplicate: true,
      reference,
      note,
      reason,
    }
    if (amount > 0n) await refill(actor, customer, { ...facts, channel, amount })
    else await deduct(actor, customer, { ...facts, amount: -amount })
  }
}

/** A staff member as the actor of a rule. */
const asStaff = (house: House, role: 'finance' | 'admin'): Actor => ({
  ...house.system,
  kind: 'staff',
  id: house.staff[role].id,
  name: house.staff[role].email,
})

describe('the ledger', () => {
  test('shows both accounts of all customers, newest first, with what each account stood at', async () => {
    const [ada, bo] = [await makeCustomer(purser.eastgate), await makeCustomer(purser.eastgate)]
    const house = purser.eastgate
    await book(house, ada, [{ amount: 900n, reference: 'INV-1', note: 'Thank you' }])
    await setCredits(house.system, bo, { ...manual, idempotencyKey: newKey(), seen: 0n, credits: 300n })
    const spent = { idempotencyKey: newKey(), amount: 200n, description: 'Storage', reference: 'use-1' }
    await charge(house.system, bo, spent)
    const owner = await purser.as(house.staff.owner)
    const page = await owner.get('/ledger')
    expect(rowsOn(page).map((row) => row.slice(1))).toEqual([
      [
        bo.email,
        'Charge Reference: use-1 Visible to customer: Storage',
        'The system',
        'Credits',
        '-200',
        '100',
      ],
      [bo.email, 'Credits set · Courtesy Internal comment: test', 'The system', 'Credits', '+300', '300'],
      [
        ada.email,
        'Refill · Courtesy Reference: INV-1 Visible to customer: Thank you Internal comment: why',
        'The system',
        'Balance',
        '+900',
        '900',
      ],
    ])
    expect(page.html.querySelector(`td a[href="/customers/${ada.id}"]`)).not.toBeNull()
    // One customer's: the same, without the customer.
    const own = await owner.get(`/customers/${ada.id}/ledger`)
    expect(rowsOn(own).map((row) => row.slice(3))).toEqual([['Balance', '+900', '900']])
    expect(wordsOf(own)).toContain(ada.email)
  })

  test('a charge of two entries, its reversal and what expired read well', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n, credits: 300n })
    const { system } = purser.northwind
    const spent = { idempotencyKey: newKey(), amount: 500n, description: 'Storage', reference: '' }
    const { postingId } = booked(await charge(system, customer, spent))
    await reverse(system, customer, { ...manual, reason: 'refund', idempotencyKey: newKey(), postingId })
    for (const address of [`/customers/${customer.id}/ledger`, `/customers/${customer.id}/billing`]) {
      const page = await finance.get(address)
      const rows = page.html.querySelectorAll('tbody tr').map((row) => row.textContent.replace(/\s+/g, ' '))
      expect(rows.filter((row) => row.includes('Reversal (Charge) · Refund · part of +5.00'))).toHaveLength(2)
      expect(rows.filter((row) => row.includes('Charge · part of -5.00 Reversed'))).toHaveLength(2)
    }
    const latest = wordsOf(await finance.get(`/customers/${customer.id}`))
    expect(latest).toContain('Charge · part of -5.00 Reversed Storage')
  })

  test('is in the menu, and can be had as a file', async () => {
    await book(purser.northwind, await makeCustomer(purser.northwind), [{ amount: 100n }])
    const page = await (await purser.as(purser.northwind.staff.auditor)).get('/ledger')
    expect(page.html.querySelector('nav a[href="/ledger"][aria-current="page"]')).not.toBeNull()
    expect(page.html.querySelector('a[href^="/ledger/export.csv"]')).not.toBeNull()
    expect((await purser.visitor().get('/ledger?kind=charge')).location).toBe(
      '/login?next=%2Fledger%3Fkind%3Dcharge',
    )
  })

  test('another reseller sees its own only', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 100n })
    const stranger = await purser.as(purser.eastgate.staff.owner)
    expect((await stranger.get('/ledger')).text).not.toContain(customer.email)
  })
})

describe('filters', () => {
  let customer: Customer
  let other: Customer
  const ledgerOf = (query: string) => finance.get(`/customers/${customer.id}/ledger?${query}`)
  beforeAll(async () => {
    customer = await makeCustomer(purser.northwind)
    other = await makeCustomer(purser.northwind)
    const house = purser.northwind
    const paid = { reason: 'payment_received', channel: 'cash', reference: 'REC-9' } as const
    await book(house, customer, [
      { amount: 10_000n, at: '2026-03-28T22:59:59.999Z' },
      { amount: 2_000n, at: '2026-03-28T23:00:00Z', by: asStaff(house, 'admin'), ...paid },
      { amount: -500n, at: '2026-03-29T21:59:59.999Z', by: asStaff(house, 'finance') },
      {
        amount: 700n,
        at: '2026-03-29T22:00:00Z',
        reason: 'payment_received',
        channel: 'card',
        reference: 'R-2',
      },
    ])
    const at = new Date('2026-04-02T10:00:00Z')
    await setCredits({ ...house.system, at }, customer, {
      ...manual,
      idempotencyKey: newKey(),
      seen: 0n,
      credits: 300n,
    })
    const spent = { idempotencyKey: newKey(), amount: 500n, description: 'Storage', reference: 'use-7' }
    const { postingId } = booked(
      await charge({ ...house.system, at: new Date('2026-04-03T10:00:00Z') }, customer, spent),
    )
    await reverse({ ...asStaff(house, 'finance'), at: new Date('2026-04-04T10:00:00Z') }, customer, {
      ...manual,
      idempotencyKey: newKey(),
      postingId,
    })
    await book(house, other, [{ amount: 2_000n, at: '2026-03-28T23:00:00Z', ...paid }])
  })

  const all = ['+3.00', '+2.00', '-3.00', '-2.00', '+3.00', '+7.00', '-5.00', '+20.00', '+100.00']
  test.each([
    ['', all],
    ['account=BALANCE', ['+2.00', '-2.00', '+7.00', '-5.00', '+20.00', '+100.00']],
    ['account=CREDITS', ['+3.00', '-3.00', '+3.00']],
    ['kind=charge', ['-3.00', '-2.00']],
    ['kind=reversal', ['+3.00', '+2.00']],
    ['kind=expiry', []],
    ['reason=payment_received', ['+7.00', '+20.00']],
    ['channel=cash', ['+20.00']],
    ['reference=REC-9', ['+20.00']],
    ['reference=use-7', ['-3.00', '-2.00']],
    ['reference=use', []],
    ['staff=system', ['-3.00', '-2.00', '+3.00', '+7.00', '+100.00']],
    ['staff=ADMIN', ['+20.00']],
    ['staff=FINANCE', ['+3.00', '+2.00', '-5.00']],
    ['from=2026-03-29&to=2026-03-29', ['-5.00', '+20.00']],
    ['from=2026-04-03', ['+3.00', '+2.00', '-3.00', '-2.00']],
    ['to=2026-03-28', ['+100.00']],
    ['min=5', ['+7.00', '-5.00', '+20.00', '+100.00']],
    ['max=5.00', ['+3.00', '+2.00', '-3.00', '-2.00', '+3.00', '-5.00']],
    ['min=20&max=20', ['+20.00']],
    ['min=0', all],
    ['account=BALANCE&kind=charge&from=2026-04-03&to=2026-04-03&min=1&max=2&staff=system', ['-2.00']],
    ['reason=courtesy&channel=cash', []],
  ])('%s', async (query, amounts) => {
    const { staff } = purser.northwind
    const address = query.replace('ADMIN', staff.admin.id).replace('FINANCE', staff.finance.id)
    const page = await ledgerOf(address)
    expect(page.status).toBe(200)
    expect(rowsOn(page).map((row) => row.at(-2))).toEqual(amounts)
    if (amounts.length === 0) expect(wordsOf(page)).toContain('No results')
    // The reseller's own shows the same among the others'.
    const whole = await finance.get(`/ledger?${address}`)
    const theirs = rowsOn(whole).filter((row) => row[1] === customer.email)
    expect(theirs.map((row) => row.at(-2))).toEqual(amounts)
  })

  test.each([
    ['account=balance', 'account', 'Choose one of the options.'],
    ['kind=everything', 'kind', 'Choose one of the options.'],
    ['reason=because', 'reason', 'Choose one of the options.'],
    ['channel=1', 'channel', 'Choose one of the options.'],
    ['staff=me', 'staff', 'Choose one of the options.'],
    ['reference=%00', 'reference', 'This contains characters that cannot be stored. Enter it again.'],
    ['from=2026-02-30', 'from', 'Enter a date, such as 2026-11-23.'],
    ['from=2026-02-02&to=2026-02-01', 'to', 'The end date is before the start date.'],
    ['min=a', 'min', 'Enter an amount such as 1234.50, with a point before the decimals.'],
    ['min=-5', 'min', 'Enter an amount such as 1234.50, with a point before the decimals.'],
    ['max=1e3', 'max', 'Enter an amount such as 1234.50, with a point before the decimals.'],
    ['max=1.234', 'max', 'USD has at most 2 decimals.'],
    ['max=12345678901234567890', 'max', 'This amount is too large to post.'],
    ['min=6&max=5', 'max', 'The maximum amount is less than the minimum.'],
    ['min=1&min=2', 'min', 'Only one value is allowed.'],
  ])('%s is a sentence at the field, and the rest stays', async (query, field, sentence) => {
    const page = await ledgerOf(`${query}&note=x`)
    expect(page.status).toBe(422)
    expect(errorAt(page, field)).toBe(sentence)
    expect(rowsOn(page)).toEqual([])
    expect(wordsOf(page)).toContain('Check the filters')
    if (field === 'max') expect(valueOf(page, 'max')).toBe(new URLSearchParams(query).get('max'))
    expect((await finance.get(`/ledger?${query}`)).status).toBe(422)
    expect((await finance.get(`/ledger/export.csv?${query}`)).status).toBe(422)
  })

  test.each(['after=%00', 'before=a&before=b', `after=${'x'.repeat(201)}&before=%00`])(
    'a wrong place to begin at (%s) is no field: the entries are shown from the newest, and it says so',
    async (query) => {
      const [page, whole] = [await ledgerOf(query), await finance.get(`/ledger?${query}`)]
      expect(rowsOn(page)).toEqual(rowsOn(await ledgerOf('')))
      expect(rowsOn(page)).not.toEqual([])
      for (const { status, html } of [page, whole]) {
        expect(status).toBe(422)
        expect(html.querySelectorAll('main .form-errors')).toHaveLength(1)
        expect(html.querySelector('main .form-errors')?.textContent).toContain('and ignored: ')
      }
      const marked = await ledgerOf(`${query}&min=a`)
      expect(errorAt(marked, 'min')).not.toBe('')
      expect(wordsOf(marked)).toContain('and ignored: ')
    },
  )

  test.each([
    ['from=2026-02-02&to=2026-02-01&min=a', ['min', 'to']],
    ['from=soon&min=6&max=5', ['from', 'max']],
    ['kind=everything&from=2026-02-02&to=2026-02-01&min=6&max=5', ['kind', 'to', 'max']],
    ['min=a&max=b', ['min', 'max']],
    ['reference=%00&staff=me', ['reference', 'staff']],
  ])('%s: each is told at its field', async (query, fields) => {
    for (const page of [await ledgerOf(query), await finance.get(`/ledger?${query}`)]) {
      expect(page.status).toBe(422)
      for (const field of fields) {
        expect(errorAt(page, field)).not.toBe('')
        const marked = page.html.querySelector(`[name="${field}"]`)
        expect(marked?.getAttribute('aria-invalid')).toBe('true')
        expect(marked?.getAttribute('aria-describedby')).toBe(`${field}-error`)
      }
    }
    const file = await finance.get(`/ledger/export.csv?${query}`)
    expect(file.status).toBe(422)
    expect(file.html.querySelector('h1')?.textContent.trim()).toBe('Invalid request')
    for (const field of fields) expect(wordsOf(file)).toContain(field)
  })

  test('a period that people ask for often is a link, which keeps the other filters', async () => {
    const page = await finance.get('/ledger?kind=deduction&from=2020-01-01&to=2020-01-02')
    const links = page.html.querySelectorAll('.presets a')
    expect(links.map((link) => link.textContent.trim())).toEqual([
      'Today',
      'Yesterday',
      'This week',
      'Last week',
      'This month',
      'Last month',
      'This year',
    ])
    for (const link of links)
      expect(link.getAttribute('href')).toMatch(/^\/ledger\?kind=deduction&from=.*&to=/)
    const chosen = await finance.get(links[3]?.getAttribute('href') ?? '')
    expect(chosen.html.querySelector('.presets [aria-current]')?.textContent.trim()).toBe('Last week')
    expect(valueOf(chosen, 'kind')).toBe('deduction')
  })

  test('stay in the fields and in every link', async () => {
    const page = await ledgerOf('kind=refill&min=1&reference=REC-9')
    expect(['kind', 'min', 'reference'].map((field) => valueOf(page, field))).toEqual([
      'refill',
      '1',
      'REC-9',
    ])
    expect(page.html.querySelector('a[href*="export.csv"]')?.getAttribute('href')).toBe(
      `/customers/${customer.id}/ledger/export.csv?kind=refill&reference=REC-9&min=1`,
    )
  })
})

describe('page after page', () => {
  const query = 'from=2025-01-01&to=2025-12-31'
  let afters: string[]
  beforeAll(async () => {
    // Few moments, so that time alone decides nothing: three customers, 160 entries.
    const customers = await Promise.all([1, 2, 3].map(() => makeCustomer(purser.northwind)))
    for (const customer of customers) {
      await book(
        purser.northwind,
        customer,
        Array.from({ length: 54 }, (_, at) => ({
          amount: BigInt(at + 1),
          at: at < 27 ? '2025-05-01T10:00:00Z' : '2025-05-01T10:00:00.001Z',
          reference: at % 2 ? 'odd' : 'even',
        })),
      )
    }
    const { rows } = await purser.services.database.pool.query<{ after: string }>(
      `select customer_id || ' ' || after as after from entries where posted_at < '2026-01-01'
       order by posted_at desc, customer_id desc, account desc, seq desc`,
    )
    afters = rows.map(({ after }) => after)
  })
  const shown = (page: Answer) =>
    page.html.querySelectorAll('table.ledger tbody tr').map((row) => {
      const id = row.querySelector('.col-whom a')?.getAttribute('href')?.split('/').at(-1)
      return `${id} ${Number(row.querySelectorAll('td').at(-1)?.textContent.replace(/\D/g, ''))}`
    })
  async function readOn(address: string, rel: 'prev' | 'next' = 'next') {
    const pages: string[][] = []
    for (let at: string | null = address; at;) {
      const page: Answer = await finance.get(at)
      pages.push(shown(page))
      at = link(page, rel)
    }
    return rel === 'next' ? pages.flat() : pages.toReversed().flat()
  }

  test('forwards and backwards every entry once, each account in the order of its numbers', async () => {
    expect(afters).toHaveLength(162)
    expect(await readOn(`/ledger?${query}`)).toEqual(afters)
    let last = await finance.get(`/ledger?${query}`)
    for (let next = link(last, 'next'); next; next = link(last, 'next')) last = await finance.get(next)
    expect(shown(last)).toEqual(afters.slice(150))
    expect(await readOn(link(last, 'prev') ?? '', 'prev')).toEqual(afters.slice(0, 150))
  })

  test('along the index of a filter as well', async () => {
    const found = await readOn(`/ledger?${query}&reference=even`)
    expect(found).toHaveLength(81)
    expect(found).toEqual(afters.filter((after) => found.includes(after)))
    let last = await finance.get(`/ledger?${query}&reference=even`)
    for (let next = link(last, 'next'); next; next = link(last, 'next')) last = await finance.get(next)
    expect(await readOn(link(last, 'prev') ?? '', 'prev')).toEqual(found.slice(0, 50))
  })

  test('entries that come meanwhile move nothing', async () => {
    const first = await finance.get(`/ledger?${query}`)
    const late = await makeCustomer(purser.northwind)
    await book(purser.northwind, late, [{ amount: 9n, at: '2025-06-01T10:00:00Z' }])
    expect(shown(await finance.get(link(first, 'next') ?? ''))).toEqual(afters.slice(50, 100))
    expect(shown(await finance.get(`/ledger?${query}`))[0]).toBe(`${late.id} 9`)
  })

  const place = (text: string) => Buffer.from(text).toString('base64url')
  test.each([
    'after=x',
    `before=${place('2025-02-30T00:00:00.000Z 0000000000 BALANCE 1')}`,
    `after=${place('2025-02-01T00:00:00.000Z 0000000000 OTHER 1')}`,
    `after=${place(`2025-02-01T00:00:00.000Z 0000000000 BALANCE ${'9'.repeat(30)}`)}`,
    `after=${'A'.repeat(200)}`,
  ])('a place that is none (%s) begins anew', async (mangled) => {
    const [begin, again] = [
      await finance.get(`/ledger?${query}`),
      await finance.get(`/ledger?${query}&${mangled}`),
    ]
    expect(again.status).toBe(200)
    expect(shown(again)).toEqual(shown(begin))
  })

  test('what fits little is looked for in steps, and goes on where it stopped', async () => {
    const actor = purser.northwind.system
    const reading = (query: LedgerQuery) => ({ actor, of: { customer: null }, query })
    const filter = LedgerQuery(purser.northwind.reseller).parse({
      max: '0.01',
      from: '2025-05-01',
      to: '2025-05-01',
    })
    const found: string[] = []
    const stops: Page<unknown>['lookedTo'][] = []
    // Ten entries by a step and no patience: as if the ledger were very long.
    const limits = { first: 10, most: 10, patienceMs: -1 }
    for (let after: string | null = ''; after !== null;) {
      const page: Page<ListedEntry> = await readPage(ledger, reading({ ...filter, after }), limits)
      found.push(...page.rows.map(({ amount }) => String(amount)))
      stops.push(page.lookedTo)
      after = page.after
    }
    expect(found).toEqual(['1', '1', '1'])
    expect(stops).toHaveLength(17)
    const times = stops.slice(0, -1).map((stop) => stop && 'at' in stop && stop.at.toISOString())
    expect(times.every((time) => time && time.startsWith('2025-05-01'))).toBe(true)
    expect(stops.at(-1)).toBeNull()
    // With more patience it is one page.
    const whole = await readPage(ledger, reading(filter), { ...limits, patienceMs: 60_000 })
    expect(whole.rows).toHaveLength(3)
    expect([whole.lookedTo, whole.after]).toEqual([null, null])
  })

  test('costs as many statements however much there is', async () => {
    const few = await statementsOf(() => finance.get('/ledger?from=2020-01-01&to=2020-01-02'))
    // Where there is more than this page, one more counts it and adds it up.
    expect(await statementsOf(() => finance.get(`/ledger?${query}`))).toBe(few + 1)
  })
})

test('says what came and went in what is shown, and of all pages where they are not too many', async () => {
  const customer = await makeCustomer(purser.northwind)
  const totals = async (query: string) =>
    wordsOf(await finance.get(`/customers/${customer.id}/ledger${query}`))
  await book(purser.northwind, customer, [{ amount: 1_000n }, { amount: -300n }])
  const of = (page: string) => /(Total|On this page): Balance \S+ in, \S+ out/.exec(page)?.[0]
  expect(of(await totals(''))).toBe('Total: Balance +10.00 in, -3.00 out')
  expect(of(await totals('?kind=deduction'))).toBe('Total: Balance 0.00 in, -3.00 out')
  await book(
    purser.northwind,
    customer,
    Array.from({ length: 51 }, () => ({ amount: 1n })),
  )
  const first = await totals('')
  expect(of(first)).toBe('Total: Balance +10.51 in, -3.00 out')
  expect(first).toContain('53 entries')
  await book(
    purser.northwind,
    customer,
    Array.from({ length: 947 }, () => ({ amount: 1n })),
  )
  expect(await totals('')).toMatch(/(?<!More than )1,000 entries/)
  await book(purser.northwind, customer, [{ amount: 1n }])
  expect(await totals('')).toContain('More than 1,000 entries')
})

test('a ledger without an entry says what will appear', async () => {
  const customer = await makeCustomer(purser.northwind)
  const page = await finance.get(`/customers/${customer.id}/ledger`)
  expect(wordsOf(page)).toContain('No entries yet')
})
