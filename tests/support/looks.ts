import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { stumbles } from './measures.ts'

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
export const NARROW = { width: 360, height: 740 }
export const WIDE = { width: 1440, height: 900 }
/** Where tables have the least room: beside the sidebar, and as cards in the narrowest windows. Between them a page only grows. */
const MEASURED = [1280, 1024, 640, NARROW.width]

const EVERY_LOOK = [
  { scheme: 'light', size: WIDE },
  { scheme: 'dark', size: WIDE },
  { scheme: 'light', size: NARROW },
  { scheme: 'dark', size: NARROW },
] as const

/** What axe finds on the page, a line for each rule. */
export async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).setLegacyMode().withTags(WCAG).analyze()
  return found.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .map(({ target }) => target.join(' '))
        .slice(0, 3)
        .join(', ')}`,
  )
}

/**
 * Looks at a page wide and narrow, light and dark, and measures it at all widths. `isLikeOthers`: the frame around it has been looked at,
 * so that one look each will do. Leaves the page narrow.
 */
export async function faults(page: Page, { isLikeOthers = false } = {}): Promise<string[]> {
  const found: string[] = []
  const looks = EVERY_LOOK.filter(
    ({ scheme, size }) => !isLikeOthers || (scheme === 'light') === (size === WIDE),
  )
  for (const { scheme, size } of looks) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
    await page.setViewportSize(size)
    const where = `${size === WIDE ? 'wide' : 'narrow'}, ${scheme}`
    found.push(...(await violations(page)).map((line) => `${where}: ${line}`))
  }
  for (const width of MEASURED) {
    await page.setViewportSize({ width, height: width === NARROW.width ? NARROW.height : WIDE.height })
    found.push(...(await stumbles(page)).map((line) => `${width} px: ${line}`))
  }
  return found
}

/** What is wrong with a page in a narrow browser without JavaScript: nothing that needs it is offered, and all else is to be seen. */
export async function faultsWithoutScript(page: Page): Promise<string[]> {
  const found = await page.evaluate(() => {
    const isSeen = (element: Element) => element.checkVisibility()
    // What is folded or stands in a menu can be opened without a script.
    const isFolded = (element: Element) => element.closest('details:not([open]), [popover]') !== null
    const nameOf = (element: Element) => element.outerHTML.replace(/\s+/g, ' ').slice(0, 90)
    const controls = document.querySelectorAll(
      'main form :is(input:not([type="hidden"]), select, textarea, button)',
    )
    return [
      ...[...document.querySelectorAll('.needs-js')]
        .filter(isSeen)
        .map((one) => `is of no use: ${nameOf(one)}`),
      ...[...controls]
        .filter((one) => !isSeen(one) && !isFolded(one) && !one.closest('.needs-js'))
        .map((one) => `is not to be seen: ${nameOf(one)}`),
    ]
  })
  return [...found, ...(await stumbles(page))]
}
