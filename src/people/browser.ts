import { type Sentence, t } from '../words/words.ts'

/** What a browser calls itself, as people call it: 'Firefox' on 'Windows'. Null where it does not say, or is not known here. */
interface Browser {
  name: string | null
  system: string | null
}

/** In this order, because most browsers also name those whose pages they can show. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|OPT|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bVersion\/\S+ .*\bSafari\//, 'Safari'],
]

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\b(?:Macintosh|Mac OS X)\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]

/**
 * A browser as people call it, such as "Firefox on Windows", out of a User-Agent header, which anybody can write: good for recognising
 * one's own, and for nothing else.
 */
export function browserInWords(userAgent: string): Sentence {
  const { name, system } = browserOf(userAgent)
  if (name && system) return t('{browser} on {system}', { browser: name, system })
  const only = name ?? system
  return only ? t('{browser}', { browser: only }) : t('Unknown browser')
}

function browserOf(userAgent: string): Browser {
  const first = (list: typeof BROWSERS) => list.find(([mark]) => mark.test(userAgent))?.[1] ?? null
  return { name: first(BROWSERS), system: first(SYSTEMS) }
}
