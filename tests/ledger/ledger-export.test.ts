import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newKey } from '../../src/ledger/facts.ts'
import { makeCustomer } from '../support/cast.ts'
import { readCsv } from '../support/csv.ts'
import { booked } from '../support/ledger.ts'
import { charge, refill, reverse } from '../support/postings.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { eventRows } from '../support/rows.ts'
import { type Visitor, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let finance: Visitor
beforeAll(async () => {
  purser = await startPurser()
  finance = await purser.as(purser.northwind.staff.finance)
})
afterAll(() => purser.stop())

const HEADINGS =
  'posted_at,customer_id,customer,account,seq,kind,amount,before,after,reason,note,comment,channel,reference,actor,posting,reverses,reversed_by,id'

async function exported(address: string, browser = finance) {
  const answer = await browser.get(address)
  const [headings = [], ...lines] = readCsv(answer.text)
  const rows = lines.map((line) => Object.fromEntries(headings.map((name, at) => [name, line[at] ?? ''])))
  return { answer, headings, rows }
}

describe('the ledger as a file', () => {
  test('has what the page has, and more of it for machines', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { system } = purser.northwind
    const at = new Date('2026-07-01T22:00:00.005Z')
    const facts = { comment: 'seen', note: '=SUM(A1)', reference: 'INV-8', confirmDuplicate: false }
    const paid = { ...facts, reason: 'payment_received', channel: 'bank_transfer', amount: 123_456n } as const
    const { postingId } = booked(
      await refill({ ...system, at }, customer, { ...paid, idempotencyKey: newKey() }),
    )
    const undone = { reason: 'refund', comment: 'sent back', note: '' } as const
    const back = await reverse(system, customer, { ...undone, idempotencyKey: newKey(), postingId })
    const { answer, headings, rows } = await exported(`/customers/${customer.id}/ledger/export.csv`)
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename=ledger-.+\.csv$/)
    expect(headings.join()).toBe(HEADINGS)
    const shared = { customer_id: customer.id, customer: customer.email, account: 'BALANCE', actor: 'test' }
    expect(rows).toMatchObject([
      { ...shared, seq: '2', kind: 'reversal', amount: '-1234.56', after: '0.00', reverses: postingId },
      {
        ...shared,
        posted_at: '2026-07-02T00:00:00.005+02:00',
        seq: '1',
        kind: 'refill',
        amount: '1234.56',
        before: '0.00',
        after: '1234.56',
        reason: 'payment_received',
        note: "'=SUM(A1)",
        comment: 'seen',
        channel: 'bank_transfer',
        reference: 'INV-8',
        posting: postingId,
        reverses: '',
        reversed_by: booked(back).postingId,
      },
    ])
  })

  test('has exactly what is filtered, all of it, in the order of the page', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 100_000n, credits: 500n })
    for (let amount = 1n; amount <= 120n; amount++) {
      const facts = { idempotencyKey: newKey(), description: '', reference: `use-${amount % 2n}`, amount }
      await charge(purser.northwind.system, customer, facts)
    }
    const filters = ['', 'account=CREDITS', 'kind=charge&min=0.50', 'reference=use-1&max=0.99', 'kind=expiry']
    for (const filter of filters) {
      const shown: string[] = []
      const address = `/customers/${customer.id}/ledger`
      for (let at: string | null = `${address}?${filter}`; at;) {
        const page = await finance.get(at)
        for (const row of page.html.querySelectorAll('table.ledger tbody tr')) {
          const [amount, after] = row
            .querySelectorAll('td')
            .slice(-2)
            .map((cell) => cell.textContent.trim())
          shown.push(`${amount?.replace('+', '').replace(',', '')} ${after?.replace(',', '')}`)
        }
        at = page.html.querySelector('.pager a[rel="next"]')?.getAttribute('href') ?? null
      }
      const { rows } = await exported(`${address}/export.csv?${filter}`)
      expect(rows.map(({ amount, after }) => `${amount} ${after}`)).toEqual(shown)
      if (filter === '') expect(rows.length).toBeGreaterThan(122)
      const whole = await exported(`/ledger/export.csv?${filter}`)
      const theirs = whole.rows.filter((row) => row.customer_id === customer.id)
      expect(theirs.map(({ id }) => id)).toEqual(rows.map(({ id }) => id))
    }
  })

  test('a place in the page’s address changes nothing', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 100n, credits: 100n })
    const address = `/customers/${customer.id}/ledger/export.csv`
    expect((await exported(`${address}?after=x&before=y`)).rows).toHaveLength(2)
  })

  test('leaves an event, which says what was asked for', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 100n })
    await exported(`/customers/${customer.id}/ledger/export.csv?kind=refill&min=1&after=x`)
    expect(await eventRows(purser.northwind, customer, 'ledger.exported')).toMatchObject([
      { actorName: 'finance@northwind.example', details: { query: 'kind=refill&min=1' } },
    ])
    await exported('/ledger/export.csv')
    const auditor = await purser.as(purser.northwind.staff.auditor)
    const words = wordsOf(await auditor.get('/audit?event=ledger.exported'))
    expect(words).toContain('exported the ledger entries matching kind=refill&min=1')
    expect(words).toContain('exported the whole ledger')
  })

  test('is the reseller’s own', async () => {
    await makeCustomer(purser.northwind, { balance: 100n })
    const stranger = await purser.as(purser.eastgate.staff.owner)
    expect((await exported('/ledger/export.csv', stranger)).rows).toEqual([])
  })
})
