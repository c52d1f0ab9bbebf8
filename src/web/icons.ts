import { readFileSync } from 'node:fs'

const drawn = new Map<string, string>()

/**
 * An icon of Tabler's outline set as SVG markup to stand inside a page: decoration, hidden from screen readers, in the colour and
 * (by the class `icon`) the size of the text around it. `name` comes from views only, never from a request.
 * Throws on a name that the set does not have, so that a slip of the pen shows in the first test that renders the page.
 */
export function icon(name: string): string {
  const known = drawn.get(name)
  if (known) return known
  const svg = `<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" aria-hidden="true">${strokesOf(name)}</svg>`
  drawn.set(name, svg)
  return svg
}

/** What is drawn, on one line: without the frame, and without the invisible square that every file of the set begins with. */
function strokesOf(name: string): string {
  const paths = fileOf(name).match(/<(?:path|circle|line|rect|polyline|ellipse|polygon)\b[^>]*\/>/g) ?? []
  return paths.filter((path) => !path.includes('M0 0h24v24H0z')).join('')
}

function fileOf(name: string): string {
  if (!/^[a-z0-9-]+$/.test(name)) throw new Error(`"${name}" cannot be the name of an icon.`)
  try {
    return readFileSync(new URL(import.meta.resolve(`@tabler/icons/outline/${name}.svg`)), 'utf8')
  } catch (error) {
    throw new Error(`There is no icon named "${name}" in @tabler/icons.`, { cause: error })
  }
}
