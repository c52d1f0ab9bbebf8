import { staffLoggedOut } from '../../src/people/events.ts'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AuditQuery } from '../../src/audit/forms.ts'
import { type LoggedEvent, log } from '../../src/audit/log.ts'
import { record } from '../../src/events/record.ts'
import { type Page, readPage } from '../../src/lists/page.ts'
import { refill } from '../support/postings.ts'
import { makeCustomer, PASSWORD } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { statementsOf } from '../support/statements.ts'
import { type Answer, type Visitor, errorAt, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let auditor: Visitor
beforeAll(async () => {
  purser = await startPurser()
  auditor = await purser.as(purser.northwind.staff.auditor)
})
afterAll(() => purser.stop())

interface Written {
  at?: string
  event?: string
  actorKind?: 'staff' | 'customer' | 'system' | 'visitor'
  actorId?: string | null
  customerId?: string
  forCustomerId?: string
  details?: object
}

/** Rows as other versions and other times would have left them. */
async function write(rows: Written[], house = purser.northwind) {
  const ids = rows.map(() => uuidv7())
  await purser.services.database.prisma.auditRow.createMany({
    data: rows.map(({ at, details = {}, ...row }, place) => ({
      resellerId: house.reseller.id,
      id: ids[place] as string,
      event: 'staff.logged_in',
      actorKind: 'system' as const,
      actorName: 'test',
      ...row,
      details,
      ...(at && { at: new Date(at) }),
    })),
  })
  return ids
}

/** The rows on a page, by what stands in their cells. */
const rowsOn = (page: Answer) =>
  page.html.querySelectorAll('table.audit tbody tr').map((row) => {
    const [time, who, what, whom, ip] = row.querySelectorAll('td').map((cell) => {
      const shown = (cell.classList.contains('col-whom') && cell.querySelector('a')) || cell
      return shown.textContent.replace(/\s+/g, ' ').trim()
    })
    return {
      time,
      who,
      what,
      whom,
      ip,
      id: row.querySelector('dd:last-child code')?.textContent.trim() ?? '',
    }
  })
/** Of each event, also where a row stands for several. */
const idsOn = (page: Answer) =>
  page.html
    .querySelectorAll('table.audit dt')
    .filter((term) => term.textContent === 'Row')
    .map((term) => term.nextElementSibling?.textContent.trim() ?? '')
const saidOn = (page: Answer) =>
  page.html
    .querySelectorAll('table.audit summary')
    .map((line) => line.textContent.replace(/\s+/g, ' ').trim())
const pagerLink = (page: Answer, rel: 'prev' | 'next') =>
  page.html.querySelector(`.pager a[rel="${rel}"]`)?.getAttribute('href') ?? null

async function readOn(address: string, rel: 'prev' | 'next' = 'next') {
  const pages: string[][] = []
  for (let at: string | null = address; at;) {
    const page: Answer = await auditor.get(at)
    expect(page.status).toBe(200)
    pages.push(idsOn(page))
    at = pagerLink(page, rel)
  }
  return rel === 'next' ? pages.flat() : pages.toReversed().flat()
}

describe('who may', () => {
  test('the menu leads there whoever may read it', async () => {
    for (const [role, hasLink] of [
      ['auditor', true],
      ['support', false],
    ] as const) {
      const menu = await (await purser.as(purser.northwind.staff[role])).get('/customers')
      expect([role, menu.html.querySelector('nav a[href="/audit"]') !== null]).toEqual([role, hasLink])
    }
  })

  test('another reseller sees its own events only', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 100n })
    const stranger = await purser.as(purser.eastgate.staff.owner)
    expect(rowsOn(await stranger.get(`/audit?customer=${customer.id}`))).toEqual([])
    expect(rowsOn(await stranger.get(`/audit?customer=${customer.email}`))).toEqual([])
    expect(rowsOn(await stranger.get(`/audit?person=${purser.northwind.staff.owner.id}`))).toEqual([])
    const page = await stranger.get('/audit')
    expect(page.text).not.toContain('northwind')
    expect(rowsOn(page).length).toBeGreaterThan(0)
  })
})

