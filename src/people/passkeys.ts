import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Transaction } from '../database/client.ts'
import type { Bind } from '../database/cursor.ts'
import { UNUSABLE } from '../forms/form.ts'
import type { Keys } from '../keys.ts'
import type { Services } from '../services.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { type UsableFactor, addFactor } from './factors.ts'
import { type Owner, ownedSql, ownerOfRow, whereOwned } from './owner.ts'
import {
  CHALLENGE_MINUTES,
  type Ceremony,
  isOpen,
  maybeChallenge,
  sealChallenge,
  useChallenge,
} from './passkey-challenge.ts'
import { type PasskeyPlace, passkeyPlace } from './passkey-place.ts'

/** Loaded with the first passkey: it needs six megabytes, and in many an installation nobody has one. */
const webAuthn = () => import('@simplewebauthn/server')

/** ES256, EdDSA and RS256 (IANA, COSE Algorithms): what authenticators of today have. */
const ALGORITHMS = [-7, -8, -257]

/** What a page asks a browser for by a script. */
export interface AskedPasskey {
  /** The host that the page must be of. */
  rpId: string
  /** For navigator.credentials, as JSON of WebAuthn. */
  options: string
  /** The challenge once more, sealed: the form brings it back beside the answer. */
  challenge: string
}

/** What a form brings back: the browser's answer, as JSON, and the challenge. */
export interface GivenPasskey {
  passkey: string
  challenge: string
}

/** The fields of a form that takes a passkey; both '' where none was used. */
export const passkeyFields = {
  passkey: z.string({ error: UNUSABLE }).max(40_000, { error: UNUSABLE }).default(''),
  challenge: z.string({ error: UNUSABLE }).max(1_000, { error: UNUSABLE }).default(''),
}

/**
 * Asks for any passkey that the browser has for this place. It names none, so that it tells nothing of whoever is about to log in. Null
 * where passkeys cannot be used.
 */
export function askForPasskey(
  { config, keys }: Pick<Services, 'config' | 'keys'>,
  ceremony: Ceremony,
): AskedPasskey | null {
  const place = passkeyPlace(config)
  if (!place) return null
  const { rpId } = place
  const challenge = randomBytes(32).toString('base64url')
  const timeout = CHALLENGE_MINUTES * 60_000
  return {
    rpId,
    options: JSON.stringify({ challenge, rpId, timeout, userVerification: 'required', allowCredentials: [] }),
    challenge: sealChallenge(keys, { challenge }, ceremony),
  }
}

/**
 * What the user handle of a passkey begins with: whom it is of. Portal and consoles share their host, so browsers show the passkeys of both
 * to both.
 */
const KINDS = { staff: 1, customer: 2 } as const satisfies Record<Owner['kind'], number>
const RANDOM_BYTES = 23

/** What an authenticator keeps of a person beside each passkey, base64url: who it is of, the reseller, and random bytes. Nothing personal (WebAuthn, 14.6.1). */
export const newUserHandle = ({ kind, resellerId }: Pick<Owner, 'kind' | 'resellerId'>) =>
  Buffer.concat([
    Buffer.from([KINDS[kind]]),
    Buffer.from(resellerId, 'latin1'),
    randomBytes(RANDOM_BYTES),
  ]).toString('base64url')

/** The reseller of a user handle of this kind of person; null for one of the other kind, and for what is none of ours. */
export function maybeResellerOf(kind: Owner['kind'], userHandle: string): string | null {
  const bytes = Buffer.from(userHandle, 'base64url')
  const resellerId = bytes.toString('latin1', 1, bytes.length - RANDOM_BYTES)
  return bytes[0] === KINDS[kind] && /^[0-9A-Z]{8}$/.test(resellerId) ? resellerId : null
}

const base64url = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[\w-]+$/)
const credential = { id: base64url(1_400), rawId: base64url(1_400), type: z.literal('public-key') }

/** The answer to navigator.credentials.get(): what is needed of it. */
const Assertion = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url(8_000),
    authenticatorData: base64url(8_000),
    signature: base64url(2_000),
    userHandle: base64url(90),
  }),
})

/** The answer to navigator.credentials.create(). */
const Attestation = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url(8_000),
    attestationObject: base64url(20_000),
    transports: z
      .array(z.string().regex(/^[a-z-]{1,30}$/))
      .max(10)
      .catch([]),
  }),
})

function maybeRead<Schema extends z.ZodType>(schema: Schema, json: string): z.output<Schema> | null {
  try {
    return schema.safeParse(JSON.parse(json)).data ?? null
  } catch {
    return null
  }
}

const noPlace = () => new Refusal(422, t('Passkeys cannot be used at this address.'))

/** A passkey that somebody has used: whether it is one that lets them in, and whose it is where that is known. */
type JudgedPasskey =
  | { fits: true; whose: Owner; factor: UsableFactor }
  | { fits: false; whose: Owner | null; why: 'wrong_passkey' | 'passkey_counter' }

