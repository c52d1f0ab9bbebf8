// Menus of rows get their look, and on a phone their heading, when they open. Menus by keyboard: up and down go round, Home and
// End to the ends, and down on the button opens. Tab and Escape stay the browser's.
import { all, allHtml, closest, elementOf, isField, maybe, maybeHtml, onPage } from './dom.js'

/** A row's stands in its cell, without a class. */
const ROW_MENU = 'td > [popover]'
const MENU = `.menu[popover], ${ROW_MENU}`

/** By key, which of so many items comes next. @type {Partial<Record<string, (index: number, count: number) => number>>} */
const STEPS = {
  ArrowDown: (index, count) => (index + 1) % count,
  ArrowUp: (index, count) => (index <= 0 ? count : index) - 1,
  Home: () => 0,
  End: (_index, count) => count - 1,
}

onPage('keydown', (element, event) => {
  const step = STEPS[event.key]
  if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
  const menu = menuOf(element)
  if (!menu) return
  if (!menu.matches(':popover-open')) {
    if (!event.key.startsWith('Arrow')) return
    element.click()
  }
  event.preventDefault()
  const items = allHtml(menu, 'a, button').filter((item) => item.checkVisibility())
  items[step(items.indexOf(element), items.length)]?.focus()
})

/** The menu that an element is in, or that its button opens; a field in a menu keeps its keys. @param {Element} element */
function menuOf(element) {
  if (isField(element)) return null
  const id = element.closest('[popovertarget]')?.getAttribute('popovertarget')
  const around = closest(element, MENU, HTMLElement)
  const opened = id ? maybeHtml(document, `[id="${CSS.escape(id)}"]`) : null
  return around ?? (opened?.matches(MENU) ? opened : null)
}

// It does not bubble.
document.addEventListener(
  'beforetoggle',
  (event) => {
    const menu = elementOf(event)
    if (menu?.matches(MENU) && event instanceof ToggleEvent && event.newState === 'open') dress(menu)
  },
  true,
)

/**
 * Gives the links of a row's menu the look that links of the same words have in the page's template, and says whom the row is about, which is
 * out of sight on a phone. @param {HTMLElement} menu
 */
function dress(menu) {
  const template = maybe(document, '#menu-looks', HTMLTemplateElement)
  const looks = template ? allHtml(template.content, 'a') : []
  for (const link of allHtml(menu, 'a:not([class])')) {
    const look = looks.find(({ textContent }) => textContent === link.textContent)
    if (!look) continue
    link.className = `menu-item ${look.className}`
    link.toggleAttribute('data-dialog', look.hasAttribute('data-dialog'))
    link.prepend(...all(look, 'svg', SVGElement).map((icon) => icon.cloneNode(true)))
    if (look.previousElementSibling?.matches('hr') && link.previousElementSibling)
      link.before(document.createElement('hr'))
  }
  if (menu.matches(ROW_MENU) && !maybeHtml(menu, '.menu-about')) menu.prepend(aboutOf(menu))
}

/** A row begins with its address, and under it the name, where there is one. @param {HTMLElement} menu */
function aboutOf(menu) {
  const about = document.createElement('strong')
  about.className = 'menu-about'
  const cell = menu.closest('tr')?.cells[0]
  const name = cell && (maybeHtml(cell, ':scope > bdi') ?? maybeHtml(cell, 'bdi'))
  if (name) about.append(name.cloneNode(true))
  return about
}
