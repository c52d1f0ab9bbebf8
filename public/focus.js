// After an action the page comes back, and the focus goes to where the action was begun: to the control that opened the dialog, or to the
// row or card that took the place of one that is gone. It is remembered for the very next page, and for the same address alone.
const KEY = 'purser-focus'
const CARDS = '.waiting'
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

// A period leads to the same list again, and the focus stays on it.
document.addEventListener('click', ({ target, ctrlKey, metaKey, shiftKey }) => {
  if (!target.closest('.presets a') || ctrlKey || metaKey || shiftKey) return
  sessionStorage.setItem(KEY, JSON.stringify({ path: location.pathname, isPeriod: true }))
})

function returnToPlace() {
  const place = JSON.parse(sessionStorage.getItem(KEY) ?? 'null')
  sessionStorage.removeItem(KEY)
  if (place?.path !== location.pathname) return false
  placeOf(place)?.focus()
  return true
}

function placeOf({ href, menu, row, card, isPeriod }) {
  if (isPeriod) return document.querySelector('.presets [aria-current="true"]')
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

// A list that one comes back to, from whatever was opened there, shows the row that it was opened from. Back scrolls by itself.
const ROWS_KEY = 'purser-rows'

document.addEventListener('click', ({ target }) => {
  const link = target.closest(`:is(${ROWS}, ${CARDS}) a[href]`)
  if (!link) return
  const all = JSON.parse(sessionStorage.getItem(ROWS_KEY) ?? '{}')
  const href = link.getAttribute('href')
  all[location.pathname] = { href, nth: linksTo(href).indexOf(link) }
  sessionStorage.setItem(ROWS_KEY, JSON.stringify(all))
})

function returnToRow() {
  const opened = JSON.parse(sessionStorage.getItem(ROWS_KEY) ?? '{}')[location.pathname]
  const isBack = performance.getEntriesByType('navigation')[0]?.type !== 'navigate'
  if (!opened || isBack || location.hash || itemOf(document.referrer) !== itemOf(opened.href)) return
  const link = linksTo(opened.href)[opened.nth]
  const menu = link?.closest('[popover]')?.id
  const place = menu ? document.querySelector(`[popovertarget="${CSS.escape(menu)}"]`) : link
  place?.scrollIntoView({ block: 'center' })
  place?.focus({ preventScroll: true })
}

const linksTo = (href) => [...document.querySelectorAll(`a[href="${CSS.escape(href)}"]`)]

/** What an address is about, such as one customer: the page, and each form of it. */
const itemOf = (address) => address && new URL(address, location).pathname.split('/').slice(0, 3).join('/')

if (!returnToPlace()) returnToRow()
