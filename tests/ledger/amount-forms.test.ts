import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type House, makeCustomer } from '../support/cast.ts'
import { proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Answer, type Visitor, errorAt, valueOf } from '../support/visit.ts'

let purser: RunningPurser
let house: House
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  house = purser.northwind
  await purser.services.database.prisma.reseller.update({
    where: { id: house.reseller.id },
    data: { currency: 'TND', currencyScale: 3, locale: 'fr-FR' },
  })
  const reseller = { ...house.reseller, currency: 'TND', currencyScale: 3, locale: 'fr-FR' }
  house = { ...house, reseller, system: { ...house.system, reseller } }
  owner = await purser.as(house.staff.owner)
})
afterAll(() => purser.stop())

const prisma = () => purser.services.database.prisma
const customerNow = ({ id }: { id: string }) => prisma().customer.findFirstOrThrow({ where: { id } })
const prove = (customer: { id: string; resellerId: string }) =>
  proveLedger(purser.services.database.pool, customer)

/** What is offered at a field: each value with the sum as the page writes it; [] where nothing is asked. */
function offeredAt(answer: Answer, name: string) {
  const choice = answer.html
    .querySelectorAll(`[data-readings="${name}"]`)
    .find((fieldset) => !fieldset.hasAttribute('hidden'))
  const radios = choice?.querySelectorAll('input') ?? []
  return radios.map((radio) => [
    radio.getAttribute('value'),
    radio.closest('label')?.textContent.replace(/\s/g, ' ').trim(),
    ...(radio.hasAttribute('checked') ? ['checked'] : []),
  ])
}

const TWELVE_AND_A_HALF = [
  ['point', '12 500,000 TND'],
  ['locale', '12,500 TND'],
]

interface Place {
  what: string
  field: string
  /** The page, which form of it, what else it needs, and what it then comes to. */
  page: (customer: { id: string }) => string
  action?: string
  rest?: Record<string, string>
  booked: (customer: { id: string; resellerId: string }) => Promise<bigint | null | undefined>
}

const PLACES: Place[] = [
  {
    what: 'a refill',
    field: 'amount',
    page: ({ id }) => `/customers/${id}/balance`,
    action: '/refills',
    rest: { reason: 'courtesy', note: 'Merci' },
    booked: async (customer) => (await prove(customer)).balance,
  },
  {
    what: 'credits',
    field: 'credits',
    page: ({ id }) => `/customers/${id}/credits`,
    rest: { reason: 'courtesy', note: 'Merci' },
    booked: async (customer) => (await prove(customer)).credits,
  },
  {
    what: 'an overdraft',
    field: 'overdraft',
    page: ({ id }) => `/customers/${id}/overdraft`,
    rest: { reason: 'contract' },
    booked: async (customer) => (await customerNow(customer)).overdraft,
  },
  {
    what: 'a threshold',
    field: 'threshold',
    page: ({ id }) => `/customers/${id}/alerts`,
    booked: async (customer) => (await customerNow(customer)).lowBalanceThreshold,
  },
  {
    what: 'the threshold of all',
    field: 'lowBalanceThreshold',
    page: () => '/settings',
    action: '/settings',
    booked: async () =>
      (await prisma().reseller.findFirstOrThrow({ where: { id: house.reseller.id } })).lowBalanceThreshold,
  },
  {
    what: 'a limit',
    field: 'financeDayMax',
    page: () => '/staff/limits',
    booked: async () =>
      (await prisma().role.findFirstOrThrow({ where: { resellerId: house.reseller.id, id: 'finance' } }))
        .dayMax,
  },
  {
    what: 'opening credits',
    field: 'credits',
    page: () => '/customers/new',
    action: '/customers',
    rest: { email: 'opening@customer.example', name: 'Open Ing' },
    booked: async () =>
      (await prisma().customer.findFirst({ where: { email: 'opening@customer.example' } }))?.credits,
  },
  {
    what: 'opening credits of an invite',
    field: 'credits',
    page: () => '/invites',
    action: '/invites',
    rest: { kind: 'single', email: 'invited@customer.example' },
    booked: async () =>
      (await prisma().invite.findFirst({ where: { email: 'invited@customer.example' } }))?.credits,
  },
]

