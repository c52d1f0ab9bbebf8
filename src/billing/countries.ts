import { languageOf } from '../words/words.ts'

/**
 * Every country of ISO 3166-1, by its alpha-2 code, and Kosovo by the code of its own that it has elsewhere (XK: the European Union, CLDR,
 * banks). Names come from Intl, in the reader's language.
 */
export const COUNTRIES = words(`
  AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
  CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
  GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
  KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT
  MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
  SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
  UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW`)

/**
 * Where an address without its postal code is not complete, and where everybody has one: the European Union but Ireland, its
 * neighbours, and the larger countries elsewhere. Our own selection, on the lenient side: anywhere else it may stay empty, so that
 * nobody has to make one up.
 */
export const POSTAL_CODE_COUNTRIES: ReadonlySet<string> = new Set(
  words(`
  AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IT LT LU LV MT NL PL PT RO SE SI SK AX GF GP MQ RE YT
  CH GB GG GI IM JE LI MC NO IS SM UA TR RU AU NZ BR CA CN IN JP KR MX MY SG TW US PR VI GU AS ZA`),
)

/** A country's name in the language in which a locale is spoken to; the code itself where that has no name for it. */
export function countryName(code: string, locale: string): string {
  const language = languageOf(locale)
  let names = namesIn.get(language)
  if (!names) {
    names = new Intl.DisplayNames(language, { type: 'region', fallback: 'code' })
    namesIn.set(language, names)
  }
  return names.of(code) ?? code
}

/** Intl takes longer to make them than to use them. There is one for each language that we have words in. */
const namesIn = new Map<string, Intl.DisplayNames>()

/** Every country to choose from, in the alphabet of the reader's language. */
export function countryOptions(locale: string): { value: string; label: string }[] {
  let options = made.get(locale)
  if (!options) {
    const { compare } = new Intl.Collator(languageOf(locale))
    options = COUNTRIES.map((code) => ({ value: code, label: countryName(code, locale) }))
    options.sort((a, b) => compare(a.label, b.label))
    made.set(locale, options)
  }
  return options
}

const made = new Map<string, { value: string; label: string }[]>()

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}
