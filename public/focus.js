// After an action the page comes back, and the focus goes to where the action was begun: to the control that opened the dialog, or to the
// row or card that took the place of one that is gone. It is remembered for the very next page, and for the same address alone.
const KEY = 'purser-focus'
const CARDS = 'article.waiting'
const ROWS = 'tbody tr'

/** Remembers where to begin again: `control` is what was pressed, a link or a form. */
export function rememberPlace(control) {
  const indexIn = (selector) => [...document.querySelectorAll(selector)].indexOf(control.closest(selector))
  const place = {
    path: location.pathname,
    href: control.getAttribute('href'),
    menu: control.closest('[popover]')?.id,
    row: indexIn(ROWS),
    card: indexIn(CARDS),
  }
  sessionStorage.setItem(KEY, JSON.stringify(place))
}

document.addEventListener('submit', ({ target, defaultPrevented }) => {
  if (target.method !== 'post' || target.target || defaultPrevented) return
  if (target.closest(`${ROWS}, ${CARDS}`)) rememberPlace(target)
})

function returnToPlace() {
  const place = JSON.parse(sessionStorage.getItem(KEY) ?? 'null')
  sessionStorage.removeItem(KEY)
  if (place?.path === location.pathname) placeOf(place)?.focus()
}

function placeOf({ href, menu, row, card }) {
  const opener = [...document.querySelectorAll('a[data-dialog]')].find(
    (link) => link.getAttribute('href') === href && link.checkVisibility(),
  )
  const button = menu && document.querySelector(`[popovertarget="${CSS.escape(menu)}"]`)
  if (opener || button) return opener ?? button
  if (card >= 0) return nextOf(CARDS, card) ?? document.querySelector('main')
  if (row >= 0)
    return nextOf(ROWS, row)?.querySelector('[popovertarget], a, button') ?? document.querySelector('main')
  return null
}

const nextOf = (selector, index) => {
  const all = [...document.querySelectorAll(selector)]
  return all[Math.min(index, all.length - 1)]
}

returnToPlace()
