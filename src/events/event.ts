import type { Formats } from '../words/format.ts'
import type { Sentence } from '../words/words.ts'

/** What an event remembers: plain facts in JSON, amounts as minor units in a string. Never a secret. */
export type Details = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

export type NoDetails = Record<never, never>

/** What an event's sentence may need beside what the event remembers. */
export interface Telling extends Formats {
  /** How many equal events in a row it speaks of. */
  count: number
  /** Another event's label, by its name. */
  labelOf: (name: string) => Sentence
}

/** Something that was done, as the audit log keeps it. */
export interface Event<Remembers extends Details> {
  /** As it stands in rows of the log, which are never changed. */
  name: string
  /** Its name in a filter. */
  label: Sentence
  /** What happened, to be read after the actor's name; by itself, where it happens at a login page and nobody is logged in. */
  says: (details: Remembers, telling: Telling) => Sentence
}

/** Declares one. A room exports its events from its events.ts; the audit log finds them through src/audit/all-events.ts. */
export const event = <Remembers extends Details>(
  name: string,
  label: Sentence,
  says: Event<Remembers>['says'],
): Event<Remembers> => ({ name, label, says })
