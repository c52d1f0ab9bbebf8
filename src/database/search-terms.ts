import { addressIn } from '../words/email-address.ts'
import { searchFolded } from '../words/text.ts'

/**
 * What somebody searched for: all terms have to fit. A term fits in one of several ways; each way is a list of LIKE patterns for a
 * text that is kept folded, all of which have to fit.
 */
export type SearchTerms = readonly (readonly (readonly string[])[])[]

/** Fewer letters than the trigram index needs are looked for at the beginning of a word, where it knows them. */
const LETTERS_ANYWHERE = 3

/** So many words say enough; what comes after them is not looked for. */
const WORDS_MAX = 12

/** A part of a number is looked for by its digits alone from so many on. */
const DIGITS_MIN = 5

/** Blanks of every kind, and what separates words in a list. */
const BETWEEN_WORDS = /[\s\u2800,;]+/u

/** What stands around a word and does not belong to it. */
const AROUND_WORDS = /^[<>"“”„«»‹›'‘’:()[\]{}.!?]+|[<>"“”„«»‹›'‘’:()[\]{}.!?]+$/gu

/** A reference, a tax ID or their like, and what is left out where they are kept by their letters and digits alone. */
const NUMBERED = /^(?=.*\d)[\p{L}\d]+(?:[-./][\p{L}\d]+)+$/u
const SIGNS = /[-./]/g

/** What a link that dials begins with (RFC 3966), and what lists of contacts write before a number. */
const DIALS = /(?<![\p{L}\d])(?:tel|callto)\.?:/giu

/** What a telephone number is written with. */
const DIALLED = /^[+\d()/.-]*\d[\d()/.-]*$/

/** Calling codes of one digit and of two (ITU-T E.164); all others have three. */
const CALLING_CODES = /^(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/

/**
 * The terms in what was typed: each word by itself, in any order; an address, however it was pasted, as one; numbers as they are and by
 * their digits. None for nothing.
 */
export function searchTerms(typed: string): SearchTerms {
  const address = addressIn(typed)
  if (address) return [[[patternOf(searchFolded(address))]]]
  // Two numbers may begin alike.
  const words = typed
    .replaceAll(DIALS, ' ')
    .split(BETWEEN_WORDS)
    .filter((word, at, all) => word && (DIALLED.test(word) || all.indexOf(word) === at))
    .slice(0, WORDS_MAX)
  const terms = runsOf(words).flatMap((run) =>
    run.isNumber ? [waysOfNumber(run.words)] : run.words.map(waysOfWord),
  )
  const known = terms.filter((ways) => ways.length > 0)
  if (known.length > 0 || words.length === 0) return known
  // Nothing but signs: they are looked for as they stand there.
  return [[words.map((word) => `%${escapeLike(searchFolded(word))}%`)]]
}

/** The condition that a column's text fits all terms. */
export function fitsTerms(column: string, terms: SearchTerms, bind: (value: unknown) => string): string {
  const wayOf = (patterns: readonly string[]) =>
    patterns.map((pattern) => `${column} like ${bind(pattern)}`).join(' and ')
  return terms.map((ways) => `(${ways.map(wayOf).join(' or ')})`).join(' and ') || 'true'
}

/** Whether a text that was never folded fits all terms: for the few rows that are looked through here. */
export function textFits(facts: readonly string[], terms: SearchTerms): boolean {
  const kept = facts.map((fact) => ` ${searchFolded(fact)}`).join('\n')
  const fits = (pattern: string) => kept.includes(unescapeLike(pattern.slice(1, -1)))
  return terms.every((ways) => ways.some((patterns) => patterns.every(fits)))
}

/** Words that follow each other, those of a number together; a plus begins another number. */
function runsOf(words: readonly string[]) {
  const runs: { isNumber: boolean; words: string[] }[] = []
  for (const word of words) {
    const isNumber = DIALLED.test(searchFolded(word))
    const last = runs.at(-1)
    if (last?.isNumber === isNumber && !(isNumber && word.startsWith('+'))) last.words.push(word)
    else runs.push({ isNumber, words: [word] })
  }
  return runs
}

/** As typed; one with digits also without the signs in it. No way at all for a word without a letter or digit. */
function waysOfWord(word: string): string[][] {
  const folded = searchFolded(word.replaceAll(AROUND_WORDS, ''))
  if (!/[\p{L}\p{N}]/u.test(folded)) return []
  return [[patternOf(folded)], ...(NUMBERED.test(folded) ? [[patternOf(folded.replaceAll(SIGNS, ''))]] : [])]
}

/**
 * A number, or several behind each other: as typed; or as one by its digits, without the zeros before it that are dialled at home or
 * for abroad; or, where it has a calling code, without that.
 */
function waysOfNumber(words: readonly string[]): string[][] {
  const asTyped = words.flatMap((word) => waysOfWord(word)[0] ?? [])
  const typed = words.map(searchFolded).join('')
  const isFromAbroad = /^(?:\+|00)/.test(typed)
  const digits = (isFromAbroad ? typed.replace('(0)', '') : typed).replaceAll(/\D/g, '').replace(/^0+/, '')
  const byDigits = [digits, ...(isFromAbroad ? [withoutCallingCode(digits)] : [])]
  const others = byDigits.filter((one) => one.length >= DIGITS_MIN && one !== typed)
  // With a plus it is one number, whose groups are not looked for by themselves.
  const isOne = typed.startsWith('+') && others.length > 0
  const asOne = [patternOf(searchFolded(words.join(' ')))]
  return [isOne ? asOne : asTyped, ...others.map((one) => [patternOf(one)])]
}

function withoutCallingCode(digits: string): string {
  const code = CALLING_CODES.exec(digits)?.[0] ?? digits.slice(0, 3)
  return digits.slice(code.length)
}

function patternOf(folded: string): string {
  const isShort = [...folded].length < LETTERS_ANYWHERE
  return `%${isShort ? ' ' : ''}${escapeLike(folded)}%`
}

const escapeLike = (text: string) => text.replace(/[\\%_]/g, '\\$&')
const unescapeLike = (pattern: string) => pattern.replace(/\\([\\%_])/g, '$1')
