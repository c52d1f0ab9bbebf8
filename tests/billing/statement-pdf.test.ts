import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transaction } from '../../src/database/client.ts'
import { newKey } from '../../src/ledger/facts.ts'
import { systemActor } from '../../src/people/actor.ts'
import { createReseller } from '../../src/resellers/create-reseller.ts'
import { type House, makeCustomer, PASSWORD, passwordHashOf } from '../support/cast.ts'
import { seededRandom } from '../support/crowd.ts'
import { booked } from '../support/ledger.ts'
import { enter } from '../support/login-as.ts'
import { bytesOf, type PdfPage, readPdf } from '../support/pdf.ts'
import { charge, deduct, refill, reverse, setCredits } from '../support/postings.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { expireCredits } from '../support/rounds.ts'
import { changedSince, eventRows, tableDigests } from '../support/rows.ts'
import { type Visitor, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

type Known = { id: string }
type Booker = Pick<House, 'system'>
interface Movement {
  /** Minor units; below zero it is a deduction. */
  amount: bigint
  at?: string
  note?: string
  reference?: string
}

const manual = { reason: 'courtesy', comment: 'Between ourselves', note: '' } as const
const actorAt = ({ system }: Booker, at?: string) => (at ? { ...system, at: new Date(at) } : system)

async function book(house: Booker, customer: Known, movements: readonly Movement[]) {
  for (const { amount, at, note = '', reference = '' } of movements) {
    const actor = actorAt(house, at)
    const facts = { ...manual, idempotencyKey: newKey(), note, reference, confirmDuplicate: false }
    if (amount > 0n) await refill(actor, customer, { ...facts, amount })
    else await deduct(actor, customer, { ...facts, amount: -amount })
  }
}

/** Sets the credits, with a grant that ends then where that is said. */
async function credit(
  house: Booker,
  customer: Known,
  credits: bigint,
  { at, grantExpiresAt }: { at?: string; grantExpiresAt?: Date } = {},
) {
  const { credits: seen } = await house.system.database.prisma.customer.findFirstOrThrow({
    where: { id: customer.id },
  })
  const facts = {
    ...manual,
    idempotencyKey: uuidv7(),
    seen,
    credits,
    ...(grantExpiresAt && { grantExpiresAt }),
  }
  return booked(await setCredits(actorAt(house, at), customer, facts))
}

const addressOf = (customer: Known, query = '') => `/customers/${customer.id}/billing/statement.pdf${query}`

async function pdfAt(browser: Visitor, address: string) {
  const { answer, bytes } = await bytesOf(browser, address)
  expect(answer.status).toBe(200)
  const pages = readPdf(bytes)
  return { answer, bytes, pages, lines: pages.flat() }
}

const MONEY = String.raw`[+-]?[\d,]+(?:\.\d+)?`
const ENTRY = new RegExp(String.raw`^(\d.*?, \d\d:\d\d) (.+) (Balance|Credits) (${MONEY}) (${MONEY})$`)

/** What the document says of the entries: account, amount, after; and the sums that it opens and closes with. */
function readingOf(lines: PdfPage) {
  const entries = lines.flatMap((line) => {
    const [, , , ...figures] = ENTRY.exec(line) ?? []
    return figures.length > 0 ? [figures.join(' ')] : []
  })
  const said = (what: string) =>
    lines.filter((line) => line.startsWith(what)).map((line) => line.slice(what.length + 1))
  const sums = lines.filter((line) => new RegExp(`^(Balance|Credits)( ${MONEY}){4} [A-Z]{3}$`).test(line))
  return { entries, opening: said('Opening balance'), closing: said('Closing balance'), sums }
}

describe('the document', () => {
  test('is a PDF by its name and head, and each page says which of how many it is', async () => {
    const customer = await makeCustomer(purser.northwind)
    const note = 'Two lines of it'
    await book(
      purser.northwind,
      customer,
      Array.from({ length: 55 }, () => ({ amount: 100n, note })),
    )
    const { answer, bytes, pages } = await pdfAt(owner, addressOf(customer))
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-')
    expect(answer.headers.get('content-type')).toBe('application/pdf')
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename=statement-.+\.pdf$/)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(pages).toHaveLength(3)
    expect(pages.map((page) => page.at(-1))).toEqual(
      [1, 2, 3].map((page) =>
        expect.stringMatching(
          new RegExp(`^Page ${page} of 3 Northwind Cloud · Statement for ${customer.id} · created `),
        ),
      ),
    )
    // Every page has the head of the table, and says whose it is.
    for (const page of pages) expect(page).toContain('Time Description Account Amount After')
    for (const page of pages.slice(1)) expect(page[0]).toBe(`Northwind Cloud · ${customer.email} · All time`)
    const [only = [], ...others] = (await pdfAt(owner, addressOf(customer, '?to=2020-01-01'))).pages
    expect(others).toEqual([])
    expect(only.at(-1)).toMatch(/^Page 1 of 1 /)
  })

  test('names the reseller with its address, and whom the bills go to', async () => {
    const { prisma } = purser.owner
    const customer = await makeCustomer(purser.northwind, {
      teamType: 'enterprise',
      companyName: 'Zoë & Söhne',
    })
    await prisma.billingProfile.updateMany({
      where: { id: customer.teamId },
      data: {
        legalName: 'Zoë Öztürk',
        addressLine2: 'Hinterhaus',
        postalCode: '10115',
        taxId: 'DE123456789',
      },
    })
    const { resellerId } = customer
    const address = 'Northwind Cloud Ltd.\n1 Harbour Street\nLondon E1 6AN'
    await prisma.reseller.update({
      where: { id: resellerId },
      data: { address, supportEmail: 'help@northwind.example' },
    })
    const { lines } = await pdfAt(owner, addressOf(customer, '?from=2026-03-01&to=2026-03-31'))
    expect(lines.slice(0, 5)).toEqual([
      'Northwind Cloud Statement',
      ...address.split('\n'),
      'help@northwind.example',
    ])
    const head = lines.slice(5, 16).join('\n')
    const recipient = ['Zoë & Söhne', 'Zoë Öztürk', '1 Main Street', 'Hinterhaus', '10115 Berlin', 'Germany']
    for (const line of [...recipient, 'Tax ID: DE123456789']) expect(head).toContain(line)
    const facts = [
      'Period 1 Mar 2026 to 31 Mar 2026',
      `Account ${customer.email}`,
      `Customer ID ${customer.id}`,
      `Team Team of ${customer.email}`,
      'Currency USD',
      'Time zone Europe/Berlin',
    ]
    for (const fact of facts) expect(head).toContain(fact)
  })

  test('is for the customer by name where there is no billing profile', async () => {
    const customer = await makeCustomer(purser.northwind, { teamType: 'default', name: 'Di Default' })
    expect((await pdfAt(owner, addressOf(customer))).lines).toContainEqual(
      expect.stringMatching(/^Di Default( |$)/),
    )
  })

  test('says in words what each entry is: charge, reversal, expiry, with note and reference', async () => {
    const customer = await makeCustomer(purser.northwind)
    const house = purser.northwind
    const tenDaysAgo = new Date(Date.now() - 10 * 86_400_000).toISOString()
    const yesterday = new Date(Date.now() - 86_400_000)
    await credit(house, customer, 300n, { at: tenDaysAgo })
    await credit(house, customer, 350n, { at: tenDaysAgo, grantExpiresAt: yesterday })
    await book(house, customer, [{ amount: 1000n, note: 'Thank you', reference: 'INV-7' }])
    await expireCredits(purser.services)
    const facts = { idempotencyKey: newKey(), amount: 500n, description: 'Disk', reference: 'usage-1' }
    const { postingId } = booked(await charge(house.system, customer, facts))
    const undo = { ...manual, reason: 'billing_error', idempotencyKey: newKey(), postingId } as const
    booked(await reverse(house.system, customer, undo))
    const { lines } = await pdfAt(owner, addressOf(customer))
    const whats = lines.flatMap((line) => ENTRY.exec(line)?.[2] ?? [])
    expect(whats).toEqual([
      'Credits set · Courtesy',
      'Credits set · Courtesy',
      'Refill · Courtesy',
      'Expiry',
      'Charge · part of -5.00 · Reversed',
      'Charge · part of -5.00 · Reversed',
      'Reversal (Charge) · Billing error · part of +5.00',
      'Reversal (Charge) · Billing error · part of +5.00',
    ])
    const at = lines.findIndex((line) => line.includes('Refill · Courtesy'))
    expect(lines.slice(at + 1, at + 3)).toEqual(['Thank you', 'Reference: INV-7'])
    expect(lines.filter((line) => line === 'Reference: usage-1')).toHaveLength(2)
    // What staff say among themselves is not handed on, nor who of them booked it.
    expect(lines.join('\n')).not.toMatch(/Between ourselves|\btest\b/)
  })
})