describe('a row', () => {
  test('says when, who, what, whom and from where, and opens to all it remembers', async () => {
    const customer = await makeCustomer(purser.northwind)
    const finance = await purser.as(purser.northwind.staff.finance)
    const form = await finance.get(`/customers/${customer.id}/balance`)
    await finance.submit(form, { amount: '150', reason: 'courtesy' }, { action: '/refills' })
    const page = await auditor.get(`/audit?customer=${customer.id}`)
    const [row] = rowsOn(page)
    expect(row).toMatchObject({ who: 'Finance Person', whom: customer.email, ip: '127.0.0.1' })
    expect(row?.time).toMatch(/^\d{1,2} \w+ \d{4}, \d\d:\d\d$/)
    expect(saidOn(page)).toEqual(['refilled 150.00 USD (Courtesy): 0.00 USD → 150.00 USD'])
    expect(row?.what).toMatch(
      /Event ?Balance refilled balance\.refilled.*Amount ?\+150\.00.*Request ?[0-9a-f-]{36}/,
    )
    expect(page.html.querySelector(`td a[href="/customers/${customer.id}"]`)?.textContent.trim()).toBe(
      customer.email,
    )
    expect(page.html.querySelector('details')?.hasAttribute('open')).toBe(false)
  })

  test('has logins, failed logins and logouts', async () => {
    const browser = purser.visitor()
    const { email } = purser.northwind.staff.admin
    const login = await browser.get('/login')
    await browser.submit(login, { email, password: 'not this one at all' })
    await browser.submit(await browser.get('/login'), { email, password: PASSWORD })
    await browser.submit(await browser.get('/customers'), {}, { action: '/logout' })
    const page = await auditor.get('/audit')
    expect(saidOn(page).slice(0, 3)).toEqual([
      'logged out',
      'logged in',
      `1 failed login as ${email}, wrong password`,
    ])
    expect(
      rowsOn(page)
        .slice(0, 3)
        .map(({ who }) => who),
    ).toEqual(['Admin Person', 'Admin Person', 'Login page'])
  })

  test('shows equal events in a row as one, which opens to each of them', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    for (let n = 0; n < 7; n++) {
      const browser = purser.visitor()
      const login = await browser.get('/console/northwind/login')
      await browser.submit(login, { email: customer.email, password: 'not this one at all' })
    }
    const page = await auditor.get(`/audit?customer=${customer.id}`)
    const says = page.html.querySelectorAll('.audit summary').map((one) => one.textContent.trim())
    expect(says).toEqual(['7 failed logins, wrong password'])
    const each = page.html.querySelector('.audit details')?.textContent.match(/Request/g)
    expect(each).toHaveLength(7)
    expect(wordsOf(page)).not.toMatch(/visitor|not logged in/i)
    expect(wordsOf(page)).toContain('7 events')
  })

  test('of somebody who stood in for a customer names both', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { owner } = purser.northwind.staff
    const actor = {
      ...purser.northwind.system,
      kind: 'staff' as const,
      id: owner.id,
      name: owner.email,
      standsInFor: customer.id,
    }
    await record(purser.services.database.prisma, actor, staffLoggedOut, {})
    const [row] = rowsOn(await auditor.get(`/audit?person=${owner.id}`))
    expect(row?.who).toBe(`Rosa Owen on behalf of ${customer.email} ${customer.name}`)
  })

  test('of an older version, of an unknown event and of a customer who is gone, breaks nothing', async () => {
    const [unknown, other, gone] = await write([
      {
        at: '2030-01-01T10:00:00Z',
        event: 'customer.teleported',
        details: { to: 'the moon', by: { deep: [1] } },
      },
      { at: '2030-01-01T11:00:00Z', event: 'customer.tagged', details: { tags: 'VIP' } },
      {
        at: '2030-01-01T12:00:00Z',
        event: 'staff.logged_in',
        customerId: 'ZZZZZZZZZZ',
        forCustomerId: 'ZZZZZZZZZZ',
      },
    ])
    const page = await auditor.get('/audit?from=2030-01-01&to=2030-01-01')
    expect(page.status).toBe(200)
    expect(idsOn(page)).toEqual([gone, other, unknown])
    expect(saidOn(page)).toEqual(['logged in', 'event: Tags set', 'unknown event: customer.teleported'])
    expect(rowsOn(page)[0]).toMatchObject({ whom: 'ZZZZZZZZZZ', who: expect.stringContaining('ZZZZZZZZZZ') })
    expect(rowsOn(page)[2]?.what).toContain('{"deep":[1]}')
    expect(idsOn(await auditor.get('/audit?event=customer.teleported'))).toEqual([unknown])
  })
})

