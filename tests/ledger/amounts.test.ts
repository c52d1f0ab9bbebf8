import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RefillForm } from '../../src/ledger/refill.ts'
import { readForm } from '../../src/forms/form.ts'
import { wordsFor } from '../../src/words/words.ts'
import { type House, makeCustomer } from '../support/cast.ts'
import { moneyForm, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { errorAt } from '../support/visit.ts'

const MONEYS = { JPY: 0, USD: 2, KWD: 3 } as const
type Money = keyof typeof MONEYS
const words = wordsFor('en')

/** What comes of a typed amount: minor units, or the sentence at the field. */
function read(currency: Money, amount: unknown): bigint | string {
  const house = {
    id: 'R',
    slug: 'r',
    name: 'R',
    currency,
    currencyScale: MONEYS[currency],
    timeZone: 'UTC',
    locale: 'en',
  }
  const form = readForm(RefillForm(house), { idempotencyKey: 'key-of-a-form', reason: 'courtesy', amount })
  return form.ok ? form.values.amount : words(form.errors.amount ?? 'no sentence')
}

const EXAMPLES = { JPY: '1234', USD: '1234.50', KWD: '1234.500' }
const form = (currency: Money) =>
  `Enter an amount such as ${EXAMPLES[currency]}, with a point before the decimals.`
const large = 'This amount is too large to post.'

describe('an amount as typed', () => {
  test.each([
    ['USD', '1', 100n],
    ['USD', '0.01', 1n],
    ['USD', '1.5', 150n],
    ['USD', ' 12.50 ', 1250n],
    ['USD', '007', 700n],
    ['USD', '1,234.50', 123_450n],
    ['USD', '1,234,567', 123_456_700n],
    ['USD', '12,345', 1_234_500n],
    ['USD', '999999999999.99', 99_999_999_999_999n],
    ['USD', '$1,234.50', 123_450n],
    ['USD', '5 usd', 500n],
    ['USD', '1 000', 100_000n],
    ['USD', '1\u00a0000.50', 100_050n],
    ['JPY', '1234', 1234n],
    ['JPY', '1,234', 1234n],
    ['KWD', '0.001', 1n],
    ['KWD', '1,234.5', 1_234_500n],
  ] as const)('%s %s is read', (currency, typed, minor) => {
    expect(read(currency, typed)).toBe(minor)
  })

  test.each([
    ['', 'This field is required.'],
    ['   ', 'This field is required.'],
    [undefined, 'This field is required.'],
    ['0', 'Enter an amount above zero.'],
    ['0.00', 'Enter an amount above zero.'],
    ['1.234', 'USD has at most 2 decimals.'],
    ['1.000', 'USD has at most 2 decimals.'],
    ['9'.repeat(13), large],
    ['9'.repeat(20), large],
    ['9'.repeat(61), 'Use at most 60 characters.'],
    [['1', '2'], 'Only one value is allowed.'],
    [{ x: '1' }, 'Only one value is allowed.'],
    [5, 'Only one value is allowed.'],
    ['5\0', 'This contains characters that cannot be stored. Enter it again.'],
    ['\ud800', 'This contains characters that cannot be stored. Enter it again.'],
    ['1\n2', 'Enter this on one line.'],
  ])('%j gets its own sentence', (typed, sentence) => {
    expect(read('USD', typed)).toBe(sentence)
  })

  test.each(
    '-5|+5|12,34|1,2345|1,234,5|,123|1,,234|1234,567|0,500|00,100|.5|5.|1.2.3|1.234,50|1e3|1E3|0x10|1 00|€5|5 EUR|Infinity|NaN|５|１２|٣|½|1_000|1\u00a00000|--1'.split(
      '|',
    ),
  )('"%s" is no amount in any currency', (typed) => {
    for (const currency of ['USD', 'JPY', 'KWD'] as const) expect(read(currency, typed)).toBe(form(currency))
  })

  test('as many decimals as the currency has', () => {
    expect(read('JPY', '1.0')).toBe('JPY has no decimals. Enter a whole amount.')
    expect(read('KWD', '1.2345')).toBe('KWD has at most 3 decimals.')
  })
})

describe('over HTTP', () => {
  let purser: RunningPurser
  const houses = {} as Record<'KWD' | 'JPY', House>
  beforeAll(async () => {
    purser = await startPurser()
    const { northwind, eastgate } = purser
    await purser.owner.prisma.reseller.update({
      where: { id: northwind.reseller.id },
      data: { currency: 'KWD', currencyScale: 3 },
    })
    houses.KWD = northwind
    houses.JPY = eastgate
  })
  afterAll(() => purser.stop())

  test.each([
    ['KWD', '1,234.567', 1_234_567n],
    ['JPY', '1,234', 1234n],
  ] as const)('%s %s is booked in its smallest unit', async (currency, amount, minor) => {
    const customer = await makeCustomer(houses[currency])
    const send = await moneyForm(await purser.as(houses[currency].staff.finance))
    expect((await send(customer, 'refills', { amount, reason: 'courtesy' })).status).toBe(303)
    expect((await proveLedger(purser.services.database.pool, customer)).balance).toBe(minor)
  })

  test.each([
    ['KWD', '1.2345'],
    ['KWD', '0,500'],
    ['JPY', '1.5'],
    ['JPY', '１００'],
  ] as const)('%s %s keeps what was typed', async (currency, amount) => {
    const customer = await makeCustomer(houses[currency])
    const send = await moneyForm(await purser.as(houses[currency].staff.finance))
    const answer = await send(customer, 'refills', { amount, reason: 'courtesy' })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'amount')).not.toBe('')
    expect(answer.text).toContain(`value="${amount}"`)
  })

  test.each([
    ['an object', 'amount[x]=1'],
    ['a list', 'amount[]=1&amount[]=2'],
    ['the field twice', 'amount=1&amount=2'],
    ['a NUL byte', 'amount=1%00'],
    ['a lone surrogate', 'amount=%ED%A0%80'],
    ['half a code', 'amount=%E0%A4%A'],
    ['a prototype', '__proto__[amount]=1&constructor[amount]=1&amount.x=1'],
  ])('%s is refused at the field', async (_what, pairs) => {
    const customer = await makeCustomer(houses.KWD)
    const owner = await purser.as(houses.KWD.staff.owner)
    const page = await owner.get(`/customers/${customer.id}/balance`)
    const csrf = page.html.querySelector('[name="csrf"]')?.getAttribute('value') ?? ''
    const body = `csrf=${encodeURIComponent(csrf)}&idempotencyKey=key-of-a-form&reason=courtesy&${pairs}`
    const answer = await owner.send('POST', `/customers/${customer.id}/refills`, {
      body,
      headers: { Origin: purser.url, 'Content-Type': 'application/x-www-form-urlencoded' },
    })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'amount')).not.toBe('')
    expect((await proveLedger(purser.services.database.pool, customer)).moves).toHaveLength(0)
  })
})
