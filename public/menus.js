// Menus by keyboard: up and down go round, Home and End to the ends, and down on the button opens. Tab and Escape stay the browser's.
import { allHtml, closest, isField, maybeHtml, onPage } from './dom.js'

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
  const around = closest(element, '.menu[popover]', HTMLElement)
  return around ?? (id ? maybeHtml(document, `.menu[id="${CSS.escape(id)}"]`) : null)
}