describe('a period', () => {
  /** Movements of both accounts on both sides of midnights in Berlin, where the clocks went forward on 29 March 2026. */
  async function moved() {
    const customer = await makeCustomer(purser.northwind)
    const random = seededRandom(11)
    let credits = 0n
    for (const at of [
      '2026-03-27T12:00:00.000Z',
      '2026-03-28T22:59:59.999Z',
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T12:00:00.000Z',
      '2026-03-29T21:59:59.999Z',
      '2026-03-29T22:00:00.000Z',
      '2026-04-02T12:00:00.000Z',
    ]) {
      const amount = BigInt(1 + Math.floor(random() * 500_000))
      await book(purser.northwind, customer, [
        { amount, at },
        { amount: -(amount / 3n), at },
      ])
      credits = credits > 1000n ? credits - 900n : credits + amount
      await credit(purser.northwind, customer, credits, { at })
    }
    return customer
  }

  const plain = new Intl.NumberFormat('en-GB', { minimumFractionDigits: 2 })
  const signed = new Intl.NumberFormat('en-GB', { minimumFractionDigits: 2, signDisplay: 'exceptZero' })

  /** What the ledger itself says of it, by sums over all entries before its end. */
  async function expected(customer: Known, begins: string, ends: string) {
    const all = await purser.services.database.prisma.entry.findMany({
      where: { customerId: customer.id },
      orderBy: [{ postedAt: 'asc' }, { account: 'asc' }, { seq: 'asc' }],
    })
    const sum = (account: string, until: string) =>
      all
        .filter((entry) => entry.account === account && entry.postedAt < new Date(until))
        .reduce((minor, { amount }) => minor + Number(amount), 0) / 100
    const within = all.filter(({ postedAt }) => postedAt >= new Date(begins) && postedAt < new Date(ends))
    const lines = (until: string) => [
      `Balance ${plain.format(sum('BALANCE', until))}`,
      `Credits ${plain.format(sum('CREDITS', until))}`,
    ]
    const turnover = (account: string, sign: number) =>
      within
        .filter((entry) => entry.account === account && Number(entry.amount) * sign > 0)
        .reduce((minor, { amount }) => minor + Number(amount), 0) / 100
    return {
      opening: lines(begins),
      closing: lines(ends),
      entries: within.map(
        ({ account, amount, after }) =>
          `${account === 'BALANCE' ? 'Balance' : 'Credits'} ${signed.format(Number(amount) / 100)} ${plain.format(Number(after) / 100)}`,
      ),
      sums: ['BALANCE', 'CREDITS'].map((account) =>
        [
          account === 'BALANCE' ? 'Balance' : 'Credits',
          ...[sum(account, begins), turnover(account, 1), turnover(account, -1), sum(account, ends)].map(
            plain.format,
          ),
          'USD',
        ].join(' '),
      ),
    }
  }

  const BEGINNING = '2000-01-01T00:00:00Z'
  const END = '2100-01-01T00:00:00Z'
  test.each([
    ['', 'All time', BEGINNING, END, 21],
    ['?from=&to=', 'All time', BEGINNING, END, 21],
    [
      '?from=2026-03-29&to=2026-03-29',
      '29 Mar 2026 to 29 Mar 2026',
      '2026-03-28T23:00:00Z',
      '2026-03-29T22:00:00Z',
      9,
    ],
    ['?from=2026-03-29', 'From 29 Mar 2026', '2026-03-28T23:00:00Z', END, 15],
    ['?to=2026-03-29', 'Up to 29 Mar 2026', BEGINNING, '2026-03-29T22:00:00Z', 15],
    [
      '?from=2026-03-30&to=2026-04-01',
      '30 Mar 2026 to 1 Apr 2026',
      '2026-03-29T22:00:00Z',
      '2026-04-01T22:00:00Z',
      3,
    ],
    [
      '?from=2026-03-31&to=2026-04-01',
      '31 Mar 2026 to 1 Apr 2026',
      '2026-03-30T22:00:00Z',
      '2026-04-01T22:00:00Z',
      0,
    ],
    ['?from=2026-05-01', 'From 1 May 2026', '2026-04-30T22:00:00Z', END, 0],
    ['?to=2026-01-01', 'Up to 1 Jan 2026', BEGINNING, '2026-01-01T23:00:00Z', 0],
  ])(
    '%s opens and closes with what the ledger adds up to, and has its entries and no other',
    async (query, name, begins, ends, count) => {
      const customer = await moved()
      const { lines } = await pdfAt(owner, addressOf(customer, query))
      const wanted = await expected(customer, begins, ends)
      expect(wanted.entries).toHaveLength(count)
      expect(readingOf(lines)).toEqual(wanted)
      expect(lines.join('\n')).toContain(`Period ${name}`)
      expect(lines.includes('No entries in this period')).toBe(count === 0)
    },
  )

  test.each([
    ['from=2026-03-29&to=2026-03-28', 'before the start'],
    ['from=2026-02-30', 'Enter a date'],
    ['to=29.03.2026', 'Enter a date'],
    ['from=a&from=b', 'one value'],
  ])('%s is refused in words, and leaves no event', async (query, sentence) => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const own = await purser.asCustomer(customer)
    for (const answer of [
      await owner.get(addressOf(customer, `?${query}`)),
      await own.get(`/console/billing/statement.pdf?${query}`),
    ]) {
      expect(answer.status).toBe(422)
      expect(answer.headers.get('content-type')).toMatch(/^text\/html/)
      expect(answer.headers.get('content-disposition')).toBeNull()
      expect(wordsOf(answer)).toContain(sentence)
      expect(answer.text).not.toMatch(/\bat .+\.ts:\d+/)
    }
    expect(await eventRows(purser.northwind, customer, 'statement.exported')).toEqual([])
  })
})

