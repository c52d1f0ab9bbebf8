import { createHash } from 'node:crypto'
import argon2 from 'argon2'
import { ConcurrencyLimit, LimitReached } from '../concurrency-limit.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'

/** OWASP's Password Storage Cheat Sheet for argon2id: 19 MiB, two passes, one lane. */
const ARGON2 = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Each takes 19 MiB and one of the four threads that files and names of hosts are read by as well: one is left for them. */
const HASHING = new ConcurrencyLimit({ atOnce: 3, waitingMax: 200, waitMsMax: 5_000 })

/** @throws 503 when too many wait for it */
async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const slot = await HASHING.enter().catch((error: unknown) => {
    if (!(error instanceof LimitReached)) throw error
    throw new Refusal(503, t('Too many people are logging in right now. Try again in a moment.'), {
      facts: { retryAfterSeconds: 5 },
    })
  })
  try {
    return await work()
  } finally {
    slot.leave()
  }
}

/** Hashes a password as argon2id in PHC form. About 20 ms of CPU. */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => argon2.hash(password.normalize('NFC'), ARGON2))
}

/**
 * Whether `password` is the one behind `hash`. Where there is no hash (nobody of that name, no password set yet) the same work is
 * done and the answer is no, so that the time taken tells nothing.
 */
export async function passwordFits(hash: string | null | undefined, password: string): Promise<boolean> {
  const known = hash ?? (await nobodysHash())
  const fits = await inTurn(() => argon2.verify(known, password.normalize('NFC')))
  return fits && hash != null
}

/** What says of which password a hash is without telling the hash, as the database generates it: Staff.passwordMark. */
export const markOf = (passwordHash: string) => createHash('sha256').update(passwordHash).digest('base64url')

/** The bare hash of a code that is no password, as argon2id with this salt. As much work as a password's. */
export function hashRaw(code: string, salt: Buffer): Promise<Buffer> {
  return inTurn(() => argon2.hash(code, { ...ARGON2, salt, raw: true }))
}

/** Whether a hash was made with other parameters than today's, so that the next login should make it anew. */
export function isOutdatedHash(hash: string): boolean {
  return argon2.needsRehash(hash, ARGON2)
}

let nobody: Promise<string> | undefined
function nobodysHash() {
  nobody ??= hashPassword('unknown password')
  return nobody
}