describe('an amount that can be read as two', () => {
  test.each(PLACES)(
    'of $what is not booked: both sums are offered, and all that was typed stays',
    async (place) => {
      const { field, page, action, rest = {}, booked } = place
      const customer = await makeCustomer(house)
      const before = await booked(customer)
      const ways = action ? { action } : {}
      const asked = await owner.submit(await owner.get(page(customer)), { ...rest, [field]: '12,500' }, ways)
      expect(asked.status).toBe(422)
      expect(errorAt(asked, field)).toBe('This could mean two amounts. Choose the one you mean.')
      expect(offeredAt(asked, field)).toEqual(TWELVE_AND_A_HALF)
      expect(await booked(customer)).toEqual(before)
      for (const [name, value] of Object.entries({ ...rest, [field]: '12,500' }))
        expect(valueOf(asked, name, action)).toBe(value)

      // What nobody can choose is asked again.
      const odd = await owner.submit(asked, { [`${field}Reading`]: 'comma' }, ways)
      expect([odd.status, offeredAt(odd, field)]).toEqual([422, TWELVE_AND_A_HALF])
      const answer = await owner.submit(odd, { [`${field}Reading`]: 'locale' }, ways)
      expect(answer.status).toBe(303)
      expect(await booked(customer)).toBe(12_500n)
    },
  )

  test('a deduction and a charge too, and a script may say at once how it is meant', async () => {
    const customer = await makeCustomer(house, { balance: 50_000_000n })
    for (const [path, rest] of [
      ['deductions', { reason: 'refund', comment: 'Remboursé' }],
      ['charges', { description: 'VM' }],
    ] as const) {
      const page = await owner.get(`/customers/${customer.id}/${path === 'charges' ? path : 'balance'}`)
      const ways = { action: `/${path}` }
      const asked = await owner.submit(page, { ...rest, amount: '12,500' }, ways)
      expect([asked.status, offeredAt(asked, 'amount')]).toEqual([422, TWELVE_AND_A_HALF])
      const sent = { ...rest, amount: '12,500', amountReading: 'point' }
      expect((await owner.submit(page, sent, ways)).status).toBe(303)
    }
    expect((await prove(customer)).balance).toBe(25_000_000n)
  })

  test('what was chosen stays chosen while something else is wrong', async () => {
    const customer = await makeCustomer(house)
    const page = await owner.get(`/customers/${customer.id}/balance`)
    const sent = { amount: '12,500', amountReading: 'locale', reason: 'payment_received' }
    const asked = await owner.submit(page, sent, { action: '/refills' })
    expect([asked.status, errorAt(asked, 'amount')]).toEqual([422, ''])
    expect(offeredAt(asked, 'amount')).toEqual([
      TWELVE_AND_A_HALF[0],
      [...(TWELVE_AND_A_HALF[1] ?? []), 'checked'],
    ])
    await owner.submit(asked, { channel: 'cash', reference: 'REC-1' }, { action: '/refills' })
    expect((await prove(customer)).balance).toBe(12_500n)
  })

  test('the filters of the ledger ask as well, and every link keeps the answer', async () => {
    const asked = await owner.get('/ledger?min=12%2C500&max=20')
    expect([asked.status, offeredAt(asked, 'min')]).toEqual([422, TWELVE_AND_A_HALF])
    const chosen = await owner.get('/ledger?min=12%2C500&minReading=locale&max=20')
    expect(chosen.status).toBe(200)
    const links = chosen.html
      .querySelectorAll('a[href*="export.csv"]')
      .map((link) => link.getAttribute('href'))
    expect(links.some((href) => href?.includes('minReading=locale'))).toBe(true)
    expect((await owner.get('/ledger/export.csv?min=12%2C500')).status).toBe(422)
    expect((await owner.get('/ledger/export.csv?min=12%2C500&minReading=point')).status).toBe(200)
  })
})

