import type { Changes } from './wording.ts'

/** The fields that differ, for a deed that remembers them. What `after` does not name was left alone. */
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
