import { type Details, type Event, everyEvent } from '../events/event.ts'
import { staffLoginFailed, staffPasswordLinkRequested } from '../people/events.ts'
import type { Formats } from '../words/format.ts'
import { type Sentence, type Value, t } from '../words/words.ts'

/** An event's label; one that today's rooms do not know is shown by its name. */
export const eventLabel = (name: string): Sentence =>
  everyEvent().get(name)?.label ?? t('{event}', { event: name })

/**
 * What a row of the log says, after its actor's name. Rows are never changed, so there may be some that were written by an older
 * version: for an event or facts that today's rooms do not know, the sentence names the event and leaves the rest to the row's details.
 * `count`: how many equal ones in a row it speaks of; `staffNames`: what staff are called, by their addresses.
 */
export function eventSays(
  name: string,
  details: unknown,
  formats: Formats,
  { count = 1, staffNames = {} }: { count?: number; staffNames?: Readonly<Record<string, string>> } = {},
): Sentence {
  const what = sayEvent(name, withNames(name, details, staffNames), formats, count)
  return count === 1 || what.values?.count === count ? what : t('{what} ({count} times)', { what, count })
}

/** Facts that are always a staff member's address, where they are one. */
const STAFF_FACTS: readonly string[] = ['madeBy', 'staff', 'invitedBy']

/** What was typed at a login page, by anybody. */
const TYPED: readonly string[] = [staffLoginFailed.name, staffPasswordLinkRequested.name]

/** The details with staff by name, as the sentence speaks of them. */
function withNames(event: string, details: unknown, staffNames: Readonly<Record<string, string>>): unknown {
  if (typeof details !== 'object' || details === null) return details
  const isOfStaff = (fact: string) =>
    STAFF_FACTS.includes(fact) || (fact === 'email' && event.startsWith('staff.') && !TYPED.includes(event))
  return Object.fromEntries(
    Object.entries(details).map(([fact, value]) => [
      fact,
      isOfStaff(fact) && typeof value === 'string' && Object.hasOwn(staffNames, value)
        ? staffNames[value]
        : value,
    ]),
  )
}

function sayEvent(name: string, details: unknown, formats: Formats, count: number): Sentence {
  const event = everyEvent().get(name) as Event<Details> | undefined
  if (!event) return t('unknown event: {event}', { event: name })
  const telling = { ...formats, count, labelOf: eventLabel }
  return (
    wholeSentence(() => event.says(details as Details, telling)) ??
    t('event: {event}', { event: event.label })
  )
}

/** The sentence, or null where the row's facts are not what it needs. */
function wholeSentence(say: () => Sentence): Sentence | null {
  try {
    const sentence = say()
    return Object.values(sentence.values ?? {}).every(isWhole) ? sentence : null
  } catch {
    // Not a failure: an older row remembers other facts than today's sentence asks for.
    return null
  }
}

function isWhole(value: Value | null | undefined): boolean {
  if (value === undefined || value === null) return false
  if (Array.isArray(value)) return value.length > 0 && value.every(isWhole)
  return typeof value === 'object' && 'values' in value
    ? Object.values(value.values ?? {}).every(isWhole)
    : true
}
