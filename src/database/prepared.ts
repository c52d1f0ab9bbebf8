import { createHash } from 'node:crypto'

/** The name under which connections keep the plan of a statement: the same text has the same name. */
export function nameOf(text: string): string {
  let name = NAMES.get(text)
  if (name !== undefined) return name
  name = createHash('sha1').update(text).digest('base64url')
  // The texts of a page are some thousand characters long. There are few, which are asked for all day.
  if (NAMES.size >= NAMES_MAX) NAMES.clear()
  NAMES.set(text, name)
  return name
}

const NAMES = new Map<string, string>()
const NAMES_MAX = 500
