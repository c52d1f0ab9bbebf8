import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newKey } from '../../src/ledger/facts.ts'
import { SetOverdraft } from '../../src/ledger/set-overdraft.ts'
import { by } from '../support/caller.ts'
import { makeCustomer, PASSWORD } from '../support/cast.ts'
import { atOnce, proveLedger } from '../support/ledger.ts'
import { charge } from '../support/postings.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { customerRow, eventRows } from '../support/rows.ts'
import { errorAt, flashOf, refusalOf, valueOf, type Visitor, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let finance: Visitor
beforeAll(async () => {
  purser = await startPurser()
  finance = await purser.as(purser.northwind.staff.finance)
})
afterAll(() => purser.stop())

const page = (customer: { id: string }) => finance.get(`/customers/${customer.id}/overdraft`)
const set = async (customer: { id: string }, overdraft: string, reason = 'a good customer') =>
  finance.submit(await page(customer), { overdraft, reason })
const deduct = async (customer: { id: string }, amount: string) =>
  finance.submit(
    await finance.get(`/customers/${customer.id}/balance`),
    { amount, reason: 'contract', comment: 'test' },
    { action: '/deductions' },
  )
const prove = (customer: { id: string; resellerId: string }) =>
  proveLedger(purser.services.database.pool, customer)

describe('an overdraft', () => {
  test('is set for one customer, shown wherever it counts, and can be used', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1_000n, password: PASSWORD })
    const answer = await set(customer, '50')
    expect(answer.status).toBe(303)
    const details = await finance.follow(answer)
    expect(flashOf(details)).toContain('50.00')
    expect(wordsOf(details).replaceAll('\u00a0', ' ')).toContain('Overdraft 50.00 USD: 60.00 USD available')
    const manage = wordsOf(await finance.get(`/customers/${customer.id}/balance`)).replaceAll('\u00a0', ' ')
    expect(manage).toContain('Available60.00 USD')
    const console = await purser.asCustomer(customer)
    expect(wordsOf(await console.get('/console'))).toContain('50.00')

    expect((await deduct(customer, '60')).status).toBe(303)
    expect((await prove(customer)).balance).toBe(-5_000n)
    const tooMuch = await deduct(customer, '0.01')
    expect(tooMuch.status).toBe(422)
    expect(errorAt(tooMuch, 'amount')).toContain('nothing can be deducted')
    expect((await prove(customer)).moves.at(-1)).toMatchObject({ floor: '-5000', after: '-5000' })
  })

  test('is not spoken of where there is none', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1_000n, password: PASSWORD })
    const details = await finance.get(`/customers/${customer.id}`)
    expect(wordsOf(details)).not.toContain('Overdraft 0')
    const console = await purser.asCustomer(customer)
    expect(wordsOf(await console.get('/console'))).not.toContain('below zero')
  })

  test('lowered below what is used: nothing can be taken until enough is refilled', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1_000n })
    await set(customer, '50')
    await deduct(customer, '50')
    const lowered = await finance.follow(await set(customer, '10'))
    expect(flashOf(lowered)).toContain('nothing can be deducted until it is refilled')
    expect(wordsOf(lowered)).toContain('Nothing can be deducted until the balance is refilled.')
    expect((await deduct(customer, '0.01')).status).toBe(422)
    const form = await finance.get(`/customers/${customer.id}/balance`)
    expect(wordsOf(form).replaceAll('\u00a0', ' ')).toContain('Available0.00 USD')
    const refill = { amount: '35', reason: 'courtesy' }
    expect((await finance.submit(form, refill, { action: '/refills' })).status).toBe(303)
    expect((await deduct(customer, '5')).status).toBe(303)
    expect((await prove(customer)).balance).toBe(-1_000n)
  })
})

describe('setting it', () => {
  test.each([
    ['', 'This field is required.'],
    ['-5', 'Enter an amount such as'],
    ['9999999999999', 'too large'],
  ])('to "%s" says what is wrong and keeps what was typed', async (overdraft, sentence) => {
    const customer = await makeCustomer(purser.northwind)
    const answer = await set(customer, overdraft, 'because')
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'overdraft')).toContain(sentence)
    expect(valueOf(answer, 'overdraft')).toBe(overdraft)
    expect(valueOf(answer, 'reason')).toBe('because')
    expect((await customerRow(purser.northwind, customer)).overdraft).toBe(0n)
  })

  test('needs a reason', async () => {
    const customer = await makeCustomer(purser.northwind)
    expect(errorAt(await set(customer, '5', ' '), 'reason')).toBe('This field is required.')
  })

  test('the audit log has before, after and why', async () => {
    const customer = await makeCustomer(purser.northwind)
    await finance.submit(await page(customer), { overdraft: '12.50', reason: 'agreed by phone' })
    const rows = await eventRows(purser.northwind, customer, 'overdraft.set')
    expect(rows.map(({ details, actorName }) => [actorName, details])).toEqual([
      ['finance@northwind.example', { before: '0', after: '1250', reason: 'agreed by phone' }],
    ])
    const log = await (await purser.as(purser.northwind.staff.owner)).get(`/audit?customer=${customer.id}`)
    expect(wordsOf(log).replaceAll('\u00a0', ' ')).toContain(
      'set the overdraft from 0.00 USD to 12.50 USD: agreed by phone',
    )
  })

  test('that somebody else changed meanwhile: 409 with what it is now; sent again it is a decision', async () => {
    const customer = await makeCustomer(purser.northwind)
    const form = await page(customer)
    await SetOverdraft.run(by(purser.northwind.system), customer, {
      overdraft: 700n,
      seen: 0n,
      reason: 'other',
    })
    const conflict = await finance.submit(form, { overdraft: '5', reason: 'mine' })
    expect(conflict.status).toBe(409)
    expect(refusalOf(conflict)).toMatch(/Last change: The system, \d/)
    expect(wordsOf(conflict)).toContain('Current value: 7.00')
    expect(valueOf(conflict, 'overdraft')).toBe('5')
    expect((await finance.submit(conflict)).status).toBe(303)
    expect((await customerRow(purser.northwind, customer)).overdraft).toBe(500n)
  })

  test('by two at once: one of them; and never below what a charge at that moment has used of the old one', async () => {
    const customer = await makeCustomer(purser.northwind)
    const results = await Promise.allSettled(
      [1n, 2n, 3n, 4n].map((overdraft) =>
        SetOverdraft.run(by(purser.northwind.system), customer, {
          overdraft: overdraft * 100n,
          seen: 0n,
          reason: 'x',
        }),
      ),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await eventRows(purser.northwind, customer, 'overdraft.set')).toHaveLength(1)

    const { overdraft: seen } = await customerRow(purser.northwind, customer)
    const { system } = purser.northwind
    await Promise.all([
      SetOverdraft.run(by(system), customer, { overdraft: 0n, seen, reason: 'taken away' }),
      ...(await atOnce(6, async () =>
        charge(system, customer, {
          idempotencyKey: newKey(),
          amount: 50n,
          description: 'x',
          reference: '',
        }).catch(() => null),
      )),
    ])
    const { moves } = await prove(customer)
    for (const { after, floor } of moves) expect(BigInt(after)).toBeGreaterThanOrEqual(BigInt(floor))
  })
})
