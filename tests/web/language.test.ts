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

test('is that of the nearest catalogue, and English where there is none', () => {
  expect(['en-GB', 'de-DE', 'sr-Latn-RS', 'en'].map(languageOf)).toEqual(['en', 'en', 'en', 'en'])
  onTestFinished(() => void catalogues.delete('de'))
  catalogues.set('de', (text) => (text === 'Save' ? 'Speichern' : undefined))
  expect([languageOf('de-LI'), wordsFor('de-LI')(t('Save')), wordsFor('de-LI')(t('Cancel'))]).toEqual([
    'de',
    'Speichern',
    'Cancel',
  ])
})

test('numbers are written as the locale does, and take the plural of the words', () => {
  // Japanese has one form for every number.
  expect(wordsFor('ja-JP')('{count} customers', { count: 1 })).toBe('1 customer')
  const number = new Intl.NumberFormat('de-DE').format(12_345)
  expect(wordsFor('de-DE')('{count} customers', { count: 12_345 })).toBe(`${number} customers`)
})

test('one word with two meanings is two keys', () => {
  onTestFinished(() => void catalogues.delete('fr'))
  catalogues.set('fr', (text, context) =>
    text === 'Charge' ? { noun: 'Frais', verb: 'Débiter' }[context] : undefined,
  )
  const words = wordsFor('fr-MC')
  expect([
    words('Charge', { context: 'noun' }),
    words('Charge', { context: 'verb' }),
    words('Charge'),
  ]).toEqual(['Frais', 'Débiter', 'Charge'])
})
