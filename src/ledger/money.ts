import { z } from 'zod'
import type { ResellerFacts } from '../sessions/actor.ts'
import { UNUSABLE, hiddenValue, text } from '../web/form.ts'
import { plainAmount } from '../web/format.ts'

/** No amount is larger than this many digits before the decimal point, so that sums stay far from what a bigint holds. */
const WHOLE_DIGITS_MAX = 12

export type Money = Pick<ResellerFacts, 'currency' | 'currencyScale'>

/** Makes a form's schema once for each currency: making one costs more than reading a form with it. */
export function perCurrency<Schema>(make: (money: Money) => Schema): (money: Money) => Schema {
  const made = new Map<string, Schema>()
  return (money) => {
    const { currency, currencyScale } = money
    const name = `${currency} ${currencyScale}`
    const schema = made.get(name) ?? make({ currency, currencyScale })
    made.set(name, schema)
    return schema
  }
}

/** Why a text is no amount: each has a sentence at the field. */
type Unreadable = 'form' | 'decimals' | 'size'

/**
 * Reads an amount as design 3 has it: digits, commas only where thousands belong, a point before the decimals, at most as many
 * decimals as the currency has. Nothing else is guessed at. Minor units.
 */
function readAmount(typed: string, scale: number): bigint | Unreadable {
  // No comma after a leading zero: "0,500" is half a dinar to some, and five hundred to nobody.
  const match = /^(\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.(\d+))?$/.exec(typed)
  if (!match) return 'form'
  const whole = (match[1] as string).replaceAll(',', '').replace(/^0+(?=\d)/, '')
  const decimals = match[2] ?? ''
  if (decimals.length > scale) return 'decimals'
  if (whole.length > WHOLE_DIGITS_MAX) return 'size'
  return BigInt(whole + decimals.padEnd(scale, '0'))
}

/** A field for an amount in the reseller's currency; `zero` says whether nothing at all is an amount too. Gives minor units. */
export function amountField(money: Money, { zero = false } = {}) {
  return text({ max: 60, min: 1 }).transform((typed, context) => amountOf(typed, money, zero, context))
}

/** As amountField(), or undefined where nothing was typed. Nothing at all is an amount too. */
export function optionalAmountField(money: Money) {
  return text({ max: 60 })
    .default('')
    .transform((typed, context) => (typed === '' ? undefined : amountOf(typed, money, true, context)))
}

function amountOf(
  typed: string,
  { currency, currencyScale: scale }: Money,
  zero: boolean,
  context: z.core.$RefinementCtx,
): bigint {
  const amount = readAmount(typed, scale)
  const params = { example: exampleAmount({ currencyScale: scale }), currency, scale }
  const complain = (message: string) => {
    context.addIssue({ code: 'custom', message, params })
    return z.NEVER
  }
  if (amount === 'form')
    return complain('Enter an amount such as {example}: digits, and a point before the decimals.')
  if (amount === 'decimals' && scale === 0)
    return complain('{currency} has no decimals. Enter a whole amount.')
  if (amount === 'decimals')
    return complain('{currency} has at most {scale, plural, one {# decimal} other {# decimals}}.')
  if (amount === 'size') return complain('This amount is too large to be booked.')
  if (amount === 0n && !zero) return complain('Enter an amount above zero.')
  return amount
}

/** As amountField(), or null where it is left empty or is not sent. */
export function optionalAmount(money: Money, { zero = false } = {}) {
  return z.preprocess(
    (typed) => (typed === undefined || (typeof typed === 'string' && typed.trim() === '') ? null : typed),
    amountField(money, { zero }).nullable(),
  )
}

/** An amount that a page put into a hidden field, such as what it showed. Gives minor units. */
export function hiddenAmount({ currencyScale: scale }: Pick<Money, 'currencyScale'>) {
  return hiddenValue(/^[\d.,]{1,40}$/).transform((given, context): bigint => {
    const amount = readAmount(given, scale)
    if (typeof amount === 'bigint') return amount
    context.addIssue({ code: 'custom', message: UNUSABLE })
    return z.NEVER
  })
}

/** The example that stands at an amount's field: 1234.50 */
export const exampleAmount = ({ currencyScale: scale }: Pick<Money, 'currencyScale'>) =>
  plainAmount(scale === 0 ? 1234n : 12345n * 10n ** BigInt(scale - 1), scale)
