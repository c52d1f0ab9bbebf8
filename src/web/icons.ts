import { readFileSync } from 'node:fs'

/** The icons of Tabler's outline set that pages use, by their names there. */
export const ICONS: readonly string[] = [
  'alert-circle',
  'alert-triangle',
  'arrow-back-up',
  'arrow-bar-to-down',
  'ban',
  'bell',
  'book-2',
  'calendar-off',
  'cash-banknote',
  'check',
  'checks',
  'chevron-down',
  'chevron-left',
  'chevron-right',
  'chevron-up',
  'circle-check',
  'circle-dashed',
  'coins',
  'copy',
  'device-desktop',
  'devices',
  'dots',
  'download',
  'eye',
  'file-invoice',
  'file-type-pdf',
  'fingerprint',
  'filter-off',
  'gauge',
  'git-compare',
  'history',
  'home',
  'key',
  'link',
  'link-off',
  'list-check',
  'lock',
  'login',
  'logout',
  'mail',
  'mail-forward',
  'menu-2',
  'mood-empty',
  'moon',
  'pencil',
  'plus',
  'power',
  'receipt',
  'receipt-2',
  'refresh',
  'search',
  'selector',
  'send',
  'settings',
  'shield-check',
  'shield-lock',
  'sun',
  'tag',
  'tags',
  'user',
  'user-cog',
  'user-plus',
  'user-search',
  'user-shield',
  'users',
  'users-group',
  'x',
]

/**
 * An icon as pages have it: a reference into the sheet at `sheet`, so that a browser loads each drawing once and not with every page.
 * Decoration, hidden from screen readers, in the colour and (by the class `icon`) the size of the text around it. `name` comes from views
 * only, never from a request. Throws on a name that is not in the sheet, so that it shows in the first test that renders the page.
 */
export function iconIn(sheet: string, name: string): string {
  if (!ICONS.includes(name)) throw new Error(`There is no icon named "${name}" in src/web/icons.ts.`)
  return `<svg class="icon" aria-hidden="true"><use href="${sheet}#${name}"/></svg>`
}

/** All icons in one file, each under its name. */
export const iconSheet = (): string =>
  `<svg xmlns="http://www.w3.org/2000/svg">${ICONS.map(symbolOf).join('')}</svg>`

const symbolOf = (name: string) =>
  `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor">${strokesOf(name)}</symbol>`

/** What is drawn, on one line: without the frame, and without the invisible square that every file of the set begins with. */
function strokesOf(name: string): string {
  const file = readFileSync(new URL(import.meta.resolve(`@tabler/icons/outline/${name}.svg`)), 'utf8')
  const paths = file.match(/<(?:path|circle|line|rect|polyline|ellipse|polygon)\b[^>]*\/>/g) ?? []
  return paths.filter((path) => !path.includes('M0 0h24v24H0z')).join('')
}
