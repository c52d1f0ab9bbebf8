import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { eventsAbout, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, errorAt, flashOf, refusalOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let finance: Visitor
beforeAll(async () => {
  purser = await startPurser()
  finance = await purser.as(purser.northwind.staff.finance)
})
afterAll(() => purser.stop())

type Customer = Awaited<ReturnType<typeof makeCustomer>>
const prove = (customer: Customer) => proveLedger(purser.services.database.pool, customer)
const formOf = (customer: Customer, visitor = finance) => visitor.get(`/customers/${customer.id}/charges`)
const typed = { amount: '3.50', description: 'Virtual machine, October' }
const postingOf = async (customer: Customer) =>
  purser.services.database.prisma.posting.findFirstOrThrow({
    where: { customerId: customer.id, kind: 'charge' },
  })

describe('a charge by hand', () => {
  test('takes credits first, then balance, and says so', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n, credits: 200n })
    const page = await formOf(customer)
    expect(wordsOf(page)).toMatch(/Credits now\s*2.00 USD.*Balance now\s*10.00 USD.*Available\s*12.00 USD/)
    expect(wordsOf(page)).not.toContain('Overdraft')
    const answer = await finance.submit(page, {
      ...typed,
      reference: 'bill 7',
      effectiveAt: '2026-10-01',
    })
    expect([answer.status, answer.location]).toEqual([303, `/customers/${customer.id}`])
    const after = await finance.get('/customers')
    expect(flashOf(after)).toBe(
      `Charged 3.50 USD to ${customer.email}: 2.00 USD from credits and 1.50 USD from the balance. Now: credits 0.00 USD and balance 8.50 USD.`,
    )
    // It leads to what was done, and to what undoes it.
    const [view, undo] = after.html
      .querySelectorAll('.flash a')
      .map((link) => link.getAttribute('href') ?? '')
    expect([(await finance.get(view ?? '')).status, undo]).toEqual([200, `${view}/reversal`])
    const { moves } = await prove(customer)
    const charged = moves.filter(({ kind }) => kind === 'charge')
    expect(charged.map(({ account, amount }) => [account, amount])).toEqual([
      ['BALANCE', '-150'],
      ['CREDITS', '-200'],
    ])
    expect(await postingOf(customer)).toMatchObject({
      note: typed.description,
      reference: 'bill 7',
      reason: null,
      // The first moment of the day in the reseller's zone.
      effectiveAt: new Date('2026-09-30T22:00:00Z'),
    })
  })

  test.each([
    [{ balance: 1000n }, 'all of it from the balance'],
    [{ credits: 1000n }, 'all of it from credits'],
  ])('from one account alone: %o', async (money, said) => {
    const customer = await makeCustomer(purser.northwind, money)
    await finance.submit(await formOf(customer), typed)
    expect(flashOf(await finance.get('/customers'))).toContain(said)
    await prove(customer)
  })

  test('stands in the menu of the row and on the details page', async () => {
    const customer = await makeCustomer(purser.northwind)
    for (const address of [`/customers?q=${customer.email}`, `/customers/${customer.id}`]) {
      const page = await finance.get(address)
      const links = page.html.querySelectorAll(`a[href="/customers/${customer.id}/charges"]`)
      expect(links.map((link) => link.textContent.trim())).toContain('Charge')
    }
    const support = await purser.as(purser.northwind.staff.support)
    expect((await support.get(`/customers/${customer.id}`)).text).not.toContain('/charges')
  })

  test('shows an overdraft, and goes as far', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 100n, credits: 50n })
    await purser.owner.prisma.customer.updateMany({
      where: { id: customer.id },
      data: { overdraft: 300n },
    })
    const page = await formOf(customer)
    expect(wordsOf(page)).toMatch(/Overdraft\s*3.00 USD.*Available\s*4.50 USD/)
    expect((await finance.submit(page, { ...typed, amount: '4.50' })).status).toBe(303)
    expect(await prove(customer)).toMatchObject({ balance: -300n, credits: 0n })
    const again = await finance.submit(await formOf(customer), { ...typed, amount: '0.01' })
    expect(errorAt(again, 'amount')).toContain('0.00\u00a0USD is available')
  })

  test('is refused whole, with what is available, and keeps what was typed', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 200n, credits: 149n })
    const all = { ...typed, reference: 'bill 8', effectiveAt: '2026-10-02' }
    const answer = await finance.submit(await formOf(customer), all)
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'amount')).toContain('3.49\u00a0USD is available')
    for (const [field, value] of Object.entries(all)) expect(valueOf(answer, field)).toBe(value)
    expect(await prove(customer)).toMatchObject({ balance: 200n, credits: 149n })
    expect((await finance.submit(answer, { amount: '3.49' })).status).toBe(303)
    expect(await prove(customer)).toMatchObject({ balance: 0n, credits: 0n })
  })

  const UNREADABLE = 'Enter an amount such as 1234.50, with a point before the decimals.'
  test.each([
    ['amount', '', 'This field is required.'],
    ['amount', '-1', UNREADABLE],
    ['amount', '0', 'Enter an amount above zero.'],
    ['amount', '9'.repeat(20), 'This amount is too large to post.'],
    ['description', '', 'This field is required.'],
    ['description', 'x'.repeat(301), 'Use at most 300 characters.'],
    ['effectiveAt', '2026-02-30', 'Enter a date, such as 2026-11-23.'],
    ['reference', 'x'.repeat(121), 'Use at most 120 characters.'],
  ])('%s "%s" is a sentence at the field', async (field, value, sentence) => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const answer = await finance.submit(await formOf(customer), { ...typed, [field]: value })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, field)).toBe(sentence)
    expect(valueOf(answer, field)).toBe(value)
    expect((await prove(customer)).balance).toBe(1000n)
  })

  test('a key of another form is said above it, and the page can be sent again', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    for (const idempotencyKey of ['', 'short', 'x'.repeat(129), 'with space in it']) {
      const answer = await finance.submit(await formOf(customer), { ...typed, idempotencyKey })
      expect(answer.status).toBe(422)
      expect(refusalOf(answer)).toContain('Part of this form was lost')
    }
    expect((await prove(customer)).balance).toBe(1000n)
  })

  test('sent again with another body it is a conflict', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const page = await formOf(customer)
    expect((await finance.submit(page, typed)).status).toBe(303)
    expect((await finance.submit(page, { ...typed, description: 'Another one' })).status).toBe(409)
    expect((await prove(customer)).balance).toBe(650n)
  })

  test('the audit log has it', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n, credits: 200n })
    await finance.submit(await formOf(customer), typed)
    const posting = await postingOf(customer)
    expect((await eventsAbout(purser.northwind, customer)).at(-1)).toMatchObject({
      event: 'customer.charged',
      actorName: 'finance@northwind.example',
      details: {
        amount: '-350',
        creditsBefore: '200',
        creditsAfter: '0',
        before: '1000',
        after: '850',
        posting: posting.id,
      },
    })
    const owner = await purser.as(purser.northwind.staff.owner)
    expect(wordsOf(await owner.get(`/audit?customer=${customer.id}`))).toContain('charged 3.50 USD')
  })
})
