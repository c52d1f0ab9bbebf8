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

const declared = new Map<string, Event<never>>()

/**
 * Declares one: beside the action where only that leaves it and nothing else asks for it, the others in the events.ts of their room.
 *
 * @throws where two have the same name
 */
export function event<Remembers extends Details>(
  name: string,
  label: Sentence,
  says: Event<Remembers>['says'],
): Event<Remembers> {
  if (declared.has(name)) throw new Error(`There are two events ${name}.`)
  const made = { name, label, says }
  declared.set(name, made)
  return made
}

/** Every event that was declared by now, by its name: all of them once the application is loaded. */
export const everyEvent = (): ReadonlyMap<string, Event<never>> => declared
