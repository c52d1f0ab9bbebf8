import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newKey } from '../../src/ledger/facts.ts'
import { makeCustomer } from '../support/cast.ts'
import { booked, limitRole } from '../support/ledger.ts'
import { refill, setCredits } from '../support/postings.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { flashOf, type Visitor, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let finance: Visitor
let admin: Visitor
beforeAll(async () => {
  purser = await startPurser()
  finance = await purser.as(purser.northwind.staff.finance)
  admin = await purser.as(purser.northwind.staff.admin)
  await limitRole(purser.northwind, 'finance', { approvalAbove: 0n })
})
afterAll(() => purser.stop())

type Customer = Awaited<ReturnType<typeof makeCustomer>>
type Fields = Record<string, string>

const why = { reason: 'courtesy', comment: 'test' }
const received = { reason: 'payment_received', channel: 'bank_transfer', reference: 'INV-7' }

/** Fills in a form as finance: it waits. */
async function enter(customer: Customer, path: string, fields: Fields, action = path) {
  const form = await finance.get(`/customers/${customer.id}${path}`)
  const answer = await finance.submit(form, fields, { action })
  expect(flashOf(await finance.follow(answer))).toContain('Sent for approval')
}

/** What a second person reads of all that waits for this customer, name by name. */
async function shownOf(customer: Customer) {
  const page = await admin.get(`/approvals?customer=${customer.id}`)
  const cards = page.html.querySelectorAll('.waiting').map((card) => {
    const names = card.querySelectorAll('.facts > dt').map((name) => name.textContent.trim())
    const values = card
      .querySelectorAll('.facts > dd')
      .map((value) => value.textContent.replace(/\s+/g, ' ').trim())
    return Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']))
  })
  return { page, cards, card: cards.at(-1) ?? {} }
}

describe('who approves sees what will be booked', () => {
  test('that a payment is booked a second time, with the way to the first', async () => {
    const { system } = purser.northwind
    const [first, customer] = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    const facts = { ...received, comment: '', note: '', confirmDuplicate: false } as const
    const { postingId } = booked(
      await refill(system, first, {
        ...facts,
        reason: 'payment_received',
        channel: 'bank_transfer',
        idempotencyKey: newKey(),
        amount: 500n,
      }),
    )
    await enter(customer, '/balance', { ...received, amount: '5', reference: 'INV-8' }, '/refills')
    const { card: single, page: plain } = await shownOf(customer)
    expect(single).toMatchObject({
      Reason: 'Payment received',
      Channel: 'Bank transfer',
      Reference: 'INV-8',
      'Balance now': '0.00 USD',
      'Balance after': '5.00 USD',
    })
    expect(wordsOf(plain)).not.toContain('is already posted')

    const form = await finance.get(`/customers/${customer.id}/balance`)
    const asked = await finance.submit(form, { ...received, amount: '5' }, { action: '/refills' })
    expect(asked.status).toBe(409)
    const ticked = await finance.submit(asked, { confirmDuplicate: 'on' }, { action: '/refills' })
    expect(ticked.status).toBe(303)
    const { page, card } = await shownOf(customer)
    expect(card.Reference).toContain('INV-7')
    expect(card.Reference).toContain(
      'Entered even though a payment with this channel and reference is already posted',
    )
    expect(
      page.html.querySelector(`.waiting a[href="/customers/${first.id}/postings/${postingId}"]`),
    ).not.toBeNull()
  })

  test('of raised credits what they are granted as and until when; of lowered ones neither', async () => {
    const customer = await makeCustomer(purser.northwind)
    await enter(customer, '/credits', { ...why, credits: '5', category: 'paid', expiresOn: '2099-03-31' })
    expect((await shownOf(customer)).card).toMatchObject({
      Category: 'Paid',
      'Credits expire': '31 Mar 2099',
    })
    await enter(customer, '/credits', { ...why, credits: '6' })
    expect((await shownOf(customer)).card).toMatchObject({
      Category: 'Promotional',
      'Credits expire': 'Never',
    })
    expect((await shownOf(customer)).card['Credits now']).toBe('0.00 USD')
    const facts = { ...why, idempotencyKey: newKey(), note: '', seen: 0n, credits: 700n } as const
    await setCredits(purser.northwind.system, customer, { ...facts, reason: 'courtesy' })
    await enter(customer, '/credits', { ...why, credits: '1', category: 'paid', expiresOn: '2099-03-31' })
    const { card, cards } = await shownOf(customer)
    expect(cards[0]?.['Credits now']).toMatch(/^7\.00 USD Changed since Finance Person entered this/)
    expect(card['Credits now']).toBe('7.00 USD')
    expect(card['Credits after']).toBe('1.00 USD')
    expect(card.Credits).toContain('7.00')
    expect(card).not.toHaveProperty('Category')
    expect(card).not.toHaveProperty('Credits expire')
  })

  test('of a charge its reference and the day that it is for', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1_000n })
    const usage = { amount: '5', description: 'Storage in October', reference: 'use-9' }
    await enter(customer, '/charges', { ...usage, effectiveAt: '2026-10-25' })
    expect((await shownOf(customer)).card).toMatchObject({
      'Visible to customer': 'Storage in October',
      Reference: 'use-9',
      Effective: '25 Oct 2026',
    })
    // A charge takes the credits first, so they are available to it too.
    const facts = { idempotencyKey: newKey(), reason: 'courtesy', comment: '', note: '' } as const
    await setCredits(purser.northwind.system, customer, { ...facts, seen: 0n, credits: 300n })
    expect((await shownOf(customer)).card).toMatchObject({
      'Balance now': '10.00 USD',
      'Available now': '13.00 USD',
    })
    await enter(customer, '/charges', usage)
    expect((await shownOf(customer)).card).not.toHaveProperty('Effective')
  })

  test('of a reversal what it undoes, and which way the money goes', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1_000n, credits: 200n })
    const refilled = await purser.services.database.prisma.posting.findFirstOrThrow({
      where: { customerId: customer.id, kind: 'refill' },
    })
    const reversal = `/postings/${refilled.id}/reversal`
    await enter(customer, reversal, why, '/reversal')
    const again = await finance.get(`/customers/${customer.id}${reversal}`)
    expect(wordsOf(again)).toContain('A reversal of this posting is already waiting for approval.')
    expect((await finance.get(again.html.querySelector('.alone a')?.getAttribute('href') ?? '')).status).toBe(
      200,
    )
    const { page, card } = await shownOf(customer)
    expect(card.Reverses).toBe('Refill · Courtesy')
    expect(card.Balance).toBe('-10.00')
    expect(card).not.toHaveProperty('Credits')
    expect(page.html.querySelector(`.waiting a[href$="/postings/${refilled.id}"]`)).not.toBeNull()
    // Also after it was decided.
    await admin.submit(page, {}, { action: '/approval' })
    expect(wordsOf(await admin.get('/approvals?state=decided'))).toContain('Refill · Courtesy')
  })
})
