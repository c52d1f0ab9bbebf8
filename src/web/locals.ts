import type { Response } from 'express'
import { currentTime } from '../database/clock.ts'
import { type Formats, type FormatSettings, formatsFor } from '../words/format.ts'
import { languageOf, type Translate, wordsFor } from '../words/words.ts'
import { lastMonths, periodPresets } from './periods.ts'

/** Pages before login speak English and show times in UTC. */
export const NOBODY: FormatSettings = { locale: 'en', timeZone: 'UTC', currency: 'USD', currencyScale: 2 }

/** What views write texts, amounts and times with: the formats by their names, and what goes with them. */
export interface SpokenLocals extends Formats {
  t: Translate
  /** BCP 47, of the texts. */
  language: string
  formats: Formats
  formatSettings: FormatSettings
  periodPresets: () => ReturnType<typeof periodPresets>
  lastMonths: (count: number) => ReturnType<typeof lastMonths>
}

/** Makes a page speak for a reseller that nobody is logged in to: its name, its language. */
export function speakFor(res: Response, reseller: FormatSettings & { name: string }) {
  speakAs(res, reseller)
  res.locals.houseName = reseller.name
}

/** Dresses a page outside the console as the console, because customers come there before they log in. */
export function dressForCustomers(res: Response) {
  res.locals.site = 'console'
}

/** Sets the language and the formats of the page: a reseller's, once one is known. */
export function speakAs(res: Response, settings: FormatSettings) {
  const formats = formatsFor(settings)
  // Not named `settings`: that is where Express tells EJS where the views are.
  Object.assign(res.locals, {
    t: wordsFor(settings.locale),
    language: languageOf(settings.locale),
    formatSettings: settings,
    ...formats,
    formats,
    periodPresets: () => periodPresets(currentTime(), settings),
    lastMonths: (count) => lastMonths(count, currentTime(), settings),
  } satisfies SpokenLocals)
}
