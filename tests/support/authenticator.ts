import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { Answer } from './visit.ts'

/** A value of CBOR (RFC 8949), as far as WebAuthn needs it. */
type Cbor = number | string | Uint8Array | Map<number | string, Cbor>

const head = (major: number, value: number): Buffer => {
  const kind = major << 5
  if (value < 24) return Buffer.from([kind | value])
  if (value < 256) return Buffer.from([kind | 24, value])
  return Buffer.from([kind | 25, value >> 8, value & 255])
}

function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  const pairs = [...value].flatMap(([name, one]) => [cbor(name), cbor(one)])
  return Buffer.concat([head(5, value.size), ...pairs])
}

const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest()

/** A passkey in it. */
interface Credential {
  id: Buffer
  key: KeyObject
  rpId: string
  userHandle: string
  counter: number
}

/** What is done otherwise than a browser and an authenticator would. */
export interface Tricks {
  origin?: string
  rpId?: string
  challenge?: string
  type?: string
  crossOrigin?: boolean
  counter?: number
  userHandle?: string
  /** False: nobody was there; nobody was verified. */
  isPresent?: boolean
  isVerified?: boolean
  /** Another passkey's name over the signature of this one. */
  id?: string
  algorithm?: number
}

interface Options {
  challenge: string
  rpId?: string
  rp?: { id: string }
  user?: { id: string }
  excludeCredentials?: { id: string }[]
  allowCredentials?: unknown[]
}

/** What a page asks a browser's passkeys for, and the sealed challenge beside it. */
export function askedOn({ html, status }: Answer): { options: Options; challenge: string } {
  const button = html.querySelector('button[data-passkey]')
  const options = button?.getAttribute('data-options')
  if (!options) throw new Error(`The page (${status}) asks for no passkey.`)
  const challenge = button?.closest('form')?.querySelector('[name="challenge"]')?.getAttribute('value') ?? ''
  return { options: JSON.parse(options) as Options, challenge }
}

/** A browser with an authenticator, in software: ES256, discoverable, with a counter. */
export class Authenticator {
  readonly credentials: Credential[] = []
  /** Adds to the counter with each use; 0 for one that has none, as those of password managers. */
  readonly step: number
  readonly origin: string

  constructor(origin: string, { step = 1 } = {}) {
    this.origin = origin
    this.step = step
  }

  /** Makes a passkey for what the page asks: the fields of its form. */
  create(page: Answer, tricks: Tricks = {}): { passkey: string; challenge: string } {
    const { options, challenge } = askedOn(page)
    const { publicKey, privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
    const id = randomBytes(16)
    const rpId = options.rp?.id ?? ''
    this.credentials.push({ id, key, rpId, userHandle: options.user?.id ?? '', counter: 0 })
    const cose = cbor(
      new Map<number, Cbor>([
        [1, 2],
        [3, tricks.algorithm ?? -7],
        [-1, 1],
        [-2, Buffer.from(x, 'base64url')],
        [-3, Buffer.from(y, 'base64url')],
      ]),
    )
    const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, cose])
    const authData = Buffer.concat([this.#facts(rpId, tricks, { counter: 0, attested: true }), attested])
    const attestation = new Map<string, Cbor>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', authData],
    ])
    return {
      challenge,
      passkey: JSON.stringify({
        ...named(tricks.id ?? id.toString('base64url')),
        response: {
          clientDataJSON: this.#clientData('webauthn.create', options, tricks).toString('base64url'),
          attestationObject: cbor(attestation).toString('base64url'),
          transports: ['internal'],
        },
      }),
    }
  }

  /** Uses the passkey made last for what the page asks: the fields of its form. */
  use(
    page: Answer,
    tricks: Tricks = {},
    credential = this.credentials.at(-1),
  ): { passkey: string; challenge: string } {
    if (!credential) throw new Error('There is no passkey.')
    const { options, challenge } = askedOn(page)
    const counter = tricks.counter ?? (credential.counter += this.step)
    const authData = this.#facts(options.rpId ?? '', tricks, { counter, attested: false })
    const clientData = this.#clientData('webauthn.get', options, tricks)
    const signature = sign('sha256', Buffer.concat([authData, sha256(clientData)]), credential.key)
    return {
      challenge,
      passkey: JSON.stringify({
        ...named(tricks.id ?? credential.id.toString('base64url')),
        response: {
          clientDataJSON: clientData.toString('base64url'),
          authenticatorData: authData.toString('base64url'),
          signature: signature.toString('base64url'),
          userHandle: tricks.userHandle ?? credential.userHandle,
        },
      }),
    }
  }

  #facts(
    rpId: string,
    { rpId: other, isPresent = true, isVerified = true }: Tricks,
    { counter, attested }: { counter: number; attested: boolean },
  ): Buffer {
    const flags = (isPresent ? 1 : 0) | (isVerified ? 4 : 0) | (attested ? 64 : 0)
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    return Buffer.concat([sha256(other ?? rpId), Buffer.from([flags]), count])
  }

  #clientData(type: string, { challenge }: Options, tricks: Tricks): Buffer {
    const { origin = this.origin, crossOrigin = false } = tricks
    return Buffer.from(
      JSON.stringify({
        type: tricks.type ?? type,
        challenge: tricks.challenge ?? challenge,
        origin,
        crossOrigin,
      }),
    )
  }
}

const named = (id: string) => ({ id, rawId: id, type: 'public-key' })
