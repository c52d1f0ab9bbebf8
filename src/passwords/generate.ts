import { randomInt } from 'node:crypto'

/** Letters and digits that nobody mistakes for another when they are read out or copied by hand: no 0 O, 1 I l i, 2 Z, 5 S, 8 B. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679'
const LENGTH = 20

/** A random password of twenty characters, 112 bits, from the system's randomness; every character is equally likely. */
export function generatePassword(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}