describe('the filters', () => {
  test('by person', async () => {
    const { owner } = purser.northwind.staff
    const day = { at: '2031-05-05T10:00:00Z' }
    const [byOwner, byCustomer, bySystem, byVisitor] = await write([
      { ...day, actorKind: 'staff', actorId: owner.id },
      { ...day, actorKind: 'customer', actorId: 'ABCDEFGHJK' },
      { ...day, actorKind: 'system' },
      { ...day, actorKind: 'visitor' },
    ])
    const of = async (person: string) => idsOn(await auditor.get(`/audit?from=2031-05-05&person=${person}`))
    expect(await of(owner.id)).toEqual([byOwner])
    expect(await of('customers')).toEqual([byCustomer])
    expect(await of('system')).toEqual([bySystem])
    expect(await of('visitor')).toEqual([byVisitor])
    expect(await of('')).toHaveLength(4)
    const page = await auditor.get(`/audit?person=${owner.id}`)
    expect(page.html.querySelector('select[name="person"] [selected]')?.textContent).toBe(
      `Rosa Owen · ${owner.email}`,
    )
  })

  test('by customer: the ID in any letters, or the address as it is today', async () => {
    const customer = await makeCustomer(purser.northwind, { email: 'found@customer.example', balance: 100n })
    await makeCustomer(purser.northwind, { balance: 100n })
    for (const typed of [
      customer.id,
      customer.id.toLowerCase(),
      ' found@customer.example ',
      'FOUND@customer.example',
    ]) {
      const page = await auditor.get(`/audit?customer=${encodeURIComponent(typed)}`)
      expect(rowsOn(page).map(({ whom }) => whom)).toEqual(['found@customer.example'])
    }
  })

  test('by event, and all of them together', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 100n, credits: 100n })
    const address = `/audit?customer=${customer.id}&person=system`
    expect(saidOn(await auditor.get(address))).toHaveLength(2)
    expect(saidOn(await auditor.get(`${address}&event=credits.set`))).toHaveLength(1)
    const dayIn = (days: number) =>
      new Intl.DateTimeFormat('sv', { timeZone: 'Europe/Berlin' }).format(
        Date.now() + days * 24 * 60 * 60_000,
      )
    const nowadays = `from=${dayIn(-1)}&to=${dayIn(1)}`
    expect(saidOn(await auditor.get(`${address}&event=credits.set&${nowadays}`))).toHaveLength(1)
    expect(saidOn(await auditor.get(`${address}&event=credits.set&to=2020-01-01`))).toHaveLength(0)
  })

  test('by days of the reseller’s zone, both included, also where the clock is changed', async () => {
    // Berlin: 2032-03-28 has 23 hours, from 23:00 UTC the day before to 22:00 UTC.
    const [before, first, last, after] = await write([
      { at: '2032-03-27T22:59:59.999Z' },
      { at: '2032-03-27T23:00:00.000Z' },
      { at: '2032-03-28T21:59:59.999Z' },
      { at: '2032-03-28T22:00:00.000Z' },
    ])
    const between = async (from: string, to: string) =>
      idsOn(await auditor.get(`/audit?from=${from}&to=${to}`))
    expect(await between('2032-03-28', '2032-03-28')).toEqual([last, first])
    expect(await between('2032-03-27', '2032-03-27')).toEqual([before])
    expect(await between('2032-03-29', '')).toEqual([after])
    const tokyo = await write(
      [{ at: '2032-03-27T14:59:59.999Z' }, { at: '2032-03-27T15:00:00Z' }],
      purser.eastgate,
    )
    const stranger = await purser.as(purser.eastgate.staff.owner)
    expect(idsOn(await stranger.get('/audit?from=2032-03-28&to=2032-03-28'))).toEqual([tokyo[1]])
  })

  test.each([
    ['from=2026-02-30', 'from', 'Enter a date, such as 2026-11-23.'],
    ['to=yesterday', 'to', 'Enter a date, such as 2026-11-23.'],
    ['from=2026-02-02&to=2026-02-01', 'to', 'The end date is before the start date.'],
    ['person=nobody', 'person', 'Choose one of the options.'],
    ['event=%3Cscript%3E', 'event', 'Choose one of the options.'],
    ['customer=a&customer=b', 'customer', 'Only one value is allowed.'],
    ['customer=%00', 'customer', 'This contains characters that cannot be stored. Enter it again.'],
  ])('%s is a sentence at the field, and the rest stays', async (query, field, sentence) => {
    const page = await auditor.get(`/audit?${query}`)
    expect(page.status).toBe(422)
    expect(errorAt(page, field)).toBe(sentence)
    expect(wordsOf(page)).toContain('Check the filters')
    expect((await auditor.get(`/audit/export.csv?${query}`)).status).toBe(422)
  })

  test('a wrong place to begin at is no field: the newest are shown, and it says so', async () => {
    const page = await auditor.get('/audit?after=%00&event=staff.logged_in')
    expect(page.status).toBe(422)
    expect(wordsOf(page)).toContain('Not valid in this address, and ignored: after.')
    expect(wordsOf(page)).toContain('Staff login')
    expect(wordsOf(page)).not.toContain('Check the filters')
  })

  test('two that are wrong are both told, on the page and for the file', async () => {
    const query = 'from=2026-02-02&to=2026-02-01&event=a&event=b'
    const page = await auditor.get(`/audit?${query}`)
    expect([page.status, errorAt(page, 'to'), errorAt(page, 'event')]).toEqual([
      422,
      'The end date is before the start date.',
      'Only one value is allowed.',
    ])
    const file = await auditor.get(`/audit/export.csv?${query}`)
    expect(wordsOf(file)).toMatch(/“event”.*“to”/)
  })

  test.each([
    ['/audit?deed=credits.set', '/audit?event=credits.set'],
    [
      '/audit?person=system&deed=credits.set&customer=a%26b&from=2026-02-01',
      '/audit?person=system&event=credits.set&customer=a%26b&from=2026-02-01',
    ],
    ['/audit/export.csv?deed=credits.set&to=2026-02-01', '/audit/export.csv?event=credits.set&to=2026-02-01'],
  ])('%s, as the address was before, leads to %s', async (before, now) => {
    const answer = await auditor.get(before)
    expect([answer.status, answer.location]).toEqual([303, now])
    expect((await auditor.get(now)).status).toBe(200)
  })

  test('that fit nothing say what to do next', async () => {
    for (const [query, title] of [
      ['customer=nobody%40customer.example', 'No customers match “nobody@customer.example”.'],
      ['to=1999-12-31', 'No results'],
      ['event=never.done', 'No results'],
    ] as const) {
      const page = await auditor.get(`/audit?${query}`)
      expect(page.status).toBe(200)
      expect(wordsOf(page)).toContain(title)
      expect(page.html.querySelector('.nothing a')?.getAttribute('href')).toBe('/audit')
    }
  })
})

