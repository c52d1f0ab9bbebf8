import { z } from 'zod'
import {
  type Amount,
  plainAmount,
  readAmount,
  readPlainAmount,
  withoutDirection,
} from '../../public/amounts.js'
import type { ResellerFacts } from '../people/actor.ts'
import { UNUSABLE, hiddenValue, readWithin, text } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'

/** In what amounts are, and how its people write them. */
export type Money = Pick<ResellerFacts, 'currency' | 'currencyScale' | 'locale'>

/** Makes a form's schema once for each currency and locale: making one costs more than reading a form with it. */
export function perCurrency<Schema>(make: (money: Money) => Schema): (money: Money) => Schema {
  const made = new Map<string, Schema>()
  return (money) => {
    const { currency, currencyScale, locale } = money
    const name = `${locale} ${currency} ${currencyScale}`
    const schema = made.get(name) ?? make({ currency, currencyScale, locale })
    made.set(name, schema)
    return schema
  }
}

/** An amount's field with what came beside it: see withAmounts(). */
class SentAmount {
  readonly typed: unknown
  readonly reading: unknown
  readonly filled: unknown

  constructor(typed: unknown, reading: unknown, filled: unknown) {
    this.typed = typed
    this.reading = reading
    this.filled = filled
  }
}

/**
 * A form in which these fields are amounts. Beside each may be sent NAMEReading, which says how a text that can be two amounts is meant
 * (`point` or `locale`), and NAMEFilled, what the page had filled in: where that is unchanged it is read as the page wrote it.
 */
export const withAmounts = <Schema extends z.ZodType>(names: readonly string[], schema: Schema) =>
  z.preprocess((body) => {
    if (typeof body !== 'object' || body === null) return body
    const sent = body as Readonly<Record<string, unknown>>
    const amounts = names
      .filter((name) => sent[name] !== undefined)
      .map((name) => [name, new SentAmount(sent[name], sent[`${name}Reading`], sent[`${name}Filled`])])
    return { ...sent, ...Object.fromEntries(amounts) }
  }, schema)

/** These values as a page fills them in, each with what says so: see withAmounts(). */
export const filledIn = (amounts: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(amounts).flatMap(([name, value]) => [
      [name, value],
      [`${name}Filled`, value],
    ]),
  )

interface Allowed<Blank> {
  /** Nothing at all is an amount too. */
  zero?: boolean
  /** What it is where nothing was typed or sent; without this, something has to be. */
  blank?: Blank
}

const typedAmount = text({ max: 60, min: 1 })

/**
 * A field for an amount in the reseller's currency, in a form withAmounts(). Gives minor units; complains about a text that can be two
 * different amounts, unless the form says which.
 */
export function amountField<Blank = never>(money: Money, allowed: Allowed<Blank> = {}) {
  return z.transform((given: unknown, context): bigint | Blank => {
    const sent = given instanceof SentAmount ? given : new SentAmount(given, undefined, undefined)
    if ('blank' in allowed && isBlank(sent.typed)) return allowed.blank as Blank
    const line = readWithin(typedAmount, withoutDirection(sent.typed), context)
    if (!line) return z.NEVER
    return amountOrComplaint(readAmount(line.value, money, sent), money, allowed, context)
  })
}

/** An amount as files and programs write it: digits, and a point before the decimals. Gives minor units, above zero. */
export function plainAmountField(money: Money) {
  return typedAmount.transform((typed, context) =>
    amountOrComplaint(readPlainAmount(typed, money.currencyScale), money, {}, context),
  )
}

const isBlank = (typed: unknown) => typed === undefined || (typeof typed === 'string' && typed.trim() === '')

function amountOrComplaint(
  read: Amount,
  { currency, currencyScale: scale }: Money,
  { zero }: Allowed<unknown>,
  context: z.core.$RefinementCtx,
): bigint {
  if ('minor' in read && (zero || read.minor > 0n)) return read.minor
  const params = { example: exampleAmount({ currencyScale: scale }), currency, scale }
  context.addIssue({ code: 'custom', message: complaintAbout(read, scale), params })
  return z.NEVER
}

function complaintAbout(read: Amount, scale: number): string {
  if ('minor' in read) return phrase('Enter an amount above zero.')
  if ('readings' in read) return phrase('This could mean two amounts. Choose the one you mean.')
  if (read.problem === 'size') return phrase('This amount is too large to post.')
  if (read.problem === 'form')
    return phrase('Enter an amount such as {example}, with a point before the decimals.')
  return scale === 0
    ? phrase('{currency} has no decimals. Enter a whole amount.')
    : phrase('{currency} has at most {scale, plural, one {# decimal} other {# decimals}}.')
}

/** An amount that a page put into a hidden field, such as what it showed. Gives minor units. */
export function hiddenAmount({ currencyScale: scale }: Pick<Money, 'currencyScale'>) {
  return hiddenValue(/^[\d.]{1,40}$/).transform((given, context): bigint => {
    const read = readPlainAmount(given, scale)
    if ('minor' in read) return read.minor
    context.addIssue({ code: 'custom', message: UNUSABLE })
    return z.NEVER
  })
}

/** The example at an amount's field: 1234.50 */
export const exampleAmount = ({ currencyScale: scale }: Pick<Money, 'currencyScale'>) =>
  plainAmount(scale === 0 ? 1234n : 12345n * 10n ** BigInt(scale - 1), scale)
