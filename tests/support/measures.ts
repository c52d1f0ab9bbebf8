import type { Page } from 'playwright-core'

/**
 * What people would stumble over at this width and axe does not see, a line for each: a window that scrolls sideways, text that is cut
 * without being whole on hover, text that runs over other text or out of its box, times in more than two lines, text that begins with an
 * empty line, targets that a finger misses (WCAG 2.2, 2.5.8), and focus by keyboard that is not marked or stands behind something (2.4.7
 * and 2.4.11).
 */
export async function stumbles(page: Page): Promise<string[]> {
  // Focus is scrolled to at once.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  // A key that does nothing, so that what the measure focuses next is shown as focused by keyboard.
  await page.keyboard.press('Shift')
  return found(page, [
    sidewaysScroll,
    cutText,
    textOverText,
    tornTimes,
    emptyLines,
    uprightButtons,
    smallTargets,
    unseenFocus,
  ])
}

/** Of that, what would be missed on paper too. */
export const misprints = (page: Page) => found(page, [cutText, textOverText])

async function found(page: Page, measures: readonly (() => string[])[]): Promise<string[]> {
  const lines: string[] = await page.evaluate(
    `(() => { ${[...IN_PAGE, ...measures].join('\n')}; return [${measures.map(({ name }) => `...${name}()`).join()}] })()`,
  )
  return [...new Set(lines)].slice(0, 12)
}

// What follows runs in the page, each as its text: it may call what stands in IN_PAGE, and nothing else.

type Edges = Pick<DOMRect, 'left' | 'top' | 'right' | 'bottom'>

interface Target {
  /** What takes the focus. */
  control: HTMLElement
  /** What is pressed: the control, or its label where the control is only a box beside it. */
  element: HTMLElement
  box: DOMRect
}

const IN_PAGE = [
  scene,
  nameOf,
  all,
  isForEyes,
  clipOf,
  boxAround,
  linesOfText,
  targets,
  isInSentence,
  isNear,
  isMarked,
]

/** All that can be used: the page, or the dialog over it. */
function scene(): HTMLElement {
  return document.querySelector<HTMLElement>('dialog:modal') ?? document.body
}

function nameOf(element: Element): string {
  const words =
    element.textContent || element.getAttribute('aria-label') || element.getAttribute('name') || ''
  return `<${element.localName} class="${element.className}"> ${words.trim().replace(/\s+/g, ' ').slice(0, 50)}`
}

function all(selector: string): HTMLElement[] {
  return [...scene().querySelectorAll<HTMLElement>(selector)].filter(isForEyes)
}

/** Shown, and not only for screen readers. */
function isForEyes(element: Element): boolean {
  if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false
  for (let one: Element | null = element; one; one = one.parentElement)
    if (one.matches('.visually-hidden') || getComputedStyle(one).clipPath !== 'none') return false
  return true
}

function sidewaysScroll(): string[] {
  const beyond = document.documentElement.scrollWidth - document.documentElement.clientWidth
  return beyond > 0 ? [`scrolls sideways by ${beyond} px`] : []
}

function cutText(): string[] {
  const isCut = (element: HTMLElement) =>
    element.clientWidth > 1 &&
    element.scrollWidth > element.clientWidth + 1 &&
    getComputedStyle(element).overflowX !== 'visible' &&
    !element.matches('input, select, textarea') &&
    // A script gives the title on hover.
    !element.closest('[title], [data-hover]')
  return all('*')
    .filter(isCut)
    .map((one) => `is cut by ${one.scrollWidth - one.clientWidth} px: ${nameOf(one)}`)
}

/** What those around an element let be seen of it. */
function clipOf(element: Element): Edges {
  const clip = { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity }
  for (let one: Element | null = element; one && one !== document.body; one = one.parentElement) {
    if (getComputedStyle(one).overflowX === 'visible') continue
    const { left, top, right, bottom } = one.getBoundingClientRect()
    clip.left = Math.max(clip.left, left)
    clip.top = Math.max(clip.top, top)
    clip.right = Math.min(clip.right, right)
    clip.bottom = Math.min(clip.bottom, bottom)
  }
  return clip
}

/** The cell or box that text stands in. */
function boxAround(element: Element): Element {
  for (let one: Element | null = element; one; one = one.parentElement) {
    if (one.matches('.box, .sheet, .btn, .menu, .card, main, dialog')) return one
    if (getComputedStyle(one).display === 'table-cell') return one
  }
  return document.documentElement
}

/** Every line of text that is to be seen, the topmost first; what stays where it is while the page scrolls lies over others on purpose. */
function linesOfText(): { node: Text; box: DOMRect }[] {
  const walker = document.createTreeWalker(scene(), NodeFilter.SHOW_TEXT)
  const isPinned = (element: Element | null): boolean =>
    element !== null &&
    (/fixed|sticky/.test(getComputedStyle(element).position) || isPinned(element.parentElement))
  const lines = []
  while (walker.nextNode()) {
    const node = walker.currentNode as Text
    const parent = node.parentElement as Element
    if (!node.data.trim() || parent.matches('option') || !isForEyes(parent) || isPinned(parent)) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const clip = clipOf(parent)
    for (const rect of range.getClientRects()) {
      const [left, top] = [Math.max(rect.left, clip.left), Math.max(rect.top, clip.top)]
      const box = new DOMRect(
        left,
        top,
        Math.min(rect.right, clip.right) - left,
        Math.min(rect.bottom, clip.bottom) - top,
      )
      if (box.width > 2 && box.height > 2) lines.push({ node, box })
    }
  }
  return lines.sort((one, other) => one.box.top - other.box.top)
}

