import { type Formatters, IntlMessageFormat } from 'intl-messageformat'
import { english } from './catalogues/en.ts'
import { shownAddresses } from './email-address.ts'
import { isolated } from './text.ts'

/** What a sentence may hold. A list is written as its reader's language joins one: "name, phone and team". */
export type Value = string | number | bigint | Date | Sentence | readonly (string | Sentence)[]
export type Values = Record<string, Value>

/**
 * A sentence for people that is not yet in anybody's language: the English text is its key. Where one word means two things, the value
 * `context` says which, and belongs to the key: t('Charge', { context: 'verb' }).
 */
export interface Sentence {
  text: string
  values?: Values
}

/** Gives a text in one language, in ICU MessageFormat, or undefined where it has none. `context` is '' where the text means one thing. */
export type Catalogue = (text: string, context: string) => string | undefined

/** Puts a sentence into words; also takes the text and its values apart, as views like to say it. */
export type Translate = (sentence: Sentence | string, values?: Values) => string

/** The catalogues by language, or by a whole locale where one differs. English holds plurals only. */
export const catalogues = new Map<string, Catalogue>([['en', (text) => english.get(text)]])

/** Names a sentence, to be put into words where it is shown. */
export function t(text: string, values?: Values): Sentence {
  return values ? { text, values } : { text }
}

/** The translator for a locale: the locale's own catalogue, then its language's, then the English sentence itself. */
export function wordsFor(locale: string): Translate {
  const known = translators.get(locale)
  if (known) return known
  const translate = makeTranslator(locale)
  translators.set(locale, translate)
  return translate
}

/**
 * The language in which wordsFor() speaks to a locale, as a page claims it: 'en' for a locale whose language has no catalogue, though
 * its numbers and dates are written as there.
 */
export function languageOf(locale: string): string {
  return languagesOf(locale).find((language) => catalogues.has(language)) ?? 'en'
}

/** A locale and its language, the nearest first. */
const languagesOf = (locale: string) => [...new Set([locale, locale.split('-')[0] ?? 'en'])]

const translators = new Map<string, Translate>()

/** The arguments of a sentence of which nothing is formatted, with the text between them; null for any other. */
type Pieces = readonly (string | { argument: string })[] | null

/** As intl-messageformat numbers them. */
const LITERAL = 0
const ARGUMENT = 1

/** Of a page's sentences nearly all have no plural, number or date in them, and are put together here, at a tenth of what format() takes. */
function piecesOf(message: IntlMessageFormat): Pieces {
  const pieces = message.getAst().map((element) => {
    if (element.type === LITERAL) return element.value
    return element.type === ARGUMENT ? { argument: element.value } : null
  })
  return pieces.every((piece) => piece !== null) ? pieces : null
}

function makeTranslator(locale: string): Translate {
  const messages = new Map<string, { message: IntlMessageFormat; pieces: Pieces }>()
  const list = new Intl.ListFormat(languageOf(locale), { type: 'conjunction' })

  const messageFor = (text: string, context: string) => {
    const key = context ? `${text}\0${context}` : text
    let known = messages.get(key)
    if (!known) {
      const [language, words] = wordsIn(locale, text, context)
      const message = new IntlMessageFormat(words, locale, undefined, {
        ignoreTag: true,
        formatters: formattersFor(language),
      })
      known = { message, pieces: piecesOf(message) }
      messages.set(key, known)
    }
    return known
  }

  const translate: Translate = (sentence, values) => {
    const text = typeof sentence === 'string' ? sentence : sentence.text
    const given = typeof sentence === 'string' ? values : sentence.values
    const context = typeof given?.context === 'string' ? given.context : ''
    const { message, pieces } = messageFor(text, context)
    return (pieces && joined(pieces, given)) ?? String(message.format(given && inWords(given)))
  }

  /** The pieces with what is given; null where that is not all, or no text. */
  const joined = (pieces: readonly (string | { argument: string })[], given: Values = {}) => {
    let all = ''
    for (const piece of pieces) {
      const value = typeof piece === 'string' ? null : given[piece.argument]
      const part = value === null ? piece : value !== undefined && valueInWords(value)
      if (typeof part !== 'string') return null
      all += part
    }
    return all
  }

  const inWords = (values: Values) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, valueInWords(value)]))

  const valueInWords = (value: Value): string | number | bigint | Date => {
    if (isList(value)) return list.format(value.map(textInWords))
    return typeof value === 'string' || isSentence(value) ? textInWords(value) : value
  }

  // A sentence of ours needs no isolation: what people wrote is isolated in it.
  const textInWords = (text: string | Sentence) =>
    isSentence(text) ? translate(text) : isolated(shownAddresses(text))

  return translate
}

/** A text in the language nearest to a locale that has it, and which one that is. */
function wordsIn(locale: string, text: string, context: string): [language: string, words: string] {
  for (const language of languagesOf(locale)) {
    const words = catalogues.get(language)?.(text, context)
    if (words !== undefined) return [language, words]
  }
  return ['en', english.get(text) ?? text]
}

/**
 * Numbers are written as the page's locale does; which plural they take is the grammar of the words. A sentence asks for its formats
 * each time that it is said, and Intl takes longer to make one than to use it.
 */
const formattersFor = (language: string): Formatters => ({
  getNumberFormat: kept((locales, options) => new Intl.NumberFormat(locales, options)),
  getDateTimeFormat: kept((locales, options) => new Intl.DateTimeFormat(locales, options)),
  getPluralRules: kept((_locales, options) => new Intl.PluralRules(language, options)),
})

/** Gives the same format for the same options. There are few: they stand in our sentences. */
function kept<Locales, Options, Format>(
  make: (locales?: Locales, options?: Options) => Format,
): (locales?: Locales, options?: Options) => Format {
  const made = new Map<string, Format>()
  return (locales, options) => {
    const key = JSON.stringify([locales, options])
    const format = made.get(key) ?? make(locales, options)
    made.set(key, format)
    return format
  }
}

function isSentence(value: Value): value is Sentence {
  return typeof value === 'object' && 'text' in value
}

function isList(value: Value): value is readonly (string | Sentence)[] {
  return Array.isArray(value)
}
