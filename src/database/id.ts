import { randomInt } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { currentTime } from './clock.ts'

/** Where counting begins in a millisecond: half of what there is room for. */
const SEQ_MAX = 2 ** 31

/** The one made last: of those of one millisecond, the later is the greater. */
let last = { ms: 0, seq: 0 }

/**
 * A UUIDv7 (RFC 9562): rows that were made later, on whichever machine, have greater ids. `at` is the time in it; by itself, now by
 * the database's clock.
 */
export function newId(at?: Date): string {
  if (at) return uuidv7({ msecs: at.getTime() })
  const ms = currentTime().getTime()
  last = ms > last.ms ? { ms, seq: randomInt(SEQ_MAX) } : { ms: last.ms, seq: last.seq + 1 }
  return uuidv7({ msecs: last.ms, seq: last.seq })
}

/** Whether this can be the id of a row, as addresses have it: in small letters. The database fails on any other text. */
export const isId = (id: unknown): id is string =>
  typeof id === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)

/** Crockford's base32: no I, L, O or U, so that a code can be read out on the phone. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A random code in Crockford's base32, 5 bits for each character. */
export function randomCode(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}
