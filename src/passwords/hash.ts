import argon2 from 'argon2'

/** OWASP's Password Storage Cheat Sheet for argon2id: 19 MiB, two passes, one lane. */
const ARGON2 = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Hashes a password as argon2id in PHC form. About 20 ms of CPU. */
export function hashPassword(password: string): Promise<string> {
  return argon2.hash(password.normalize('NFC'), ARGON2)
}

/**
 * Whether `password` is the one behind `hash`. Where there is no hash (nobody of that name, no password set yet) the same work is
 * done and the answer is no, so that the time taken tells nothing.
 */
export async function passwordFits(hash: string | null | undefined, password: string): Promise<boolean> {
  const fits = await argon2.verify(hash ?? (await nobodysHash()), password.normalize('NFC'))
  return fits && hash != null
}

/** Whether a hash was made with other parameters than today's, so that the next login should make it anew. */
export function isOutdatedHash(hash: string): boolean {
  return argon2.needsRehash(hash, ARGON2)
}

let nobody: Promise<string> | undefined
function nobodysHash() {
  nobody ??= hashPassword('nobody has this password')
  return nobody
}