describe('what is written in it', () => {
  test('long texts are broken and not cut, and the figures stay in their row', async () => {
    const customer = await makeCustomer(purser.northwind, { name: 'Maximiliane '.repeat(16).trim() })
    const word = 'Donaudampfschifffahrt'.repeat(14)
    const words = 'a note of many words '.repeat(14).trim()
    const reference = 'REF0123456789'.repeat(9)
    await book(purser.northwind, customer, [
      { amount: 100n, note: word, reference },
      ...Array.from({ length: 20 }, () => ({ amount: 200n, note: words })),
    ])
    const { pages, lines } = await pdfAt(owner, addressOf(customer))
    const unbroken = lines.join('').replaceAll(' ', '')
    expect(unbroken).toContain(word)
    expect(unbroken).toContain(reference)
    expect(unbroken.split(words.replaceAll(' ', ''))).toHaveLength(21)
    expect(unbroken.match(/Maximiliane/g)).toHaveLength(16)
    expect(readingOf(lines).entries).toEqual([
      'Balance +1.00 1.00',
      ...Array.from({ length: 20 }, (_, at) => `Balance +2.00 ${3 + 2 * at}.00`),
    ])
    // No line is longer than its column, and none stands below the foot: what is broken is whole on its page.
    expect(
      Math.max(...lines.filter((line) => /^[Da]\S*/.test(line)).map((line) => line.length)),
    ).toBeLessThan(80)
    for (const [at, page] of pages.entries())
      expect(page.at(-1)).toContain(`Page ${at + 1} of ${pages.length}`)
  })

  test('what the type lacks is a box, and a sentence says so; what it has is there', async () => {
    const customer = await makeCustomer(purser.northwind)
    await book(purser.northwind, customer, [
      { amount: 100n, note: 'Grüße, Ωμέγα, Привет, Łódź, €, ½, →' },
      { amount: 100n, note: 'e\u0301 composed, final\u0007\u202e here' },
    ])
    const plain = await pdfAt(owner, addressOf(customer))
    expect(plain.lines).toContain('Grüße, Ωμέγα, Привет, Łódź, €, ½, →')
    // The type joins f and i, and who copies the text finds both.
    expect(plain.lines).toContain('é composed, final here')
    expect(plain.lines.join('\n')).not.toContain('□')
    await book(purser.northwind, customer, [{ amount: 100n, note: '谢谢 🎉 👩‍👩‍👧 thanks' }])
    const { lines } = await pdfAt(owner, addressOf(customer))
    expect(lines).toContain('□□ □ □ thanks')
    expect(lines).toContain(
      'A box (□) marks a character that is not in this document’s font. The CSV export includes it.',
    )
  })

  test('yen are whole, in Tokyo’s days', async () => {
    const customer = await makeCustomer(purser.eastgate)
    await book(purser.eastgate, customer, [
      { amount: 5_000n, at: '2026-03-28T14:59:59.999Z' },
      { amount: 1_234_567n, at: '2026-03-28T15:00:00Z' },
      { amount: -567n, at: '2026-03-29T14:59:59.999Z' },
    ])
    const tokyo = await purser.as(purser.eastgate.staff.finance)
    const { lines } = await pdfAt(tokyo, addressOf(customer, '?from=2026-03-29&to=2026-03-29'))
    expect(readingOf(lines)).toEqual({
      opening: ['Balance 5,000', 'Credits 0'],
      entries: ['Balance +1,234,567 1,239,567', 'Balance -567 1,239,000'],
      closing: ['Balance 1,239,000', 'Credits 0'],
      sums: ['Balance 5,000 1,234,567 -567 1,239,000 JPY', 'Credits 0 0 0 0 JPY'],
    })
  })

  test('dinars have three decimals, and the largest amounts keep every digit', async () => {
    const { services } = purser
    const facts = { slug: 'gulf', name: 'Gulf', currency: 'KWD', timeZone: 'Asia/Kuwait', locale: 'en-GB' }
    const member = { email: 'owner@gulf.example', name: 'Gus', passwordHash: await passwordHashOf(PASSWORD) }
    const { reseller, ownerId } = await transaction(services, (db) =>
      createReseller(db, services, { ...facts, owner: member }),
    )
    const gulf = { reseller, system: systemActor(services, reseller, 'test') }
    const customer = await makeCustomer(gulf)
    await book(gulf, customer, [{ amount: 1n }, { amount: 900_000_000_000_000n }])
    const { lines } = await pdfAt(await purser.as({ id: ownerId, email: member.email }), addressOf(customer))
    expect(readingOf(lines)).toMatchObject({
      entries: ['Balance +0.001 0.001', 'Balance +900,000,000,000.000 900,000,000,000.001'],
      sums: [
        'Balance 0.000 900,000,000,000.001 0.000 900,000,000,000.001 KWD',
        'Credits 0.000 0.000 0.000 0.000 KWD',
      ],
    })
  })
})

