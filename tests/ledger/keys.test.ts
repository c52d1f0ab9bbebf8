import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newKey } from '../../src/ledger/facts.ts'
import { makeCustomer } from '../support/cast.ts'
import { moneyForm, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { errorAt, flashOf, refusalOf, valueOf, type Visitor } from '../support/visit.ts'

let purser: RunningPurser
let finance: Visitor
let send: Awaited<ReturnType<typeof moneyForm>>
beforeAll(async () => {
  purser = await startPurser()
  finance = await purser.as(purser.northwind.staff.finance)
  send = await moneyForm(finance)
})
afterAll(() => purser.stop())

const prove = (customer: { id: string; resellerId: string }) =>
  proveLedger(purser.services.database.pool, customer)
const gift = { amount: '5', reason: 'courtesy', comment: 'for you', note: '' }

describe('an idempotency key', () => {
  test('each rendering of a form has one of its own, and so has each form', async () => {
    const customer = await makeCustomer(purser.northwind)
    const pages = [
      await finance.get(`/customers/${customer.id}/balance`),
      await finance.get(`/customers/${customer.id}/balance`),
    ]
    const keys = pages.flatMap((page) => [
      valueOf(page, 'idempotencyKey', '/refills'),
      valueOf(page, 'idempotencyKey', '/deductions'),
    ])
    expect(new Set(keys).size).toBe(4)
  })

  test.each([
    ['another amount', { amount: '6' }],
    ['another reason', { reason: 'contract' }],
    ['another comment', { comment: 'for them' }],
    ['another note', { note: 'hello' }],
    ['a channel and a reference', { channel: 'cash', reference: 'r-1' }],
    ['a tick', { confirmDuplicate: 'on' }],
  ])('used again with %s: 409, nothing booked, and a fresh key to go on with', async (_what, change) => {
    const customer = await makeCustomer(purser.northwind)
    const idempotencyKey = newKey()
    await send(customer, 'refills', { ...gift, idempotencyKey })
    const answer = await send(customer, 'refills', { ...gift, ...change, idempotencyKey })
    expect(answer.status).toBe(409)
    expect(refusalOf(answer)).toContain('Nothing was posted now')
    const fresh = valueOf(answer, 'idempotencyKey', '/refills')
    expect(fresh).toMatch(/^[0-9a-f-]{36}$/)
    expect(fresh).not.toBe(idempotencyKey)
    expect((await prove(customer)).moves).toHaveLength(1)
    for (const [field, value] of Object.entries({ ...gift, ...change })) {
      if (field !== 'confirmDuplicate') expect(valueOf(answer, field, '/refills')).toBe(value)
    }
    expect((await finance.submit(answer, {}, { action: '/refills' })).status).toBe(303)
    expect((await prove(customer)).moves).toHaveLength(2)
  })

  test('used by the other form, or on the other account: 409', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const idempotencyKey = newKey()
    await send(customer, 'refills', { ...gift, idempotencyKey })
    const credits = { credits: '5', seen: '0', reason: 'courtesy', comment: 'for you' }
    expect((await send(customer, 'deductions', { ...gift, idempotencyKey })).status).toBe(409)
    expect((await send(customer, 'credits', { ...credits, idempotencyKey })).status).toBe(409)
    expect((await prove(customer)).moves).toHaveLength(2)
  })

  test('of another customer: 409', async () => {
    const [one, other] = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    const idempotencyKey = newKey()
    await send(one, 'refills', { ...gift, idempotencyKey })
    expect((await send(other, 'refills', { ...gift, idempotencyKey })).status).toBe(409)
    expect((await prove(other)).moves).toHaveLength(0)
  })

  test('of another reseller is nobody’s here', async () => {
    const [here, there] = [await makeCustomer(purser.northwind), await makeCustomer(purser.eastgate)]
    const idempotencyKey = newKey()
    const elsewhere = await moneyForm(await purser.as(purser.eastgate.staff.owner))
    expect((await elsewhere(there, 'refills', { ...gift, idempotencyKey })).status).toBe(303)
    expect((await send(here, 'refills', { ...gift, idempotencyKey })).status).toBe(303)
  })

  test('of a refused posting is not used up', async () => {
    const customer = await makeCustomer(purser.northwind)
    const idempotencyKey = newKey()
    expect((await send(customer, 'deductions', { ...gift, idempotencyKey })).status).toBe(422)
    await send(customer, 'refills', gift)
    expect((await send(customer, 'deductions', { ...gift, idempotencyKey })).status).toBe(303)
    expect((await prove(customer)).balance).toBe(0n)
  })

  test('still tells the first result when the balance has moved on', async () => {
    const customer = await makeCustomer(purser.northwind)
    const idempotencyKey = newKey()
    await send(customer, 'refills', { ...gift, idempotencyKey })
    await send(customer, 'deductions', gift)
    await send(customer, 'refills', { ...gift, idempotencyKey })
    expect(flashOf(await finance.get('/customers'))).toContain('already posted')
    expect((await prove(customer)).balance).toBe(0n)
  })

  test.each([
    ['none', ''],
    ['one that is too short', '1234567'],
    ['one that is too long', 'k'.repeat(129)],
    ['one with a space', 'key of a form'],
    ['one with a NUL byte', 'key-of-a-form\0'],
    ['one with a line break', 'key-of-a-form\n'],
    ['a list', ['key-of-a-form', 'key-of-another']],
  ])('%s is said above the form, which then has a good one', async (_what, idempotencyKey) => {
    const customer = await makeCustomer(purser.northwind)
    const answer = await send(customer, 'refills', { ...gift, idempotencyKey })
    expect(answer.status).toBe(422)
    expect(refusalOf(answer)).toContain('Part of this form was lost')
    expect((await prove(customer)).moves).toHaveLength(0)
    expect((await finance.submit(answer, {}, { action: '/refills' })).status).toBe(303)
    expect((await prove(customer)).balance).toBe(500n)
  })

  test.each(['12345678', 'k'.repeat(128), 'a.b_c:d-e'])(
    'a script may bring its own, such as %s',
    async (idempotencyKey) => {
      const customer = await makeCustomer(purser.northwind)
      expect((await send(customer, 'refills', { ...gift, idempotencyKey })).status).toBe(303)
    },
  )
})

