import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
export const NARROW = { width: 360, height: 740 }
export const WIDE = { width: 1440, height: 900 }

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
 * Looks at a page wide and narrow, light and dark. `isLikeOthers`: the frame around it has been looked at, so that one look each will do.
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
  return [...found, ...(await tooWide(page))]
}

/** What stands beyond a narrow window's edge, where nobody would look for it, or has been pressed into it. */
async function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const beyond = document.documentElement.scrollWidth - document.documentElement.clientWidth
    const cards = [...document.querySelectorAll('.table-scroll:has(> .cards)')]
    return [
      ...(beyond > 0 ? [`narrow: scrolls sideways by ${beyond} px`] : []),
      ...(cards.some((box) => box.scrollWidth > box.clientWidth)
        ? ['narrow: a list of cards hides something beside it']
        : []),
      // A label of some lines is wide; what is higher than that was pressed together, letter by letter.
      ...[...document.querySelectorAll('main .btn')]
        .filter((button) => {
          const { width, height } = button.getBoundingClientRect()
          return height > 84 && height > width
        })
        .map((button) => `narrow: a button stands upright: ${button.textContent.trim().slice(0, 40)}`),
    ]
  })
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
  return [...found, ...(await tooWide(page))]
}
