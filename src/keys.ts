import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** What a key derived from the application's key is for; one purpose can never stand in for another. */
export type KeyPurpose =
  | 'csrf'
  | 'cookie'
  | 'one-time-link'
  | 'invite'
  | 'setup'
  | 'device'
  | 'throttle'
  | 'login-choice'
  | 'typed-form'
  | 'shown-mail'

/** Every secret that Purser makes up, derived from APP_KEY; the former keys still verify while they are listed. */
export interface Keys {
  /** The current key for a purpose, base64url. */
  current(purpose: KeyPurpose): string
  /** The current one first, then the former ones. */
  all(purpose: KeyPurpose): string[]
  /** An HMAC-SHA-256 of `facts` under the current key, base64url. */
  sign(purpose: KeyPurpose, facts: string): string
  /** Whether `signature` was made from `facts` under the current or a former key; in constant time. */
  verify(purpose: KeyPurpose, facts: string, signature: string): boolean
}

/** Names an application's key without telling it: 16 bytes of HKDF-SHA-256 (RFC 5869), in hexadecimal. */
export function keyFingerprintOf(appKey: Buffer): string {
  return Buffer.from(hkdfSync('sha256', appKey, '', 'purser fingerprint', 16)).toString('hex')
}

/** Derives keys by HKDF-SHA-256 (RFC 5869) from the application's key and the former ones, 32 bytes each. */
export function deriveKeys(appKey: Buffer, formerKeys: readonly Buffer[] = []): Keys {
  const cache = new Map<KeyPurpose, string[]>()
  const all = (purpose: KeyPurpose) => {
    let keys = cache.get(purpose)
    if (!keys) {
      keys = [appKey, ...formerKeys].map((key) =>
        Buffer.from(hkdfSync('sha256', key, '', `purser ${purpose}`, 32)).toString('base64url'),
      )
      cache.set(purpose, keys)
    }
    return keys
  }
  const current = (purpose: KeyPurpose) => all(purpose)[0] as string
  const hmac = (key: string, facts: string) => createHmac('sha256', key).update(facts).digest()
  return {
    current,
    all,
    sign: (purpose, facts) => hmac(current(purpose), facts).toString('base64url'),
    verify: (purpose, facts, signature) => {
      // As text: of its last character, decoding would drop two bits, and a signature could be written in four ways.
      const given = Buffer.from(signature)
      return all(purpose).some((key) => {
        const expected = Buffer.from(hmac(key, facts).toString('base64url'))
        return given.length === expected.length && timingSafeEqual(given, expected)
      })
    },
  }
}
