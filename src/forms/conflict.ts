import type { Sentence } from '../words/words.ts'

/**
 * Two people have changed the same thing: what a form needs to let the second one choose, see savedMeanwhile() in
 * src/events/saved-meanwhile.ts, which refuses with 409.
 */
export interface Conflict {
  /** Who made the newest change: a person, or what may be said of them; null where nobody knows. */
  by: { name: string; address: string } | Sentence | null
  /** When; null where nobody knows. */
  at: Date | null
  /** The fields in which the form differs from what is saved, by their names in it. */
  differing: Readonly<Record<string, Difference>>
  /** Hidden fields of what the form has seen, brought up to date, such as `version`: sending it again is a decision. */
  seen: Readonly<Record<string, string>>
}

interface Difference {
  /** What is saved, as the form would send it; '' for nothing. */
  now: string
  /** Whether it was changed since the form was opened; otherwise only the form differs from what was always there. */
  isTheirs: boolean
  /** Whether the form still has what was there when it was opened: then theirs is what is proposed. */
  isUntouched: boolean
}

/**
 * The hidden and visible fields by which a form answers a conflict, see views/shared/field.ejs: `take.NAME` says whether `theirs.NAME` comes
 * into the place of NAME, `take` says it of all fields. What was typed since, and so is no longer `yours.NAME`, stays.
 */
const TAKE = 'take'
const THEIRS = 'theirs.'
const YOURS = 'yours.'

/** A body with the choices that were made in it after a conflict carried out and taken away. */
export function withChoices(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body
  const given = body as Readonly<Record<string, unknown>>
  const names = Object.keys(given).flatMap((key) =>
    key.startsWith(THEIRS) ? [key.slice(THEIRS.length)] : [],
  )
  if (names.length === 0) return body
  const chosen: Record<string, unknown> = { ...given }
  delete chosen[TAKE]
  for (const name of names) {
    for (const helper of [THEIRS, YOURS, `${TAKE}.`]) delete chosen[helper + name]
    const isTaken = (given[TAKE] || given[`${TAKE}.${name}`]) === 'theirs'
    if (isTaken && isSame(given[name], given[YOURS + name])) chosen[name] = given[THEIRS + name]
  }
  return chosen
}

/** Browsers send every end of a line as CR LF, and an empty box not at all. */
const isSame = (one: unknown, other: unknown) => lines(one) === lines(other)
const lines = (value: unknown) => (typeof value === 'string' ? value.replaceAll('\r\n', '\n') : '')
