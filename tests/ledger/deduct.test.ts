import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { eventsAbout, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, errorAt, flashOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let finance: Visitor
beforeAll(async () => {
  purser = await startPurser()
  finance = await purser.as(purser.northwind.staff.finance)
})
afterAll(() => purser.stop())

const prove = (customer: { id: string; resellerId: string }) =>
  proveLedger(purser.services.database.pool, customer)

const wrong = { amount: '4.25', reason: 'billing_error', comment: 'billed twice' }
const deduct = async (customer: { id: string }, fields: Record<string, string>) =>
  finance.submit(await finance.get(`/customers/${customer.id}/balance`), fields, { action: '/deductions' })

describe('deduct', () => {
  test('takes from the balance and says so', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const answer = await deduct(customer, wrong)
    expect(answer.status).toBe(303)
    expect(answer.location).toBe(`/customers/${customer.id}`)
    expect(flashOf(await finance.get('/customers'))).toContain('Deducted 4.25')
    expect((await prove(customer)).balance).toBe(575n)
  })

  test('may take all there is, and money can be taken from a customer who is OFF', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 425n, state: 'OFF' })
    expect((await deduct(customer, wrong)).status).toBe(303)
    expect((await prove(customer)).balance).toBe(0n)
  })

  test('more than there is: says what is available, and keeps what was typed', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const page = await finance.get(`/customers/${customer.id}/balance`)
    const answer = await finance.submit(page, { ...wrong, amount: '10.01' }, { action: '/deductions' })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'amount')).toBe('Only 10.00\u00a0USD is available. Enter a smaller amount.')
    const typed = (field: string) => valueOf(answer, field, '/deductions')
    expect([typed('amount'), typed('reason'), typed('comment')]).toEqual([
      '10.01',
      'billing_error',
      'billed twice',
    ])
    // A refusal does not use the key up: the same form goes on.
    expect(typed('idempotencyKey')).toBe(valueOf(page, 'idempotencyKey', '/deductions'))
    expect((await finance.submit(answer, { amount: '10' }, { action: '/deductions' })).status).toBe(303)
    expect((await prove(customer)).balance).toBe(0n)
  })

  test('nothing there: says so', async () => {
    const customer = await makeCustomer(purser.northwind)
    const answer = await deduct(customer, wrong)
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'amount')).toBe('0.00\u00a0USD is available, so nothing can be deducted.')
  })

  test.each([
    [
      'no comment',
      { ...wrong, comment: '' },
      'comment',
      'Enter an internal comment that gives the reason for the deduction.',
    ],
    [
      'a comment of spaces',
      { ...wrong, comment: ' \n ' },
      'comment',
      'Enter an internal comment that gives the reason for the deduction.',
    ],
    ['no reason', { ...wrong, reason: '' }, 'reason', 'Choose one of the options.'],
    ['a reason that is none', { ...wrong, reason: 'because' }, 'reason', 'Choose one of the options.'],
    [
      'a comment that is too long',
      { ...wrong, comment: 'x'.repeat(1001) },
      'comment',
      'Use at most 1000 characters.',
    ],
    ['a note of two lines', { ...wrong, note: 'one\ntwo' }, 'note', 'Enter this on one line.'],
  ])('%s is a sentence at the field', async (_what, fields, field, sentence) => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const answer = await deduct(customer, fields)
    expect(answer.status).toBe(422)
    expect(errorAt(answer, field)).toBe(sentence)
    expect((await prove(customer)).balance).toBe(1000n)
  })

  test('the audit log says who took what, and why', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    await deduct(customer, wrong)
    const row = (await eventsAbout(purser.northwind, customer)).at(-1)
    expect(row).toMatchObject({
      event: 'balance.deducted',
      actorId: purser.northwind.staff.finance.id,
      actorName: 'finance@northwind.example',
      ip: '127.0.0.1',
      details: { amount: '-425', before: '1000', after: '575', reason: 'billing_error', account: 'BALANCE' },
    })
    const auditor = await purser.as(purser.northwind.staff.auditor)
    expect(wordsOf(await auditor.get(`/audit?customer=${customer.id}`))).toContain(
      'deducted 4.25 USD (Billing error): 10.00 USD → 5.75 USD',
    )
  })
})
