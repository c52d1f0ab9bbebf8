import { randomInt } from 'node:crypto'

/** Crockford's base32: no I, L, O or U, so that an ID survives being read out on the phone. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A random code in Crockford's base32, 5 bits for each character. */
export function randomCode(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

/** A new internal customer ID: ten characters, assigned once. 50 bits, so a clash is left to the primary key and another try. */
export const newCustomerId = () => randomCode(10)

/** Whether a text has the form of an internal customer ID, in upper case. */
export const isCustomerId = (text: string) => /^[0-9A-HJKMNP-TV-Z]{10}$/.test(text)
