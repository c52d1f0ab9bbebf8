import { CURRENCIES } from './currencies.ts'
import type { Option } from '../web/page.ts'

/** What the pages offer; any other that Intl knows can be sent by a script. */
const LOCALES =
  'bg-BG cs-CZ da-DK de-AT de-CH de-DE el-GR en-AU en-CA en-GB en-IE en-IN en-NZ en-SG en-US en-ZA es-AR es-ES es-MX et-EE fi-FI fr-BE fr-CA fr-CH fr-FR hi-IN hr-HR hu-HU id-ID it-IT ja-JP ko-KR lt-LT lv-LV ms-MY nb-NO nl-BE nl-NL pl-PL pt-BR pt-PT ro-RO sk-SK sl-SI sr-RS sv-SE th-TH tr-TR uk-UA vi-VN zh-CN zh-HK zh-TW'.split(
    ' ',
  )

/** IANA's names as Intl lists them, and the one that it leaves out. */
const TIME_ZONES: readonly string[] = [
  'UTC',
  ...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC'),
]

/** The locales to choose from, named in `language`; `current` too, even if there is no such. */
export function localeOptions(language: string, current?: string): Option[] {
  const names = new Intl.DisplayNames([language], { type: 'language', languageDisplay: 'standard' })
  return withCurrent(LOCALES, current)
    .map((value) => ({ value, label: knownLocale(value) ? (names.of(value) ?? value) : value }))
    .sort((one, other) => one.label.localeCompare(other.label, language))
}

/**
 * The locale on offer that a browser's Accept-Language (RFC 9110) asks for first: the very one, or else the first of its language in the
 * list; British English where there is none.
 */
export function guessLocale(acceptLanguage = ''): string {
  const wanted = acceptLanguage
    .split(',')
    .map((part) => {
      const [tag = '', weight] = part.trim().split(/\s*;\s*q=/)
      return { tag: tag.toLowerCase(), weight: Number(weight ?? 1) }
    })
    .filter(({ tag, weight }) => tag !== '' && weight > 0)
    .sort((one, other) => other.weight - one.weight)
  for (const { tag } of wanted) {
    const [language = ''] = tag.split('-')
    const found =
      LOCALES.find((locale) => locale.toLowerCase() === tag) ??
      (language === 'en' ? undefined : LOCALES.find((locale) => locale.startsWith(`${language}-`)))
    if (found) return found
  }
  return 'en-GB'
}

/** The time zones to choose from; `current` too, even if there is no such. */
export const timeZoneOptions = (current?: string): Option[] =>
  withCurrent(TIME_ZONES, current).map((value) => ({ value, label: value }))

/** The currencies to choose from, named in `language`; `current` too, even if there is no such. */
export function currencyOptions(language: string, current?: string): Option[] {
  // Intl lacks the name of some currency in many a language, but not in English.
  const [names, inEnglish] = [language, 'en'].map(
    (one) => new Intl.DisplayNames([one], { type: 'currency', fallback: 'none' }),
  )
  return withCurrent(CURRENCIES, current).map((value) => {
    // What was typed need not be a code at all.
    const name = /^[A-Z]{3}$/.test(value) ? (names?.of(value) ?? inEnglish?.of(value)) : undefined
    return { value, label: name ? `${value} – ${name}` : value }
  })
}

/** A language, perhaps with its script and region, in BCP 47's own spelling; null for what Intl has no formats for. */
export function knownLocale(given: string): string | null {
  try {
    const [locale = ''] = Intl.getCanonicalLocales(given)
    const isPlain = /^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?$/.test(locale)
    return isPlain && Intl.DateTimeFormat.supportedLocalesOf(locale).length > 0 ? locale : null
  } catch {
    return null
  }
}

/** ICU's abbreviations (IST, JST, PST). IANA's names without a slash are none of three letters but these. */
const ABBREVIATION = /^(?!EST$|MST$|HST$|UTC$|GMT$|UCT$|CET$|EET$|MET$|WET$|PRC$|ROC$|ROK$)[a-z]{3}$/i

/** An IANA name, older and newer ones alike, as it is written there; null for anything else, such as +02:00, or IST, which are three. */
export function knownTimeZone(given: string): string | null {
  if (ABBREVIATION.test(given) || !/^[a-z][a-z0-9_+-]*(\/[a-z0-9_+-]+){0,2}$/i.test(given)) return null
  try {
    new Intl.DateTimeFormat('en', { timeZone: given })
    return TIME_ZONES.find((name) => name.toLowerCase() === given.toLowerCase()) ?? given
  } catch {
    return null
  }
}

const withCurrent = (values: readonly string[], current: string | undefined) =>
  current && !values.includes(current) ? [...values, current] : values