describe('page after page', () => {
  const query = 'from=2033-01-01&to=2033-12-31'
  let all: string[]
  beforeAll(async () => {
    // Few times, so that many rows share one to the millisecond and only the id tells them apart.
    await write(
      Array.from({ length: 175 }, (_, at) => ({
        at: new Date(Date.UTC(2033, 3, 1, 0, 0, 0, 250 + Math.floor(at / 60))).toISOString(),
      })),
    )
    const { rows } = await purser.services.database.pool.query<{ id: string }>(
      `select id from audit_rows where at >= '2033-01-01' and at < '2034-01-01' order by at desc, id desc`,
    )
    all = rows.map(({ id }) => id)
  })

  test('forwards and backwards every row once, newest first', async () => {
    expect(await readOn(`/audit?${query}`)).toEqual(all)
    let last = await auditor.get(`/audit?${query}`)
    for (let next = pagerLink(last, 'next'); next; next = pagerLink(last, 'next'))
      last = await auditor.get(next)
    expect(idsOn(last)).toEqual(all.slice(150))
    const back = await readOn(pagerLink(last, 'prev') ?? '', 'prev')
    expect(back).toEqual(all.slice(0, 150))
  })

  test('rows that come meanwhile move nothing', async () => {
    const first = await auditor.get(`/audit?${query}`)
    const [late] = await write([{ at: '2033-06-01T00:00:00Z' }])
    const second = await auditor.get(pagerLink(first, 'next') ?? '')
    expect(idsOn(second)).toEqual(all.slice(50, 100))
    all.unshift(late as string)
    expect(idsOn(await auditor.get(pagerLink(second, 'prev') ?? ''))).toEqual(all.slice(1, 51))
    expect(idsOn(await auditor.get(`/audit?${query}`))[0]).toBe(late)
  })

  const place = (text: string) => Buffer.from(text).toString('base64url')
  const row = '00000000-0000-0000-0000-000000000000'

  test.each([
    'after=x',
    'before=x',
    `after=${'A'.repeat(200)}`,
    `after=${place(`2033-02-30T00:00:00.000Z ${row}`)}`,
    `before=${place(`2033-02-01T24:00:00.000Z ${row}`)}`,
    `before=${place(`2033-02-01T00:00:00.000Z x`)}`,
    `after=${place(`0001-02-01T00:00:00.000Z ${row}`)}`,
  ])('a place that is none (%s) begins anew', async (mangled) => {
    expect(idsOn(await auditor.get(`/audit?${query}&${mangled}`))).toEqual(all.slice(0, 50))
  })

  test('what fits little is looked for in steps, and goes on where it stopped, to an end', async () => {
    await write(
      Array.from({ length: 35 }, (_, at) => ({
        at: new Date(Date.UTC(2032, 3, 1, 0, 0, at)).toISOString(),
        actorKind: at === 12 ? 'customer' : 'staff',
      })),
    )
    const actor = purser.northwind.system
    const reading = (query: AuditQuery) => ({ actor, of: { customerId: null }, query })
    const filter = AuditQuery.parse({ from: '2032-01-01', to: '2032-12-31', person: 'customers' })
    const stops: Page<unknown>['lookedTo'][] = []
    const found: string[] = []
    // As if no index had a kind of person alone.
    const unindexed: typeof log = {
      ...log,
      filters: { ...log.filters, person: { ...log.filters.person, isIndexed: () => false } },
    }
    // Ten rows by a step and no patience: as if the log were very long.
    const looks = { first: 10, most: 10, patienceMs: -1 }
    for (let after: string | null = ''; after !== null;) {
      const page: Page<LoggedEvent> = await readPage(unindexed, reading({ ...filter, after }), looks)
      found.push(...page.rows.map(({ actorKind }) => actorKind))
      stops.push(page.lookedTo)
      after = page.after
    }
    expect(found).toEqual(['customer'])
    expect(stops).toEqual([
      { at: new Date('2032-04-01T00:00:25.000Z'), isOnNext: true, isOlder: true },
      { at: new Date('2032-04-01T00:00:15.000Z'), isOnNext: true, isOlder: true },
      { at: new Date('2032-04-01T00:00:05.000Z'), isOnNext: true, isOlder: true },
      null,
    ])
    // With more patience it is one page.
    const whole = await readPage(unindexed, reading(filter), { ...looks, patienceMs: 60_000 })
    expect([whole.rows.length, whole.lookedTo, whole.after]).toEqual([1, null, null])
    // By that index it is one without patience.
    const known = await readPage(log, reading(filter), looks)
    expect([known.rows.length, known.lookedTo, known.after]).toEqual([1, null, null])
  })

  test('the end of a search on which nothing was found leads back to its beginning', async () => {
    const page = await auditor.get(
      `/audit?${query}&person=customers&after=${place('2033-01-01T00:00:00.000Z 00000000-0000-0000-0000-000000000000')}`,
    )
    expect(wordsOf(page)).toContain('No more results')
    expect(pagerLink(page, 'prev')).toBe('/audit?person=customers&from=2033-01-01&to=2033-12-31')
  })

  test('filters stay in the links', async () => {
    const page = await auditor.get(`/audit?${query}&person=system&event=staff.logged_in`)
    const next = new URL(pagerLink(page, 'next') ?? '', purser.url).searchParams
    expect(Object.fromEntries(next)).toMatchObject({
      from: '2033-01-01',
      to: '2033-12-31',
      person: 'system',
      event: 'staff.logged_in',
    })
    const link = page.html.querySelector('a[href^="/audit/export.csv"]')?.getAttribute('href')
    expect(link).toBe('/audit/export.csv?person=system&event=staff.logged_in&from=2033-01-01&to=2033-12-31')
  })

  test('costs as many statements however many rows there are, and one that counts them where there are several pages', async () => {
    const few = await statementsOf(() => auditor.get('/audit?from=2030-01-01&to=2030-01-02'))
    expect(await statementsOf(() => auditor.get(`/audit?${query}`))).toBe(few + 1)
  })
})

test('an action that is rolled back leaves no row', async () => {
  const customer = await makeCustomer(purser.northwind)
  const facts = { reason: 'courtesy', comment: '', note: '', reference: '', confirmDuplicate: false } as const
  const actor = { ...purser.northwind.system, name: 'x'.repeat(10) }
  // The database refuses the posting's key, and with it all of the statement.
  await expect(refill(actor, customer, { ...facts, amount: 1n, idempotencyKey: 'short' })).rejects.toThrow()
  expect(rowsOn(await auditor.get(`/audit?customer=${customer.id}`))).toEqual([])
})
