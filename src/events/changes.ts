import { type Sentence, t } from '../words/words.ts'

/**
 * Which fields of something were changed, by their names in the form; where there is room for it, what stood there before and what
 * is the current value, in the same order.
 */
export type Changes = {
  changed: readonly string[]
  before?: readonly string[]
  after?: readonly string[]
}

/** The fields that differ, for an event that remembers them. What `after` does not name was left alone. */
export function changesBetween<Facts extends Record<string, string>>(
  before: Readonly<Facts>,
  after: Readonly<Partial<Facts>>,
): Required<Changes> {
  const changed = Object.keys(after).filter(
    (name) => after[name] !== undefined && before[name] !== after[name],
  )
  return {
    changed,
    before: changed.map((name) => before[name] ?? ''),
    after: changed.map((name) => after[name] ?? ''),
  }
}

/** What fields are called in the middle of a sentence. */
export type FieldNames = Readonly<Record<string, Sentence>>

/** "name from Ada to Ada L. and phone": a list for a sentence. A field that has no name here, as in old rows, shows as it is. */
export function changesInWords({ changed, before = [], after = [] }: Changes, names: FieldNames): Sentence[] {
  return changed.map((field, place) => {
    const name = (Object.hasOwn(names, field) ? names[field] : undefined) ?? t('{field}', { field })
    const [was, is] = [before[place], after[place]]
    if (was === undefined || is === undefined) return name
    if (was === '') return t('{field} to {after}', { field: name, after: is })
    if (is === '') return t('{field} from {before} to empty', { field: name, before: was })
    return t('{field} from {before} to {after}', { field: name, before: was, after: is })
  })
}
