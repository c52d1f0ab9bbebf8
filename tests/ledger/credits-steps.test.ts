import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setCredits } from '../support/postings.ts'
import { makeCustomer } from '../support/cast.ts'
import { proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Answer, type Visitor, errorAt, flashOf, refusalOf, valueOf } from '../support/visit.ts'

let purser: RunningPurser
let admin: Visitor
beforeAll(async () => {
  purser = await startPurser()
  admin = await purser.as(purser.northwind.staff.admin)
})
afterAll(() => purser.stop())

type Customer = Awaited<ReturnType<typeof makeCustomer>>
const prove = (customer: Customer) => proveLedger(purser.services.database.pool, customer)
const open = ({ id }: Customer) => admin.get(`/customers/${id}/credits`)
const send = (page: Answer, fields: Record<string, string>) =>
  admin.submit(page, { reason: 'courtesy', ...fields })

describe('Manage Credits', () => {
  test.each([
    ['set', '7', 700n],
    ['add', '7', 6_700n],
    ['take', '7', 5_300n],
    ['add', '1,000.50', 106_050n],
    ['take', '60', 0n],
  ] as const)('%s %s', async (operation, credits, after) => {
    const customer = await makeCustomer(purser.northwind, { credits: 6_000n })
    const page = await open(customer)
    expect([valueOf(page, 'operation'), valueOf(page, 'credits')]).toEqual(['set', '60.00'])
    const answer = await send(page, { operation, credits })
    expect(answer.status).toBe(303)
    expect(flashOf(await admin.get('/customers'))).toContain(`Set credits for ${customer.email} to`)
    const { credits: now, moves } = await prove(customer)
    expect(now).toBe(after)
    expect(moves.at(-1)).toMatchObject({ before: '6000', after: String(after) })
  })

  test('sets where nothing is said, as ever', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 6_000n })
    await send(await open(customer), { operation: '', credits: '8' })
    expect((await prove(customer)).credits).toBe(800n)
  })

  test.each([
    ['take', '60.01', 'Only 60.00\u00a0USD is available. Enter a smaller amount.'],
    ['add', '0', 'Enter an amount above zero.'],
    ['take', '0.00', 'Enter an amount above zero.'],
    ['add', '-5', 'Enter an amount such as 1234.50, with a point before the decimals.'],
    ['set', '60', 'Credits are already 60.00\u00a0USD.'],
    // It stands there because the page filled it in.
    ['add', '60.00', 'This field is required.'],
    ['take', '60.00', 'This field is required.'],
  ] as const)(
    '%s %s is refused at its field, and the operation stays',
    async (operation, credits, sentence) => {
      const customer = await makeCustomer(purser.northwind, { credits: 6_000n })
      const answer = await send(await open(customer), { operation, credits, note: 'typed' })
      expect([answer.status, errorAt(answer, 'credits')]).toEqual([422, sentence])
      expect(['operation', 'credits', 'note'].map((name) => valueOf(answer, name))).toEqual([
        operation,
        credits,
        'typed',
      ])
      expect((await prove(customer)).credits).toBe(6_000n)
    },
  )

  test('a step as large as what there is can be meant: sent again, it is taken', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 6_000n })
    const asked = await send(await open(customer), { operation: 'add', credits: '60.00' })
    expect((await send(asked, {})).status).toBe(303)
    expect((await prove(customer)).credits).toBe(12_000n)
  })

  test('another operation is refused at its field', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 6_000n })
    const answer = await send(await open(customer), { operation: 'double', credits: '7' })
    expect(answer.status).toBe(422)
    expect((await prove(customer)).credits).toBe(6_000n)
  })

  test.each(['add', 'take'] as const)(
    '%s, after somebody else was there: 409 with step and operation as typed',
    async (operation) => {
      const customer = await makeCustomer(purser.northwind, { credits: 6_000n })
      const page = await open(customer)
      await setCredits(purser.northwind.system, customer, {
        idempotencyKey: `elsewhere-${customer.id}`,
        reason: 'contract',
        comment: '',
        note: '',
        seen: 6_000n,
        credits: 2_000n,
      })
      const answer = await send(page, { operation, credits: '5' })
      expect(answer.status).toBe(409)
      expect(refusalOf(answer)).toContain('Credits have changed to 20.00')
      expect(['operation', 'credits', 'seen'].map((name) => valueOf(answer, name))).toEqual([
        operation,
        '5',
        '20.00',
      ])
      expect((await prove(customer)).credits).toBe(2_000n)
      expect((await send(answer, {})).status).toBe(303)
      expect((await prove(customer)).credits).toBe(operation === 'add' ? 2_500n : 1_500n)
    },
  )

  test('the same key: the same step once, another way to the same sum is another form', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 6_000n })
    const page = await open(customer)
    expect((await send(page, { operation: 'add', credits: '5' })).status).toBe(303)
    expect((await send(page, { operation: 'add', credits: '5.00' })).status).toBe(303)
    expect(flashOf(await admin.get('/customers'))).toContain('already posted')
    for (const other of [
      { operation: 'set', credits: '65' },
      { operation: 'take', credits: '5' },
      { operation: 'add', credits: '6' },
    ]) {
      expect((await send(page, other)).status).toBe(409)
    }
    expect((await prove(customer)).credits).toBe(6_500n)
  })

  test('a step raises with a grant of its own, and needs a day to come where it has an end', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 6_000n })
    const late = await send(await open(customer), { operation: 'add', credits: '5', expiresOn: '2026-01-01' })
    expect([late.status, errorAt(late, 'expiresOn')]).toEqual([422, expect.stringContaining('after today')])
    const taken = await send(await open(customer), {
      operation: 'take',
      credits: '5',
      expiresOn: '2026-01-01',
    })
    expect(taken.status).toBe(303)
  })
})
