// Menus by keyboard: up and down go round, Home and End to the ends, and down on the button opens. Tab and Escape stay the browser's.
const STEPS = {
  ArrowDown: (index, count) => (index + 1) % count,
  ArrowUp: (index, count) => (index <= 0 ? count : index) - 1,
  Home: () => 0,
  End: (_index, count) => count - 1,
}

document.addEventListener('keydown', (event) => {
  const step = STEPS[event.key]
  if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
  const menu = menuOf(event.target)
  if (!menu) return
  if (!menu.matches(':popover-open')) {
    if (!event.key.startsWith('Arrow')) return
    event.target.click()
  }
  event.preventDefault()
  const items = [...menu.querySelectorAll('a, button')].filter((item) => item.checkVisibility())
  items[step(items.indexOf(event.target), items.length)]?.focus()
})

/** The menu that an element is in, or that its button opens; a field in a menu keeps its keys. */
function menuOf(element) {
  if (element.matches('input, select, textarea')) return null
  const id = element.closest('[popovertarget]')?.getAttribute('popovertarget')
  return element.closest('.menu[popover]') ?? (id && document.querySelector(`.menu[id="${CSS.escape(id)}"]`))
}
