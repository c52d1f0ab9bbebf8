import { describe, expect, test } from 'vitest'
import { plainAmount, readAmount } from '../../public/amounts.js'
import { currencyOptions, localeOptions } from '../../src/resellers/choices.ts'
import { currencyScale } from '../../src/resellers/currencies.ts'
import { formatsFor } from '../../src/words/format.ts'

/** What can be sent by a script beside what is on offer: other digits, other groups, other directions. */
const OTHERS =
  'ar-EG ar-SA ar-MA fa-IR ur-PK he-IL bn-BD mr-IN ne-NP my-MM dz-BT ta-IN gu-IN te-IN sw-KE am-ET de-LI it-CH es-CR pt-AO pt-CV gsw-CH en-BE sq-XK ckb-IQ ff-Adlm-GN uz-Cyrl-UZ'.split(
    ' ',
  )
const LOCALES = [...localeOptions('en').map(({ value }) => value), ...OTHERS]
const CURRENCIES = currencyOptions('en').map(({ value }) => value)
const AMOUNTS = [
  '0',
  '5',
  '12',
  '500',
  '12500',
  '12345',
  '100000',
  '1234567',
  '123456789',
  '999999999999',
].map(BigInt)

const settings = (locale: string, currency: string) => ({
  locale,
  currency,
  currencyScale: currencyScale(currency),
  timeZone: 'UTC',
})

/** "12.500", "12500.000 | 12.500" where it can be two amounts, or what is wrong. */
function read(locale: string, currency: string, typed: string, sent?: { reading?: string; filled?: string }) {
  const { currencyScale: scale } = settings(locale, currency)
  const amount = readAmount(typed, settings(locale, currency), sent)
  if ('minor' in amount) return plainAmount(amount.minor, scale)
  if ('problem' in amount) return amount.problem
  return `${plainAmount(amount.readings.point, scale)} | ${plainAmount(amount.readings.locale, scale)}`
}

describe('what a page shows, typed back', () => {
  test.each(LOCALES)('%s, in every currency, is that amount or one of two to choose from', (locale) => {
    let twice = 0
    for (const currency of CURRENCIES) {
      const { amount, money } = formatsFor(settings(locale, currency))
      for (const minor of AMOUNTS) {
        for (const shown of [amount(minor), money(minor), `${currency} ${amount(minor)}`]) {
          const read = readAmount(shown, settings(locale, currency))
          if ('readings' in read) {
            twice += 1
            expect(Object.values(read.readings), `${currency} ${shown}`).toContain(minor)
            expect(readAmount(shown, settings(locale, currency), { reading: 'locale' })).toEqual({ minor })
          } else expect(read, `${currency} ${shown}`).toEqual({ minor })
        }
      }
    }
    // Only where a comma or a point can be both.
    if (/^(en-US|en-GB|en-IN|ja|ko|zh|th|hi|de-CH|ar-EG|fa)/.test(locale)) expect(twice).toBe(0)
  })

  test.each(LOCALES)('%s, as Intl writes sums of money: with a sign, and grouped as those are', (locale) => {
    for (const currency of CURRENCIES) {
      const digits = currencyScale(currency)
      const format = new Intl.NumberFormat(locale, {
        style: 'currency',
        currency,
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      })
      const minor = 12_345_678n * 10n ** BigInt(digits) + (digits > 0 ? 50n : 0n)
      const shown = format.format(plainAmount(minor, digits) as Intl.StringNumericLiteral)
      const read = readAmount(shown, settings(locale, currency))
      if ('readings' in read) expect(Object.values(read.readings)).toContain(minor)
      else expect(read, `${currency} ${shown}`).toEqual({ minor })
    }
  })

  test.each(LOCALES)('%s: digits and a point are read everywhere', (locale) => {
    for (const currency of CURRENCIES) {
      const scale = currencyScale(currency)
      for (const minor of [...AMOUNTS, 1_234_500n]) {
        const plain = plainAmount(minor, scale)
        const read = readAmount(plain, settings(locale, currency))
        if ('readings' in read) expect(read.readings.point, plain).toBe(minor)
        else expect(read, `${currency} ${plain}`).toEqual({ minor })
        expect(readAmount(plain, settings(locale, currency), { filled: plain })).toEqual({ minor })
        expect(readAmount(plain, settings(locale, currency), { reading: 'point' })).toEqual({ minor })
      }
    }
  })
})