/**
 * Finds out whether the answer to a challenge was made by a passkey of this person, or of anybody of a kind, who was verified by the
 * authenticator, by a PIN or a fingerprint. The challenge is used up by that; the passkey is not yet, see UsableFactor. Costs the same for
 * nobody, who is null. A signature counter that did not rise means that the passkey was copied.
 *
 * @throws 422 where the challenge was answered before, is over, or is not this browser's, and where passkeys cannot be used
 */
export async function judgePasskey(
  services: Pick<Services, 'config' | 'database' | 'keys' | 'log'>,
  given: GivenPasskey,
  ceremony: Ceremony,
  person: Owner | { any: Owner['kind'] } | null,
): Promise<JudgedPasskey> {
  const place = passkeyPlace(services.config)
  if (!place) throw noPlace()
  const { challenge } = await useChallenge(services, given.challenge, ceremony)
  const answer = maybeRead(Assertion, given.passkey)
  const userHandle = answer?.response.userHandle ?? ''
  const known = person && 'id' in person ? person : null
  const any = person && 'any' in person ? person.any : null
  const resellerId = any ? maybeResellerOf(any, userHandle) : known?.resellerId
  const { rows } = await services.database.pool.query<StoredPasskey>({
    name: 'passkey-of',
    text: `
      select p.factor_id as "factorId", p.public_key as "publicKey", p.user_handle as "userHandle", f.staff_id as "staffId", f.customer_id as "customerId", f.name,
        f.last_step as "counter"
      from passkeys p join factors f on f.reseller_id = $1 and f.id = p.factor_id
      where p.reseller_id = $1 and p.credential_id = $2`,
    values: [resellerId ?? '', answer?.id ?? ''],
  })
  const [stored] = rows
  const whose = stored ? ownerOfRow(resellerId as string, stored) : null
  const isTheirs =
    whose !== null &&
    stored?.userHandle === userHandle &&
    (any ? whose.kind === any : whose.kind === known?.kind && whose.id === known.id)
  if (!answer || !stored || !isTheirs) return { fits: false, whose: known, why: 'wrong_passkey' }
  const counter = await maybeCounter(services, answer, { challenge, place, stored })
  if (counter === null) return { fits: false, whose, why: 'wrong_passkey' }
  const before = Number(stored.counter)
  if ((counter > 0 || before > 0) && counter <= before) return { fits: false, whose, why: 'passkey_counter' }
  const { factorId, name } = stored
  return {
    fits: true,
    whose,
    factor: {
      used: 'passkey',
      name,
      useSql: (bind, from) => useCounterSql(bind, whose, { factorId, counter }, from),
    },
  }
}

interface StoredPasskey {
  factorId: string
  publicKey: Buffer
  userHandle: string
  staffId: string | null
  customerId: string | null
  name: string
  counter: string
}

/** The counter of an answer that the passkey has signed, for this challenge and place; null of any other, and the log says why. */
async function maybeCounter(
  { log }: Pick<Services, 'log'>,
  answer: z.output<typeof Assertion>,
  { challenge, place, stored }: { challenge: string; place: PasskeyPlace; stored: StoredPasskey },
): Promise<number | null> {
  try {
    mustBeOwnPage(answer.response.clientDataJSON)
    const { verifyAuthenticationResponse } = await webAuthn()
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...answer, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: place.origin,
      expectedRPID: place.rpId,
      requireUserVerification: true,
      // The library would compare counters before it has checked the signature, so that anybody could raise the alarm.
      credential: { id: answer.id, publicKey: new Uint8Array(stored.publicKey), counter: 0 },
    })
    if (verified) return authenticationInfo.newCounter
    log.warn('passkey refused: its signature is wrong')
  } catch (error) {
    // It says by an error what is wrong with an answer.
    log.warn({ reason: (error as Error).message }, 'passkey refused')
  }
  return null
}

/** @throws Error for an answer from within a frame of somebody else's page, which the library lets pass where the browser does not name that */
function mustBeOwnPage(clientDataJSON: string) {
  const { crossOrigin } = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString()) as {
    crossOrigin?: boolean
  }
  if (crossOrigin) throw new Error('It was used within a frame of another site.')
}

/** The counter only rises, or there is none and it stays 0: of two answers with one counter, the second finds no row. */
function useCounterSql(
  bind: Bind,
  owner: Owner,
  { factorId, counter }: { factorId: string; counter: number },
  from: string,
): string {
  const now = `${bind(counter)}::bigint`
  return `
    update factors f set last_step = ${now}, last_used_at = now()::timestamptz(3)
    from ${from}
    where f.reseller_id = $1 and f.id = ${bind(factorId)}::uuid and ${ownedSql(bind, 'f', owner)} and f.kind = 'passkey'
      and (f.last_step < ${now} or (f.last_step = 0 and ${now} = 0))
    returning f.id`
}

/** Somebody who is to have a new passkey, as the authenticator names them. */
interface NewOwner extends Owner {
  email: string
  name: string
  /** Of the reseller. */
  house: string
}

/**
 * Asks for a new passkey, which the browser refuses where one of this person's is on the device already. `before`: the sealed challenge
 * that it takes the place of, whose user handle stays. Null where passkeys cannot be used.
 */
