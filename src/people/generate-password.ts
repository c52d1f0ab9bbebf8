import { randomInt } from 'node:crypto'

/** Letters and digits that nobody mistakes for another when they are read out or copied by hand: no 0 O, 1 I l i, 2 Z, 5 S, 8 B. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679'
const LENGTH = 20
const GENERATED = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`)

/** What comes along unseen at the ends of a copied text: blanks, ends of lines, and Unicode's format characters (zero width, direction). */
const COPIED_ALONG = /^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu

/** A random password of twenty characters, 112 bits, from the system's randomness; every character is equally likely. */
export function generatePassword(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

/**
 * The password without what was copied along with it, where that leaves one that generatePassword() can have made. A password that
 * somebody made up stays as it was typed: its blanks may be meant.
 */
export function asGenerated(typed: string): string {
  const bare = typed.replace(COPIED_ALONG, '')
  return GENERATED.test(bare) ? bare : typed
}
