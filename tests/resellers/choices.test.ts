import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { currencyOptions, guessLocale } from '../../src/resellers/choices.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, errorAt, valueOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.eastgate.staff.owner)
})
afterAll(() => purser.stop())

const prisma = () => purser.services.database.prisma
const eastgate = () => ({ id: purser.eastgate.reseller.id })
const save = async (fields: Record<string, string>) =>
  owner.submit(await owner.get('/settings'), fields, { action: '/settings' })
const offered = async () =>
  (await owner.get('/settings')).html
    .querySelectorAll('select[name=currency] option')
    .map((option) => option.getAttribute('value'))

test.each([
  ['de-AT,de;q=0.9,en;q=0.8', 'de-AT'],
  ['fr;q=0.5, ja', 'ja-JP'],
  ['xx,sv;q=0.1', 'sv-SE'],
  ['en-US,en;q=0.5', 'en-US'],
  ['en', 'en-GB'],
  ['*', 'en-GB'],
  [';q=x,,', 'en-GB'],
  [undefined, 'en-GB'],
])('a browser that asks for %s is offered %s at set-up', (header, locale) => {
  expect(guessLocale(header)).toBe(locale)
})

describe('the currencies on offer', () => {
  const codes = currencyOptions('en').map(({ value }) => value)

  test.each(['XCG', 'ZWG', 'SLE', 'VED', 'VES', 'MRU', 'STN', 'XAF', 'XOF', 'XPF', 'XCD'])(
    '%s, in use, is one of them and can be chosen',
    async (currency) => {
      expect(codes).toContain(currency)
      expect((await save({ currency })).status).toBe(303)
      expect(await prisma().reseller.findUniqueOrThrow({ where: eastgate() })).toMatchObject({ currency })
    },
  )

  test.each(['ANG', 'HRK', 'ZWL', 'BGN', 'CUC', 'SLL', 'XDR', 'XAU', 'XXX', 'EEK'])(
    '%s, ended or no money, is none of them and is refused',
    async (currency) => {
      expect(codes).not.toContain(currency)
      const answer = await save({ currency })
      expect([answer.status, errorAt(answer, 'currency')]).toEqual([422, 'Choose a currency, such as EUR.'])
    },
  )

  test('have a name each, in the languages that people read', () => {
    for (const language of ['en', 'de', 'fr', 'ja', 'ar']) {
      const nameless = currencyOptions(language).filter(
        ({ label }) => !/^[A-Z]{3} – (?![A-Z]{3}$)/.test(label),
      )
      expect(nameless).toEqual([])
    }
  })

  test('are all that Intl counts as money, but for what has ended, units of account and metals', () => {
    const unlisted = Intl.supportedValuesOf('currency').filter((code) => !codes.includes(code))
    expect(unlisted.filter((code) => !/^X/.test(code))).toEqual(['ANG', 'BGN', 'CUC', 'HRK', 'SLL', 'ZWL'])
    expect(new Set(codes).size).toBe(codes.length)
  })
})

test('a reseller whose currency has ended keeps it through its settings', async () => {
  await prisma().reseller.update({ where: eastgate(), data: { currency: 'HRK', currencyScale: 2 } })
  expect(await offered()).toContain('HRK')
  expect(valueOf(await owner.get('/settings'), 'currency')).toBe('HRK')
  expect((await save({ name: 'Eastgate d.o.o.' })).status).toBe(303)
  expect(await prisma().reseller.findUniqueOrThrow({ where: eastgate() })).toMatchObject({
    name: 'Eastgate d.o.o.',
    currency: 'HRK',
  })
  await save({ currency: 'EUR' })
  expect(await offered()).not.toContain('HRK')
})

describe('an abbreviation of ICU is no time zone of IANA', () => {
  test.each(['JST', 'IST', 'PST', 'bst', 'EAT'])('%s is refused', async (timeZone) => {
    const answer = await save({ timeZone })
    expect([answer.status, errorAt(answer, 'timeZone')]).toEqual([
      422,
      'Choose a time zone, such as Europe/Berlin.',
    ])
  })

  test.each(['EST', 'UTC', 'PRC', 'GB', 'EST5EDT', 'Asia/Calcutta'])('%s is one', async (timeZone) => {
    expect((await save({ timeZone })).status).toBe(303)
  })

  test('a reseller who has one from before reads its days all the same', async () => {
    await prisma().reseller.update({ where: eastgate(), data: { timeZone: 'JST' } })
    const customer = await makeCustomer(purser.eastgate)
    for (const address of [
      `/customers/${customer.id}/billing?from=2026-01-01&to=2026-01-31`,
      `/customers/${customer.id}/billing/statement.pdf?from=2026-01-01`,
      '/ledger?from=2026-01-01',
      '/audit?to=2026-01-31',
    ])
      expect([address, (await owner.get(address)).status]).toEqual([address, 200])
  })
})