export async function askForNewPasskey(
  { config, keys }: Pick<Services, 'config' | 'keys'>,
  { prisma }: Pick<Services['database'], 'prisma'>,
  { email, name, house, ...owner }: NewOwner,
  { ceremony, before }: { ceremony: Ceremony; before: string },
): Promise<AskedPasskey | null> {
  const place = passkeyPlace(config)
  if (!place) return null
  const own = await prisma.passkey.findMany({
    where: { resellerId: owner.resellerId, factor: whereOwned(owner) },
    select: { credentialId: true, transports: true, userHandle: true },
  })
  const userHandle =
    own[0]?.userHandle ?? maybeChallenge(keys, before, ceremony)?.userHandle ?? newUserHandle(owner)
  const { generateRegistrationOptions } = await webAuthn()
  const options = await generateRegistrationOptions({
    rpName: house,
    rpID: place.rpId,
    userName: email,
    userID: new Uint8Array(Buffer.from(userHandle, 'base64url')),
    userDisplayName: name,
    timeout: CHALLENGE_MINUTES * 60_000,
    attestationType: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    excludeCredentials: own.map(({ credentialId: id, transports }) => ({ id, transports })),
    supportedAlgorithmIDs: ALGORITHMS,
  })
  return {
    rpId: place.rpId,
    options: JSON.stringify(options),
    challenge: sealChallenge(keys, { challenge: options.challenge, userHandle }, ceremony),
  }
}

/** Whether a new passkey that a form has brought can still be added: the form may have waited for something else. */
export function isNewPasskeyGood(keys: Keys, { passkey, challenge }: GivenPasskey, ceremony: Ceremony) {
  const found = maybeChallenge(keys, challenge, ceremony)
  return found !== null && isOpen(found) && maybeRead(Attestation, passkey) !== null
}

/** Whether the new passkey that a form has brought is one of this person's already, as where the form is sent again. */
export async function isAmongPasskeys(
  { prisma }: Pick<Services['database'], 'prisma'>,
  owner: Owner,
  { passkey }: GivenPasskey,
): Promise<boolean> {
  const credentialId = maybeRead(Attestation, passkey)?.id
  if (credentialId === undefined) return false
  const { resellerId } = owner
  return (await prisma.passkey.count({ where: { resellerId, credentialId, factor: whereOwned(owner) } })) > 0
}

/** A passkey that was made for a person, and is stored nowhere yet. */
interface MadePasskey {
  credentialId: string
  publicKey: Uint8Array<ArrayBuffer>
  userHandle: string
  rpId: string
  transports: string[]
  isBackedUp: boolean
  counter: number
}

/**
 * The new passkey of an answer to askForNewPasskey(), whose challenge is used up by that. The authenticator has verified who uses it. What
 * kind of device it is, nobody asks.
 *
 * @throws 422 where the challenge was answered, is over, or is not this session's; for an answer that is none; and where passkeys cannot be used
 */
export async function readNewPasskey(
  services: Pick<Services, 'config' | 'database' | 'keys' | 'log'>,
  given: GivenPasskey,
  ceremony: Ceremony,
): Promise<MadePasskey> {
  const place = passkeyPlace(services.config)
  if (!place) throw noPlace()
  const { challenge, userHandle } = await useChallenge(services, given.challenge, ceremony)
  const answer = maybeRead(Attestation, given.passkey)
  const made = answer && userHandle && (await maybeMade(services, answer, { challenge, place }))
  if (!made)
    throw new Refusal(422, t('The browser did not create a passkey that can be used here. Try again.'))
  return { ...made, userHandle }
}

async function maybeMade(
  { log }: Pick<Services, 'log'>,
  answer: z.output<typeof Attestation>,
  { challenge, place }: { challenge: string; place: PasskeyPlace },
): Promise<Omit<MadePasskey, 'userHandle'> | null> {
  try {
    mustBeOwnPage(answer.response.clientDataJSON)
    const { verifyRegistrationResponse } = await webAuthn()
    const { registrationInfo } = await verifyRegistrationResponse({
      response: { ...answer, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: place.origin,
      expectedRPID: place.rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    })
    if (!registrationInfo) return null
    const { credential: made, credentialBackedUp } = registrationInfo
    return {
      credentialId: made.id,
      publicKey: made.publicKey,
      rpId: place.rpId,
      transports: answer.response.transports,
      isBackedUp: credentialBackedUp,
      counter: made.counter,
    }
  } catch (error) {
    log.warn({ reason: (error as Error).message }, 'new passkey refused')
    return null
  }
}

interface NewPasskey extends MadePasskey {
  id: string
  name: string
}

/** Adds a passkey, in the caller's transaction. @throws a unique violation where it was added before */
export async function addPasskey(
  db: Transaction,
  owner: Owner,
  { id, name, counter, ...passkey }: NewPasskey,
) {
  await addFactor(db, owner, { id, kind: 'passkey', name, lastStep: BigInt(counter) })
  await db.passkey.createMany({ data: { resellerId: owner.resellerId, factorId: id, ...passkey } })
}
