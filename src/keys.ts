import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

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
  | 'factor-secret'
  | 'new-factor'
  | 'half-login'
  | 'trusted-browser'
  | 'passkey-challenge'

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
  /** Encrypts a text under the current key (AES-256-GCM), base64url. It opens only beside the same `about`, such as whose it is. */
  seal(purpose: KeyPurpose, text: string, about?: string): string
  /** What was sealed under the current or a former key; null for anything else. */
  open(purpose: KeyPurpose, sealed: string, about?: string): string | null
  /** Names the key for a purpose without telling it; the current one first, then the former ones. */
  namesOf(purpose: KeyPurpose): string[]
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
  // Handed over as text, a key is imported anew each time, which takes as long as the rest.
  const imported = new Map<string, KeyObject>()
  const hmac = (key: string, facts: string) => {
    const secret = imported.get(key) ?? createSecretKey(key, 'utf8')
    imported.set(key, secret)
    return createHmac('sha256', secret).update(facts).digest()
  }
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
    seal: (purpose, text, about = '') => {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, cipherKey(current(purpose)), nonce).setAAD(Buffer.from(about))
      const sealed = [cipher.update(text, 'utf8'), cipher.final()]
      return Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]).toString('base64url')
    },
    open: (purpose, sealed, about = '') => {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return null
      for (const key of all(purpose)) {
        const text = opened(bytes, cipherKey(key), about)
        if (text !== null) return text
      }
      return null
    },
    namesOf: (purpose) =>
      all(purpose).map((key) => createHash('sha256').update(key).digest('hex').slice(0, 16)),
  }
}

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

const cipherKey = (key: string) => Buffer.from(key, 'base64url')

/** Null where it was not sealed under this key, beside this. */
function opened(bytes: Buffer, key: Buffer, about: string): string | null {
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(about))
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES))
  try {
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}
