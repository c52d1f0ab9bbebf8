import { currentTime } from '../database/clock.ts'
import type { Keys } from '../keys.ts'
import type { Services } from '../services.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { isFirstUse } from './throttle.ts'

/** How long a challenge may be answered. */
export const CHALLENGE_MINUTES = 5

/** What a challenge is for, and whose: it can be answered for nothing else and by nobody else. */
export interface Ceremony {
  for: 'login' | 'second-factor' | 'proof' | 'new'
  /** Names the browser's session, or what it has instead. */
  holder: string
}

/** A challenge, as its page carries it: sealed. */
interface Challenge {
  challenge: string
  /** Milliseconds since 1970. */
  at: number
  /** Of a new passkey: see newUserHandle(). */
  userHandle?: string
}

/** Seals a challenge that is asked for now, for its form. */
export const sealChallenge = (keys: Keys, challenge: Omit<Challenge, 'at'>, about: Ceremony): string =>
  keys.seal(
    'passkey-challenge',
    JSON.stringify({ ...challenge, at: currentTime().getTime() }),
    aboutOf(about),
  )

const aboutOf = ({ for: what, holder }: Ceremony) => `${what}|${holder}`

/** The challenge that was sealed for this, which may be over; null for any other. */
export function maybeChallenge(keys: Keys, sealed: string, about: Ceremony): Challenge | null {
  const text = keys.open('passkey-challenge', sealed, aboutOf(about))
  return text === null ? null : (JSON.parse(text) as Challenge)
}

/** Whether it may still be answered. */
export const isOpen = ({ at }: Challenge) => currentTime().getTime() - at < CHALLENGE_MINUTES * 60_000

/** What is said where a challenge is over, was answered before, or is not of this browser. */
const tooLate = ({ for: what }: Ceremony) =>
  new Refusal(
    422,
    what === 'new'
      ? t('This took too long, or the passkey was added already. Check your second factors, or try again.')
      : t('This took too long, or the passkey was used already. Use your passkey again.'),
  )

/** The challenge that was given back, and is used up by that, in whichever process. @throws 422 where it was answered, is over, or is not this browser's */
export async function useChallenge(
  services: Pick<Services, 'database' | 'keys'>,
  sealed: string,
  ceremony: Ceremony,
): Promise<Challenge> {
  const found = maybeChallenge(services.keys, sealed, ceremony)
  if (!found || !isOpen(found)) throw tooLate(ceremony)
  if (!(await isFirstUse(services, { limit: 'passkey-challenge', of: found.challenge })))
    throw tooLate(ceremony)
  return found
}