describe('an amount that can be read as one', () => {
  test.each([
    ['12,5', 12_500n],
    ['12.5', 12_500n],
    ['12.500', 12_500n],
    ['0,500', 500n],
    ['1\u202f234,500\u00a0TND', 1_234_500n],
    ["1'234,5", 1_234_500n],
    ['\u200e1,234.5', 1_234_500n],
    ['TND 7', 7_000n],
  ])('"%s" is booked', async (amount, minor) => {
    const customer = await makeCustomer(house)
    const page = await owner.get(`/customers/${customer.id}/balance`)
    const sent = { amount, amountReading: 'point', reason: 'courtesy' }
    expect((await owner.submit(page, sent, { action: '/refills' })).status).toBe(303)
    expect((await prove(customer)).balance).toBe(minor)
  })

  test('what the page filled in is read as the page wrote it', async () => {
    await prisma().reseller.update({ where: { id: house.reseller.id }, data: { locale: 'de-DE' } })
    const customer = await makeCustomer(house, { credits: 12_500n })
    const where = { resellerId_id: { resellerId: customer.resellerId, id: customer.id } }
    await prisma().customer.update({ where, data: { overdraft: 12_500n, lowBalanceThreshold: 12_500n } })
    await prisma().role.updateMany({
      where: { resellerId: customer.resellerId, id: 'finance' },
      data: { entryMax: 12_500n, dayMax: null },
    })
    await prisma().reseller.update({
      where: { id: customer.resellerId },
      data: { lowBalanceThreshold: 12_500n },
    })

    const at = (path: string) => owner.get(`/customers/${customer.id}/${path}`)
    expect(valueOf(await at('overdraft'), 'overdraft')).toBe('12.500')
    expect((await owner.submit(await at('overdraft'), { reason: 'x' })).status).toBe(303)
    expect((await owner.submit(await at('alerts'))).status).toBe(303)
    const credits = await owner.submit(await at('credits'), { reason: 'courtesy' })
    expect([credits.status, errorAt(credits, 'credits')]).toEqual([
      422,
      'Credits are already 12,500\u00a0TND.',
    ])
    expect(offeredAt(credits, 'credits')).toEqual([])
    // Typed, the same text can be two.
    const typed = await owner.submit(await at('overdraft'), { overdraft: '12.501', reason: 'x' })
    expect([typed.status, offeredAt(typed, 'overdraft')]).toEqual([
      422,
      [
        ['point', '12,501 TND'],
        ['locale', '12.501,000 TND'],
      ],
    ])
    expect((await owner.submit(await owner.get('/staff/limits'), { financeDayMax: '7' })).status).toBe(303)
    const settings = await owner.submit(
      await owner.get('/settings'),
      { name: 'Northwind' },
      { action: '/settings' },
    )
    expect(settings.status).toBe(303)
    expect(await customerNow(customer)).toMatchObject({ overdraft: 12_500n, lowBalanceThreshold: 12_500n })
    expect(
      await prisma().role.findFirstOrThrow({ where: { resellerId: customer.resellerId, id: 'finance' } }),
    ).toMatchObject({
      entryMax: 12_500n,
      dayMax: 7_000n,
    })
    expect(await prisma().reseller.findUniqueOrThrow({ where: { id: customer.resellerId } })).toMatchObject({
      name: 'Northwind',
      lowBalanceThreshold: 12_500n,
    })
  })
})

test('of two filters that can both be two amounts, each question says which it is about', async () => {
  const page = await owner.get('/ledger?min=12%2C500&max=13%2C500')
  const legends = page.html
    .querySelectorAll('fieldset[data-readings]')
    .filter((fieldset) => !fieldset.hasAttribute('hidden'))
    .map((fieldset) => fieldset.querySelector('legend')?.textContent)
  expect(legends).toEqual([
    'Minimum amount: which amount do you mean?',
    'Maximum amount: which amount do you mean?',
  ])
})
