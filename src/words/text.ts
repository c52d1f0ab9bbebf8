import { phrase } from './phrase.ts'

/**
 * What people type, as it may be kept. Characters that nobody sees, or that turn the direction of what stands around them, make blank
 * names, tags that all read "Gold" and buttons that read backwards: one rule for every field, file and command. Direction marks
 * (U+200E, U+200F, U+061C) stay: they turn nothing outside of their own text, and Intl writes them into amounts.
 */

/**
 * Soft hyphen, zero width space, word joiner, byte order mark and what stands for a picture (U+FFFC) come along when text is copied, and
 * nobody means them.
 */
const UNMEANT = /[\u00ad\u200b\u2060\ufeff\ufffc]/g

/**
 * A joiner or non-joiner belongs between letters or emoji, and after the mark that it shapes, as Malayalam ends words (The Unicode
 * Standard, 12.9); elsewhere it does nothing.
 */
const IDLE_JOINERS =
  /(?<![\p{L}\p{M}\p{N}\p{S}\u200c\u200d])[\u200c\u200d]+|(?<![\p{M}\u200c\u200d])[\u200c\u200d]+(?![\p{L}\p{M}\p{N}\p{S}\u200c\u200d])/gu

/** Embeddings, overrides and isolates: they turn what comes after them, also beyond their own text. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/

/** Every control character but the end of a line, and those around annotations, which browsers do not show either. */
const CONTROL = /[^\P{Cc}\n]|[\ufff9-\ufffb]/u

/** What is made to be blank: braille, hieroglyph and note without ink. Whatever else shows nothing, Unicode says so itself. */
const BLANK = '\\u2800\\u{13441}\\u{13442}\\u{1D159}'

/** Default_Ignorable_Code_Point: shows nothing and takes no room, such as joiners, selectors, fillers, tags and direction marks. */
const IGNORABLE = /\p{DI}/gu

/** A letter, digit, sign or symbol that can be seen by itself. */
const VISIBLE = new RegExp(`(?![\\p{DI}${BLANK}])[\\p{L}\\p{N}\\p{P}\\p{S}]`, 'u')

const BLANKS = new RegExp(`[\\s${BLANK}]+`, 'gu')

/** The text without what nobody means and without blanks around it; lines end with \n, and a tab, which tables bring along, is a blank. */
export function tidied(text: string): string {
  return text
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replaceAll('\t', ' ')
    .replace(UNMEANT, '')
    .replace(IDLE_JOINERS, '')
    .trim()
}

/** What is wrong with a tidied text, in words and with their values; null where it may be kept. */
export function faultIn(text: string): { message: string; params?: { code: string } } | null {
  const turning = TURNING.exec(text)
  if (turning) {
    const message = phrase(
      'This contains an invisible character that changes the direction of text ({code}). Delete all of it and type it again.',
    )
    return { message, params: { code: codeOf(turning[0]) } }
  }
  const control = CONTROL.exec(text)
  if (control) {
    const message = phrase('This contains a control character ({code}). Delete all of it and type it again.')
    return { message, params: { code: codeOf(control[0]) } }
  }
  if (text !== '' && !VISIBLE.test(text)) {
    return {
      message: phrase('This contains no visible characters. Enter some text, or leave it empty.'),
    }
  }
  return null
}

const codeOf = (character: string) =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** Hebrew, Arabic and their kin, and what turns the direction without being a letter. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/**
 * The text as it may stand within a sentence of ours, which goes on in its own direction behind it: between U+2068 and U+2069 where
 * it holds what could turn that (UAX 9, 6.3), as it is otherwise. In HTML, <bdi> does the same around a text by itself.
 */
export function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text.replace(/[\u2066-\u2069]/g, '')}\u2069` : text
}

/**
 * What two names are compared by: without case, compatibility forms (NFKC), what cannot be seen, and how wide the blanks are. The
 * database does the same to external references (folded_name(), see prisma/migrations).
 */
export function comparable(name: string): string {
  return (
    name
      .replace(IGNORABLE, '')
      .normalize('NFKC')
      .toLowerCase()
      // What lower case leaves apart and case folding does not.
      .replaceAll('ß', 'ss')
      .replaceAll('ς', 'σ')
      .replace(BLANKS, ' ')
      .trim()
      .normalize('NFC')
  )
}

/** Letters that neither decompose nor have a lower case that does, as they are typed without their keyboard; and one kind of dash. */
const PLAIN: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th', ø: 'o', ł: 'l', đ: 'd', ı: 'i', ð: 'd', ħ: 'h', ŧ: 't', ς: 'σ' },
  ...{ '‐': '-', '‒': '-', '–': '-', '—': '-', '―': '-', '−': '-' },
}
const NOT_PLAIN = new RegExp(`[${Object.keys(PLAIN).join('')}]`, 'gu')

const APOSTROPHES = /['`‘’‛ʻʼ′]/g

/** Chinese and Japanese set no blanks between words: there each character is one. */
const WITHOUT_BLANKS =
  /[\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]/gu

/**
 * What is searched, and what is searched for, as the two are compared: without accents (NFKD and no marks), case, width, apostrophes, and
 * what cannot be seen; ß, ø, ł and their like as plain letters; dashes and blanks of one kind. The database does the same to what it keeps
 * to be searched (search_folded(), see prisma/migrations).
 */
export function searchFolded(text: string): string {
  return text
    .replace(IGNORABLE, '')
    .replaceAll('´', '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(NOT_PLAIN, (letter) => PLAIN[letter] ?? letter)
    .replace(APOSTROPHES, '')
    .replace(WITHOUT_BLANKS, ' $& ')
    .replace(BLANKS, ' ')
    .trim()
}
