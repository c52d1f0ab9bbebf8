import type { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { z } from 'zod'
import { Refusal } from '../web/refusal.ts'
import { type Sentence, t } from '../web/words.ts'

/** In code points. Fifteen while the password is the only factor (NIST SP 800-63B-4). */
export const PASSWORD_MIN = 15
const PASSWORD_MAX = 128

/**
 * zxcvbn's measure: below 3, a password falls to ten to the eighth guesses, which is what a list of common ones, repetition, counting
 * up or a walk along the keyboard amount to at this length.
 */
const SCORE_MIN = 3

/** A password as somebody typed it who has one: nothing trimmed, nothing shown again. */
export const typedPassword = () => whole.max(1000, { error: 'This is too long to be a password.' })

/** A password that somebody chooses, in Unicode's NFC, so that the same keys on another machine make the same one. */
export const newPassword = () =>
  whole
    .transform((value) => value.normalize('NFC'))
    .refine((value) => [...value].length >= PASSWORD_MIN, {
      error: 'Use at least {min} characters. Several words are easy to remember.',
      params: { min: PASSWORD_MIN },
    })
    .refine((value) => [...value].length <= PASSWORD_MAX, {
      error: 'Use at most {max} characters.',
      params: { max: PASSWORD_MAX },
    })

/**
 * Refuses, 422 at the field `password`, one that is common or easily guessed; `about` are the person's address and names, which count as
 * guessed first. There are no rules about kinds of characters. Up to 0.2 s of CPU, for the longest.
 */
export async function mustBeHardToGuess(password: string, about: readonly string[]) {
  const words = about.flatMap((fact) => [fact, fact.replaceAll(/\s+/g, ''), ...fact.split(/[\s@.]+/)])
  const { score, sequence } = (await guesser()).check(password, [...new Set(words)].filter(Boolean))
  if (score >= SCORE_MIN) return
  const isOwnName = sequence.some((part) => 'dictionaryName' in part && part.dictionaryName === 'userInputs')
  throw new Refusal(422, isOwnName ? OWN_NAME : GUESSABLE, { field: 'password' })
}

const OWN_NAME: Sentence = t(
  'Do not make the password of your name or address. Several words that have nothing to do with you are good.',
)
const GUESSABLE: Sentence = t(
  'This password is easy to guess: it is a common one, repeats itself, or follows the keyboard. Several words that have nothing to do with each other are good.',
)

const whole = z.string().refine((value) => !value.includes('\0') && value.isWellFormed(), {
  error: 'This has characters that cannot be used in a password. Type it again.',
})

let loaded: Promise<ZxcvbnFactory> | undefined

/** Its word lists take a tenth of a second to read, so they wait until somebody chooses a password. */
function guesser(): Promise<ZxcvbnFactory> {
  loaded ??= (async () => {
    const [{ ZxcvbnFactory: Guesser }, { dictionary, adjacencyGraphs }] = await Promise.all([
      import('@zxcvbn-ts/core'),
      import('@zxcvbn-ts/language-common'),
    ])
    return new Guesser({ dictionary, graphs: adjacencyGraphs, maxLength: 2 * PASSWORD_MAX })
  })()
  return loaded
}
