// @ts-check
// How an amount of money is written and read. It imports nothing, so that the server and the preview in the browser run these same lines.

/** @typedef {{ locale: string, currency: string, currencyScale: number }} AmountSettings Scale: how many decimals the currency has. */
/** @typedef {'point' | 'locale'} Reading A point before the decimals and commas between thousands; or as the locale writes it. */
/** @typedef {'form' | 'decimals' | 'size'} Unreadable Why a text is no amount. */
/** @typedef {{ minor: bigint } | { problem: Unreadable }} Read Minor units. */
/** @typedef {Read | { readings: Record<Reading, bigint> }} Amount */
/** @typedef {{ digits: Map<string, string>, whole: RegExp, signs: string[] }} Marks */

/** No amount has more digits than this before its decimals, so that sums stay far from what a bigint of the database holds. */
const WHOLE_DIGITS_MAX = 12

const SPACES = '\\s'
const APOSTROPHES = "'’"
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
// No comma after a leading zero: "0,500" is half a dinar to some, and five hundred to nobody.
const WITH_POINT = /^(\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.(\d+))?$/

/** Minor units as a plain decimal with a point, as files and forms have it: 1234.50
 * @param {bigint} minor @param {number} scale */
export function plainAmount(minor, scale) {
  const sign = minor < 0n ? '-' : ''
  const digits = (minor < 0n ? -minor : minor).toString().padStart(scale + 1, '0')
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/**
 * What writes minor units as a page does, without the currency: 1,234.50. Intl reads a decimal string exactly, so no amount passes
 * through a float.
 * @param {Omit<AmountSettings, 'currency'>} settings @param {Intl.NumberFormatOptions} [options]
 * @returns {(minor: bigint) => string}
 */
export function amountWriter({ locale, currencyScale: scale }, options) {
  const digits = { minimumFractionDigits: scale, maximumFractionDigits: scale }
  const format = new Intl.NumberFormat(locale, { ...digits, ...options })
  /** @param {bigint} minor */
  const write = (minor) => format.format(/** @type {Intl.StringNumericLiteral} */ (plainAmount(minor, scale)))
  // Of the months of a customer's page most sums are zero.
  const zero = write(0n)
  return (minor) => (minor === 0n ? zero : write(minor))
}

/** With its currency: 1,234.50 USD
 * @param {string} amount @param {string} currency */
export const withCurrency = (amount, currency) => `${amount}\u00a0${currency}`

/**
 * Reads an amount as files and programs write it: digits, and a point before the decimals. Gives minor units.
 * @param {string} typed @param {number} scale @returns {Read}
 */
export function readPlainAmount(typed, scale) {
  return asRead(minorOf(/^(\d+)(?:\.(\d+))?$/.exec(typed), scale))
}

/**
 * Reads an amount as people type it: with a point before the decimals and commas between thousands, and as the locale writes it (its
 * digits, grouping and decimal mark), in which spaces and apostrophes may stand between thousands too. Around it may stand the currency's
 * code or sign, before or behind. Where both readings fit and differ, both are given, unless `reading` chooses. A text that is still what
 * the page had filled in is read as the page wrote it.
 * @param {string} typed @param {AmountSettings} settings @param {{ reading?: unknown, filled?: unknown }} [sent]
 * @returns {Amount}
 */
export function readAmount(typed, settings, { reading, filled } = {}) {
  const { currencyScale: scale } = settings
  if (typed === filled) return readPlainAmount(typed, scale)
  const { digits, whole, signs } = marksOf(settings)
  const text = withoutSign(withoutDirection(typed).trim(), signs)
  const bare = [...text].map((character) => digits.get(character) ?? character).join('')
  const point = minorOf(WITH_POINT.exec(bare), scale)
  const locale = minorOf(whole.exec(bare), scale)
  if (typeof point !== 'bigint' && typeof locale !== 'bigint')
    return { problem: point === 'form' ? locale : point }
  if (typeof locale !== 'bigint' || point === locale) return asRead(point)
  if (typeof point !== 'bigint') return asRead(locale)
  if (reading === 'point' || reading === 'locale') return asRead(reading === 'point' ? point : locale)
  return { readings: { point, locale } }
}

/** @param {bigint | Unreadable} read @returns {Read} */
const asRead = (read) => (typeof read === 'bigint' ? { minor: read } : { problem: read })

/**
 * A text without the marks that turn its direction, which come along when it is copied from a page. What is no text stays as it is.
 * @template Value @param {Value} typed @returns {Value}
 */
export const withoutDirection = (typed) =>
  typeof typed === 'string' ? /** @type {Value} */ (typed.replace(DIRECTION_MARKS, '')) : typed

/** @param {RegExpExecArray | null} match whole and decimals @param {number} scale @returns {bigint | Unreadable} */
function minorOf(match, scale) {
  if (!match) return 'form'
  const whole = (match[1] ?? '').replace(/\D/g, '').replace(/^0+(?=\d)/, '')
  const decimals = match[2] ?? ''
  if (decimals.length > scale) return 'decimals'
  if (whole.length > WHOLE_DIGITS_MAX) return 'size'
  return BigInt(whole + decimals.padEnd(scale, '0'))
}

/** @param {string} text @param {string[]} signs */
function withoutSign(text, signs) {
  const small = text.toLowerCase()
  // A letter that grows when it is made small would move what is cut off.
  if (small.length !== text.length) return text
  for (const sign of signs) {
    if (small.startsWith(sign)) return text.slice(sign.length).trimStart()
    if (small.endsWith(sign)) return text.slice(0, -sign.length).trimEnd()
  }
  return text
}

/** @type {Map<string, Marks>} */
const known = new Map()

/** @param {AmountSettings} settings */
function marksOf({ locale, currency }) {
  const key = `${locale} ${currency}`
  const marks = known.get(key) ?? makeMarks(locale, currency)
  known.set(key, marks)
  return marks
}

/**
 * What Intl writes in a locale: its digits, what stands between thousands and before decimals, and how the currency is named.
 * @param {string} locale @param {string} currency @returns {Marks}
 */
function makeMarks(locale, currency) {
  const digits = { minimumFractionDigits: 1 }
  const plain = new Intl.NumberFormat(locale, digits).formatToParts(1234567890123)
  // Some locales write sums of money otherwise than numbers (de-AT, fr-CH). The pages write them as numbers, so those come first.
  const money = new Intl.NumberFormat(locale, { ...digits, style: 'currency', currency }).formatToParts(
    1234567890123,
  )
  /** @param {Intl.NumberFormatPart[]} parts @param {string} type */
  const found = (parts, type) => parts.filter((part) => part.type === type).map(({ value }) => value)
  const group = found(plain, 'group').at(0) ?? ''
  const decimal = found(plain, 'decimal').at(0) ?? ''
  const groups = new Set([group, ...found(money, 'group').filter((mark) => mark !== decimal)])
  const decimals = new Set([decimal, ...found(money, 'decimal').filter((mark) => mark !== group)])
  const lengths = found(plain, 'integer').map((digits) => [...digits].length)
  const between = [...groups].filter((mark) => mark && !/^[\s'’]$/.test(mark)).map(classOf)
  const grouped = [...between, `[${SPACES}]`, `[${APOSTROPHES}]`].flatMap((mark) => [
    groupedBy(mark, 3, 3),
    groupedBy(mark, lengths.at(-1) ?? 3, lengths.at(-2) ?? 3),
  ])
  const fraction = [...decimals].filter((mark) => mark).map(classOf)
  return {
    digits: digitsOf(locale),
    whole: new RegExp(`^(\\d+|${[...new Set(grouped)].join('|')})(?:(?:${fraction.join('|')})(\\d+))?$`),
    signs: signsOf(locale, currency),
  }
}

/** @param {string} mark */
const classOf = (mark) => mark.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Digits in groups, of which the last has `primary` and the others `secondary`; a zero does not open one.
 * @param {string} mark @param {number} primary @param {number} secondary */
const groupedBy = (mark, primary, secondary) =>
  `[1-9]\\d{0,${secondary - 1}}(?:${mark}\\d{${secondary}})*${mark}\\d{${primary}}`

/** @param {string} locale */
function digitsOf(locale) {
  const format = new Intl.NumberFormat(locale, { useGrouping: false })
  return new Map(Array.from({ length: 10 }, (_, digit) => [format.format(digit), String(digit)]))
}

/** The longest first, in small letters: a$ before $. @param {string} locale @param {string} currency */
function signsOf(locale, currency) {
  const displays = /** @type {const} */ (['code', 'symbol', 'narrowSymbol'])
  const signs = displays.map((currencyDisplay) => {
    const parts = new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      currencyDisplay,
    }).formatToParts(1)
    return parts.find(({ type }) => type === 'currency')?.value ?? ''
  })
  return [currency, ...signs]
    .map((sign) => sign.replace(DIRECTION_MARKS, '').trim().toLowerCase())
    .filter((sign) => sign !== '' && !/\d/.test(sign))
    .sort((one, other) => other.length - one.length)
}