describe('a receipt', () => {
  const payment = {
    amount: '5',
    reason: 'payment_received',
    channel: 'bank_transfer',
    comment: 'kept',
    note: 'thank you',
  }

  test.each([
    ['channel', { channel: '', reference: 'r' }, 'Choose how the payment was received.'],
    ['channel', { channel: 'pigeon', reference: 'r' }, 'Choose one of the options.'],
    ['reference', { reference: '' }, 'Enter the payment reference.'],
    ['reference', { reference: 'r'.repeat(121) }, 'Use at most 120 characters.'],
  ])('needs its %s', async (field, fields, sentence) => {
    const customer = await makeCustomer(purser.northwind)
    const answer = await send(customer, 'refills', { ...payment, ...fields })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, field)).toBe(sentence)
  })

  test('booked a second time: 409 with a box to tick, everything kept; ticked, it is booked', async () => {
    const customer = await makeCustomer(purser.northwind)
    const first = await finance.get(`/customers/${customer.id}/balance`)
    expect(first.text).not.toContain('confirmDuplicate')
    await finance.submit(first, { ...payment, reference: 'INV-1' }, { action: '/refills' })
    const page = await finance.get(`/customers/${customer.id}/balance`)
    const answer = await finance.submit(page, { ...payment, reference: 'INV-1' }, { action: '/refills' })
    expect(answer.status).toBe(409)
    expect(errorAt(answer, 'reference')).toContain('is already posted')
    for (const [field, value] of Object.entries({ ...payment, reference: 'INV-1' })) {
      expect(valueOf(answer, field, '/refills')).toBe(value)
    }
    const box = answer.html.querySelector('form[action$="/refills"] [name="confirmDuplicate"]')
    expect(box?.getAttribute('type')).toBe('checkbox')
    expect(box?.hasAttribute('checked')).toBe(false)
    expect((await prove(customer)).balance).toBe(500n)

    const wrong = await finance.submit(
      answer,
      { confirmDuplicate: 'on', amount: '5,5' },
      { action: '/refills' },
    )
    expect([wrong.status, valueOf(wrong, 'confirmDuplicate', '/refills')]).toEqual([422, 'on'])
    const ticked = await finance.submit(wrong, { amount: '5' }, { action: '/refills' })
    expect(ticked.status).toBe(303)
    expect((await prove(customer)).balance).toBe(1000n)
  })

  test('is asked about again after it was confirmed once, and for another customer too', async () => {
    const [one, other] = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    const again = { ...payment, reference: 'INV-2' }
    await send(one, 'refills', again)
    await send(one, 'refills', { ...again, confirmDuplicate: 'on' })
    expect((await send(one, 'refills', again)).status).toBe(409)
    expect((await send(other, 'refills', again)).status).toBe(409)
    expect((await send(other, 'refills', { ...again, channel: 'card' })).status).toBe(303)
  })

  test('ticked where nothing is booked yet confirms nothing: the next one is asked about', async () => {
    const customer = await makeCustomer(purser.northwind)
    const paid = { ...payment, reference: 'INV-4' }
    expect((await send(customer, 'refills', { ...paid, confirmDuplicate: 'on' })).status).toBe(303)
    expect((await send(customer, 'refills', paid)).status).toBe(409)
  })

  test('of another reseller is none of ours', async () => {
    const [here, there] = [await makeCustomer(purser.northwind), await makeCustomer(purser.eastgate)]
    const elsewhere = await moneyForm(await purser.as(purser.eastgate.staff.owner))
    await elsewhere(there, 'refills', { ...payment, reference: 'INV-3' })
    expect((await send(here, 'refills', { ...payment, reference: 'INV-3' })).status).toBe(303)
  })

  test('of a deduction that lacks it: the form comes back with the fields, and what is wrong with them', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const answer = await send(customer, 'deductions', { ...payment, channel: '' })
    expect(answer.status).toBe(422)
    const wrong = answer.html.querySelectorAll('form[action$="/deductions"] .field-error')
    expect(wrong.map(({ textContent }) => textContent.trim())).toEqual([
      'Choose how the payment was received.',
      'Enter the payment reference.',
    ])
  })

  test('of a deduction keeps its fields when it comes back', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const back = { ...payment, reason: 'refund', reference: 'OUT-1' }
    await send(customer, 'deductions', back)
    const answer = await send(customer, 'deductions', back)
    expect(answer.status).toBe(409)
    expect(valueOf(answer, 'reference', '/deductions')).toBe('OUT-1')
    const ticked = await finance.submit(answer, { confirmDuplicate: 'on' }, { action: '/deductions' })
    expect(ticked.status).toBe(303)
    expect((await prove(customer)).balance).toBe(0n)
  })
})
