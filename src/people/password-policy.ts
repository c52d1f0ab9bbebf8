import { z } from 'zod'
import type { Services } from '../services.ts'
import { phrase } from '../words/phrase.ts'
import { Refusal } from '../words/refusal.ts'
import { type Sentence, t } from '../words/words.ts'
import { asGenerated } from './generate-password.ts'
import { measure } from './password-meter.ts'
import { type Counter, attempt } from './throttle.ts'

/** In code points. Fifteen while the password is the only factor (NIST SP 800-63B-4). */
export const PASSWORD_MIN = 15
const PASSWORD_MAX = 128

/**
 * zxcvbn's measure: below 3, a password falls to ten to the eighth guesses, which is what a list of common ones, repetition, counting
 * up or a walk along the keyboard amount to at this length.
 */
const SCORE_MIN = 3

/** Of what is known of a person so many words are looked for: a name of a hundred words is none. */
const WORDS_MAX = 40

/** A password as somebody typed it who has one: nothing shown again, nothing trimmed but around a generated one, see asGenerated(). */
export const typedPassword = () =>
  whole.max(1000, { error: phrase('This password is too long.') }).transform(asGenerated)

/** As typedPassword(), of somebody who is logged in and has to type one. */
export const knownPassword = () =>
  typedPassword().refine(Boolean, { error: phrase('This field is required.') })

/**
 * A password that somebody chooses, in Unicode's NFC, so that the same keys on another machine make the same one. What looks like a
 * generated one is read as typedPassword() will read it at the next login.
 */
export const newPassword = () =>
  whole
    .transform((value) => asGenerated(value.normalize('NFC')))
    .refine((value) => [...value].length >= PASSWORD_MIN, {
      error: phrase('Use at least {min} characters. Several words are easy to remember.'),
      params: { min: PASSWORD_MIN },
    })
    .refine((value) => [...value].length <= PASSWORD_MAX, {
      error: phrase('Use at most {max} characters.'),
      params: { max: PASSWORD_MAX },
    })

/**
 * Refuses, 422 at the field `password`, one that is common or easily guessed; `about` are the person's address and names, which count as
 * guessed first. There are no rules about kinds of characters. Each refusal counts towards `counter`.
 *
 * @throws 429 after too many refusals, 503 when too many people choose a password at once
 */
export async function mustBeHardToGuess(
  services: Pick<Services, 'database' | 'keys'>,
  password: string,
  { about, counter }: { about: readonly string[]; counter: Counter },
) {
  await attempt(services, async (made) => {
    await made.count([counter])
    const refusal = await maybeGuessable(password, about)
    if (!refusal) return made.clearCount()
    made.keepCount()
    throw refusal
  })
}

/** Why a password is easily guessed, or null. */
export async function maybeGuessable(password: string, about: readonly string[]): Promise<Refusal | null> {
  const words = about.flatMap((fact) => [fact, fact.replaceAll(/\s+/g, ''), ...fact.split(/[\s@.]+/)])
  const known = [...new Set(words)].filter(Boolean).slice(0, WORDS_MAX)
  const { score, isOwnName } = await measure(password, known)
  if (score >= SCORE_MIN) return null
  return new Refusal(422, isOwnName ? OWN_NAME : GUESSABLE, { field: 'password' })
}

const OWN_NAME: Sentence = t(
  'Do not use your name or address in the password. Use several words that have nothing to do with you.',
)
const GUESSABLE: Sentence = t(
  'This password is easy to guess: it is common, repeats itself or follows the keyboard. Use several unrelated words.',
)

const whole = z.string().refine((value) => !value.includes('\0') && value.isWellFormed(), {
  error: phrase('This contains characters that cannot be used in a password. Enter it again.'),
})