function textOverText(): string[] {
  const lines = linesOfText()
  const words = ({ data }: Text) => data.trim().slice(0, 40)
  return lines.flatMap(({ node, box }, place) => {
    const found: string[] = []
    const edge = boxAround(node.parentElement as Element).getBoundingClientRect()
    if (box.right > edge.right + 1 || box.left < edge.left - 1) found.push(`leaves its box: ${words(node)}`)
    for (let next = place + 1; next < lines.length; next += 1) {
      const other = lines[next] as (typeof lines)[number]
      if (other.box.top > box.bottom - 4) break
      const wide = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left)
      const high = Math.min(box.bottom, other.box.bottom) - other.box.top
      // A text with an ellipsis has two boxes, one over the other.
      if (wide > 2 && high > 4 && other.node !== node)
        found.push(`runs over its neighbour: ${words(node)} | ${words(other.node)}`)
    }
    return found
  })
}

/** A day and a time of the day, each in one line. */
function tornTimes(): string[] {
  return all('time')
    .filter((time) => {
      const range = document.createRange()
      range.selectNodeContents(time)
      return new Set([...range.getClientRects()].map(({ top }) => Math.round(top / 8))).size > 2
    })
    .map((time) => `is torn apart: ${nameOf(time)}`)
}

/** What people wrote keeps its ends of lines, and begins with none of the view's. */
function emptyLines(): string[] {
  return all('.lines')
    .filter((text) => text.innerText.startsWith('\n'))
    .map((text) => `begins with an empty line: ${nameOf(text)}`)
}

/** A label of some lines is wide; what is higher than that was pressed together, letter by letter. */
function uprightButtons(): string[] {
  return all(':is(main, dialog) .btn')
    .filter(({ offsetWidth, offsetHeight }) => offsetHeight > 84 && offsetHeight > offsetWidth)
    .map((button) => `stands upright: ${nameOf(button)}`)
}

/** Everything that can be pressed. */
function targets(): Target[] {
  const controls = scene().querySelectorAll<HTMLElement>(
    'a[href], button, input:not([type="hidden"]), select, textarea, summary, [tabindex="0"]',
  )
  return [...controls]
    .map((control) => {
      const isBox = control.matches('[type="checkbox"], [type="radio"]')
      const element = (isBox && control.closest('label')) || control
      return { control, element, box: element.getBoundingClientRect() }
    })
    .filter(({ element, box }) => isForEyes(element) && box.width > 0 && !element.matches('.skip-link'))
}

/** Words in a sentence are as high as its lines: the exception "inline". */
function isInSentence({ element }: Target): boolean {
  if (getComputedStyle(element).display !== 'inline') return false
  let block = element.parentElement as Element
  while (getComputedStyle(block).display === 'inline') block = block.parentElement as Element
  const words = (node: Node): string => {
    if (node instanceof Text) return node.data
    const isOfLine = node instanceof Element && getComputedStyle(node).display === 'inline'
    return isOfLine && !node.matches('a, button') ? [...node.childNodes].map(words).join('') : ''
  }
  return [...block.childNodes].map(words).join('').trim() !== ''
}

/** Whether a circle of 24 px on a small target meets another target, or another small one's circle: else it has "spacing". */
function isNear(small: Target, other: Target, isOtherSmall: boolean): boolean {
  const middleOf = ({ left, top, width, height }: DOMRect) => [left + width / 2, top + height / 2] as const
  const [x, y] = middleOf(small.box)
  if (isOtherSmall) {
    const [otherX, otherY] = middleOf(other.box)
    return Math.hypot(otherX - x, otherY - y) < 24
  }
  const { left, top, right, bottom } = other.box
  return Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom)) < 12
}

function smallTargets(): string[] {
  const known = targets()
  const small = new Set(
    known.filter((target) => (target.box.width < 23.9 || target.box.height < 23.9) && !isInSentence(target)),
  )
  return [...small].flatMap((target) => {
    const near = known.find(
      (other) =>
        !other.element.contains(target.element) &&
        !target.element.contains(other.element) &&
        isNear(target, other, small.has(other)),
    )
    return near ? [`is a small target: ${nameOf(target.element)} beside ${nameOf(near.element)}`] : []
  })
}

/** An outline or a ring of two pixels, on the control, its label, or what stands for it beside it. */
function isMarked({ control, element }: Target): boolean {
  return [control, element, control.nextElementSibling].some((one) => {
    if (!one) return false
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one)
    const hasOutline = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2
    return hasOutline || /0px 0px 0px [2-9](\.\d+)?px/.test(boxShadow)
  })
}

function unseenFocus(): string[] {
  const found = targets().flatMap((target) => {
    const { control, element } = target
    if (control.matches(':disabled')) return []
    control.focus()
    if (document.activeElement !== control) return [`takes no focus: ${nameOf(control)}`]
    const { left, top, width, bottom } = element.getClientRects()[0] as DOMRect
    const x = Math.min(Math.max(left + width / 2, 1), innerWidth - 2)
    const onTop = document.elementFromPoint(x, (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2)
    const isSeen = onTop && (element.contains(onTop) || onTop.contains(element))
    return [
      ...(isMarked(target) ? [] : [`focus is not marked: ${nameOf(control)}`]),
      ...(isSeen ? [] : [`focus is behind ${onTop ? nameOf(onTop) : 'the edge'}: ${nameOf(control)}`]),
    ]
  })
  ;(document.activeElement as HTMLElement | null)?.blur()
  scrollTo(0, 0)
  return found
}
