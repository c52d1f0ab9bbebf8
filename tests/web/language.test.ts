import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { catalogues, languageOf, t, wordsFor } from '../../src/words/words.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser

beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

test('a page claims the language of its words, and writes numbers as its locale does', async () => {
  await purser.owner.prisma.reseller.updateMany({ data: { locale: 'de-DE' } })
  const browser = await purser.as(purser.northwind.staff.owner)
  await makeCustomer(purser.northwind, { balance: 1_234_50n })
  const page = await browser.get('/customers')
  expect(page.html.querySelector('html')?.getAttribute('lang')).toBe('en')
  expect(page.text).toContain('1.234,50')
})

// Languages that Purser does not have and is unlikely to get: a catalogue that is added changes nothing here.
test('is that of the nearest catalogue, and English where there is none', () => {
  expect(['en-GB', 'eo-001', 'ia-001', 'en'].map(languageOf)).toEqual(['en', 'en', 'en', 'en'])
  onTestFinished(() => void catalogues.delete('eo'))
  catalogues.set('eo', (text) => (text === 'Save' ? 'Konservi' : undefined))
  expect([languageOf('eo-001'), wordsFor('eo-001')(t('Save')), wordsFor('eo-001')(t('Cancel'))]).toEqual([
    'eo',
    'Konservi',
    'Cancel',
  ])
})

test('numbers are written as the locale does, and take the plural of the words', () => {
  // Cantonese has one form for every number.
  expect(wordsFor('yue-HK')('{count} customers', { count: 1 })).toBe('1 customer')
  const number = new Intl.NumberFormat('eo').format(12_345)
  expect(wordsFor('eo')('{count} customers', { count: 12_345 })).toBe(`${number} customers`)
})

test('one word with two meanings is two keys', () => {
  onTestFinished(() => void catalogues.delete('ia'))
  catalogues.set('ia', (text, context) =>
    text === 'Charge' ? { noun: 'Custo', verb: 'Debitar' }[context] : undefined,
  )
  const words = wordsFor('ia-001')
  expect([
    words('Charge', { context: 'noun' }),
    words('Charge', { context: 'verb' }),
    words('Charge'),
  ]).toEqual(['Custo', 'Debitar', 'Charge'])
})