test.each([
  ['fr-FR', 'TND', '12,500', '12500.000 | 12.500'],
  ['fr-FR', 'TND', '12,500 TND', '12500.000 | 12.500'],
  ['fr-FR', 'TND', '12,5', '12.500'],
  ['fr-FR', 'TND', '12.500', '12.500'],
  ['fr-FR', 'TND', '0,500', '0.500'],
  ['fr-FR', 'TND', '1,234.5', '1234.500'],
  ['fr-FR', 'TND', '1 234,5', '1234.500'],
  ['fr-FR', 'TND', '1 234', '1234.000'],
  ['fr-FR', 'TND', '1,234,567', '1234567.000'],
  ['de-DE', 'TND', '12.500', '12.500 | 12500.000'],
  ['de-DE', 'TND', '12,500', '12500.000 | 12.500'],
  ['de-DE', 'TND', '0.500', '0.500'],
  ['de-DE', 'TND', '1.234,500', '1234.500'],
  ['de-DE', 'EUR', '12.500', '12500.00'],
  ['de-DE', 'EUR', '12.50', '12.50'],
  ['de-DE', 'EUR', '12,50 €', '12.50'],
  ['de-DE', 'EUR', '€12,50', '12.50'],
  ['de-DE', 'EUR', '1234.5', '1234.50'],
  ['de-AT', 'EUR', '1.234,50', '1234.50'],
  ['de-AT', 'EUR', '1 234,50', '1234.50'],
  ['de-CH', 'CHF', "1'234.50", '1234.50'],
  ['de-CH', 'CHF', '1’234.50 CHF', '1234.50'],
  ['en-IN', 'INR', '12,34,567.50', '1234567.50'],
  ['en-IN', 'INR', '1,234,567.50', '1234567.50'],
  ['en-IN', 'INR', '₹ 12,34,567', '1234567.00'],
  ['en-US', 'USD', '$1,234.50', '1234.50'],
  ['en-US', 'USD', 'usd 5', '5.00'],
  ['en-US', 'KWD', '0,500', 'form'],
  ['en-US', 'USD', '12,34,567', 'form'],
  ['en-US', 'USD', '5 EUR', 'form'],
  ['en-US', 'USD', 'USD', 'form'],
  ['en-US', 'USD', 'USD 5 USD', 'form'],
  ['en-US', 'USD', '1 000 00', 'form'],
  ['en-US', 'USD', '1 000,000', 'form'],
  ['en-US', 'USD', "1 000'000", 'form'],
  ['en-US', 'USD', '0 500', 'form'],
  ['en-US', 'USD', '\u2066\u200e1,234.50\u2069', '1234.50'],
  ['fr-FR', 'EUR', '1\u202f234,50\u00a0€', '1234.50'],
  ['fr-FR', 'EUR', '1\u2009234,50', '1234.50'],
  ['ar-EG', 'EGP', '١٬٢٣٤٫٥٠', '1234.50'],
  ['ar-EG', 'EGP', '\u061c١٢٫٥٠ ج.م.\u200f', '12.50'],
  ['ar-EG', 'EGP', '1,234.50', '1234.50'],
  ['ar-EG', 'KWD', '١٢٬٥٠٠', '12500.000'],
  ['en-US', 'USD', '١٢', 'form'],
  ['mr-IN', 'INR', '१२,३४,५६७.५०', '1234567.50'],
  ['ff-Adlm-GN', 'USD', '𞥑𞥒', '12.00'],
  ['de-DE', 'JPY', '1.234', '1234'],
  ['de-DE', 'JPY', '1.23', 'decimals'],
  ['de-DE', 'EUR', '1,2345', 'decimals'],
  ['de-DE', 'EUR', '9999999999999,00', 'size'],
  ['de-DE', 'EUR', '-5', 'form'],
  ['de-DE', 'EUR', '−5,00 €', 'form'],
  ['de-DE', 'EUR', '(5)', 'form'],
])('%s %s "%s" is %s', (locale, currency, typed, expected) => {
  expect(read(locale, currency, typed)).toBe(expected)
})

test('a reading that was chosen decides between two, and changes nothing where there is one', () => {
  expect(read('fr-FR', 'TND', '12,500', { reading: 'point' })).toBe('12500.000')
  expect(read('fr-FR', 'TND', '12,500', { reading: 'locale' })).toBe('12.500')
  expect(read('fr-FR', 'TND', '12,500', { reading: 'other' })).toBe('12500.000 | 12.500')
  expect(read('fr-FR', 'TND', '12,5', { reading: 'point' })).toBe('12.500')
  expect(read('fr-FR', 'TND', 'x', { reading: 'point' })).toBe('form')
  expect(read('de-DE', 'TND', '12.500', { filled: '12.500' })).toBe('12.500')
  expect(read('de-DE', 'TND', '12.501', { filled: '12.500' })).toBe('12.501 | 12501.000')
})