describe('who may', () => {
  test('leaves a row in the audit log that names period and format, and the log says it in words', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 100n })
    await pdfAt(owner, addressOf(customer, '?from=2026-01-01&to=2026-12-31'))
    expect(await eventRows(purser.northwind, customer, 'statement.exported')).toMatchObject([
      {
        actorName: purser.northwind.staff.owner.email,
        details: { from: '2026-01-01', to: '2026-12-31', format: 'pdf' },
      },
    ])
    expect(wordsOf(await owner.get(`/audit?customer=${customer.id}`))).toContain('exported the statement')
  })

  test('the page leads to it, with the period that is shown', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 100n, password: PASSWORD })
    const query = '?from=2026-01-01&to=2030-12-31'
    const page = await owner.get(`/customers/${customer.id}/billing${query}`)
    const own = await (await purser.asCustomer(customer)).get(`/console/billing${query}`)
    const linkOf = (html: typeof page.html) =>
      html.querySelector('a[href*="statement.pdf"]')?.getAttribute('href')
    expect(linkOf(page.html)).toBe(addressOf(customer, query))
    expect(linkOf(own.html)).toBe(`/console/billing/statement.pdf${query}`)
  })
})

describe('in the console', () => {
  const OWN = '/console/billing/statement.pdf'
  const own = async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 12_345n, password: PASSWORD })
    return { customer, browser: await purser.asCustomer(customer) }
  }

  test('a customer has their own, which leaves no event; nobody else does', async () => {
    const [{ customer, browser }, other] = [await own(), await own()]
    const { lines } = await pdfAt(browser, OWN)
    expect(readingOf(lines)).toMatchObject({ entries: ['Balance +123.45 123.45'] })
    expect(lines.join('\n')).toContain(`Customer ID ${customer.id}`)
    expect(await eventRows(purser.northwind, customer, 'statement.exported')).toEqual([])
    expect((await pdfAt(other.browser, `${OWN}?customer=${customer.id}`)).lines.join('\n')).toContain(
      other.customer.id,
    )
    expect((await browser.get(addressOf(customer))).location).toMatch(/^\/login/)
    expect((await purser.visitor().get(OWN)).location).toMatch(/^\/console\/.*login/)
    expect(readingOf((await pdfAt(browser, `${OWN}?to=2020-01-01`)).lines)).toMatchObject({
      entries: [],
      closing: ['Balance 0.00', 'Credits 0.00'],
    })
  })

  test.each([
    ['readonly', 'support'],
    ['admin', 'admin'],
  ] as const)(
    'is there under %s Login, and writes nothing but that somebody looked and took it',
    async (mode, role) => {
      const { customer } = await own()
      const staff = await purser.as(purser.northwind.staff[role])
      await enter(staff, customer, mode)
      const before = await tableDigests(purser)
      const { lines } = await pdfAt(staff, OWN)
      expect(readingOf(lines)).toMatchObject({ entries: ['Balance +123.45 123.45'] })
      const changed = await changedSince(before, purser)
      expect(changed.filter((table) => !/^(sessions|login_as|login_as_events)$/.test(table))).toEqual([
        'audit_rows',
      ])
      expect(await eventRows(purser.northwind, customer, 'statement.exported')).toHaveLength(1)
      expect(await eventRows(purser.northwind, customer, 'login_as.refused')).toEqual([])
    },
  )
})
