import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatsFor } from '../../src/words/format.ts'
import { savedAs } from '../../src/web/file-name.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { DOORS } from '../support/doors.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { askToEnter } from '../support/login-as.ts'
import type { Visitor } from '../support/visit.ts'

// What is downloaded lies in a folder among others: its name says whose it is and of when.

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

/** The name that the answer proposes; nothing but the plain form of RFC 6266, which every browser takes. */
async function nameOf(browser: Visitor, address: string): Promise<string> {
  const answer = await browser.get(address)
  expect(answer.status, address).toBe(200)
  const [, name = ''] = /^attachment; filename=([\w.-]+)$/.exec(
    answer.headers.get('content-disposition') ?? '',
  ) ?? ['']
  return name
}

const PERIOD = '?from=2026-11-01&to=2026-11-28'
const FILES: [address: string, name: string][] = [
  ['/customers/:id/billing/statement.csv', 'statement-ada-at-customer.example-2026-11-01-to-2026-11-28.csv'],
  ['/customers/:id/billing/statement.pdf', 'statement-ada-at-customer.example-2026-11-01-to-2026-11-28.pdf'],
  ['/customers/:id/ledger/export.csv', 'ledger-ada-at-customer.example-2026-11-01-to-2026-11-28.csv'],
  ['/console/billing/statement.csv', 'statement-ada-at-customer.example-2026-11-01-to-2026-11-28.csv'],
  ['/console/billing/statement.pdf', 'statement-ada-at-customer.example-2026-11-01-to-2026-11-28.pdf'],
  ['/ledger/export.csv', 'ledger-northwind-2026-11-01-to-2026-11-28.csv'],
  ['/login-as/:stayId/events.csv', 'login-as-ada-at-customer.example-{today}-to-{today}.csv'],
  ['/audit/export.csv', 'audit-log-northwind-2026-11-01-to-2026-11-28.csv'],
  // Customers as they are now.
  ['/customers/export.csv', 'customers-northwind-{today}.csv'],
]

test('each file that can be downloaded says what it is, whose and of when', async () => {
  const customer = await makeCustomer(purser.northwind, {
    email: 'ada@customer.example',
    password: PASSWORD,
  })
  const staff = await purser.as(purser.northwind.staff.owner)
  const themself = await purser.asCustomer(customer)
  await askToEnter(staff, customer, 'readonly')
  const stay = await purser.owner.prisma.loginAs.findFirstOrThrow({ where: { customerId: customer.id } })
  const today = formatsFor(purser.northwind.reseller).isoDay(new Date())
  for (const [address, name] of FILES) {
    const browser = address.startsWith('/console') ? themself : staff
    const filled = address.replace(':id', customer.id).replace(':stayId', stay.id)
    const asked = filled + (name.includes('{today}') ? '' : PERIOD)
    expect(await nameOf(browser, asked), address).toBe(name.replaceAll('{today}', today))
  }
})

test('no file is left out', () => {
  const known = new Set(FILES.map(([address]) => `GET ${address.replace(':stayId', ':id')}`))
  const files = Object.keys(DOORS).filter((door) => /^GET .*\.(csv|pdf)$/.test(door))
  expect(files.filter((door) => !known.has(door))).toEqual([])
})

describe('the name', () => {
  const settings = { locale: 'ar-EG', timeZone: 'Asia/Tokyo', currency: 'EGP', currencyScale: 2 }
  /** The 28th in Tokyo. */
  const now = new Date('2026-11-27T15:30:00Z')
  const statement = (whose: string, period: { from: string; to: string }) =>
    savedAs({ what: 'statement', whose, period, extension: 'pdf' }, settings, now)

  test.each([
    ['', '', 'to-2026-11-28'],
    ['2026-11-01', '', '2026-11-01-to-2026-11-28'],
    ['', '2026-10-31', 'to-2026-10-31'],
    ['2027-01-01', '', 'from-2027-01-01'],
    ['2026-11-01', '2026-11-01', '2026-11-01-to-2026-11-01'],
  ])('from "%s" to "%s" is %s', (from, to, days) => {
    expect(statement('bo@customer.example', { from, to })).toBe(
      `statement-bo-at-customer.example-${days}.pdf`,
    )
  })

  test('holds nothing that a folder, Windows or a header takes for something else', () => {
    const whose = `../\\a/b:c*d?e"f<g>h|i%41\r\n\0\u202e 'ß日@customer.example`
    expect(statement(whose, { from: '', to: '' })).toBe(
      'statement-..-a-b-c-d-e-f-g-h-i-41-at-customer.example-to-2026-11-28.pdf',
    )
  })

  test('fits into 255 bytes, however long an address is', () => {
    const long = `${'a'.repeat(64)}@${'b'.repeat(180)}.example`
    expect(statement(long, { from: '2026-11-01', to: '2026-11-28' }).length).toBeLessThan(255)
  })
})
