import { IntlMessageFormat } from 'intl-messageformat'
import { english } from './catalogues/en.ts'
import { shownAddresses } from './email-address.ts'
import { isolated } from './text.ts'

/** What a sentence may hold. A list is written as its reader's language joins one: "name, phone and team". */
export type Value = string | number | bigint | Date | Sentence | readonly (string | Sentence)[]
export type Values = Record<string, Value>

/** A sentence for people that is not yet in anybody's language: the English text is its key. */
export interface Sentence {
  text: string
  values?: Values
}

/** Puts a sentence into words; also takes the text and its values apart, as views like to say it. */
export type Translate = (sentence: Sentence | string, values?: Values) => string

/**
 * English text to text in another language, in ICU MessageFormat; by language, or by a whole locale where one differs. English holds
 * plurals only.
 */
export const catalogues = new Map<string, (text: string) => string | undefined>([
  ['en', (text) => english.get(text)],
])

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

const translators = new Map<string, Translate>()

function makeTranslator(locale: string): Translate {
  const language = locale.split('-')[0] ?? 'en'
  const messages = new Map<string, IntlMessageFormat>()
  const list = new Intl.ListFormat(locale, { type: 'conjunction' })

  const messageFor = (text: string) => {
    let message = messages.get(text)
    if (!message) {
      const words =
        catalogues.get(locale)?.(text) ?? catalogues.get(language)?.(text) ?? english.get(text) ?? text
      message = new IntlMessageFormat(words, locale, undefined, { ignoreTag: true })
      messages.set(text, message)
    }
    return message
  }

  const translate: Translate = (sentence, values) => {
    const text = typeof sentence === 'string' ? sentence : sentence.text
    const given = typeof sentence === 'string' ? values : sentence.values
    return String(messageFor(text).format(given && inWords(given)))
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

function isSentence(value: Value): value is Sentence {
  return typeof value === 'object' && 'text' in value
}

function isList(value: Value): value is readonly (string | Sentence)[] {
  return Array.isArray(value)
}
