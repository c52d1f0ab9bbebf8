// After an action the page comes back, and the focus goes to where the action was begun: to the control that opened the dialog, or to the
// row or card that took the place of one that is gone. It is remembered for the very next page, and for the same address alone. Saved in a
// page of its own, a form gives it to what leads to that page, and where nothing does to what is new.
const KEY = 'purser-focus'
const CARDS = '.waiting'
const ROWS = 'tbody tr'
/** Before flashes.js takes it out to say it aloud. */
const hasNews = document.querySelector('.flash') !== null

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
  else sessionStorage.setItem(KEY, JSON.stringify({ saved: location.pathname }))
})

// A period leads to the same list again, and the focus stays on it.
document.addEventListener('click', ({ target, ctrlKey, metaKey, shiftKey }) => {
  if (!target.closest('.presets a') || ctrlKey || metaKey || shiftKey) return
  sessionStorage.setItem(KEY, JSON.stringify({ path: location.pathname, isPeriod: true }))
})

function returnToPlace() {
  const place = JSON.parse(sessionStorage.getItem(KEY) ?? 'null')
  sessionStorage.removeItem(KEY)
  if (place?.saved) return returnFrom(place.saved)
  if (place?.path !== location.pathname) return false
  placeOf(place)?.focus()
  return true
}

/** Only where the page says that it was done, and not at what leads away from it: the page may show something once. */
function returnFrom(page) {
  // The browser goes to what the address names.
  if (location.hash) return true
  if (!hasNews || document.querySelector('main [autofocus]')) return false
  const links = linksTo(page).filter((one) => !one.closest('.crumbs, .form-actions'))
  const link = links.find((one) => one.checkVisibility()) ?? links[0]
  const place = (link && controlOf(link)) ?? document.querySelector('main')
  place.focus({ preventScroll: place.localName === 'main' })
  return true
}

/** What can be focused in place of a link that stands in a menu. */
function controlOf(link) {
  const menu = link.closest('[popover]')?.id
  return menu ? document.querySelector(`[popovertarget="${CSS.escape(menu)}"]`) : link
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

// A page that one comes back to shows what was opened from it: by Back, which scrolls by itself, and by a link or a form that leads back.
const LINKS_KEY = 'purser-links'
const PAGES_MAX = 50

document.addEventListener('click', ({ target }) => {
  const link = target.closest('main a[href]')
  if (!link) return
  const { [location.pathname]: _, ...others } = JSON.parse(sessionStorage.getItem(LINKS_KEY) ?? '{}')
  const href = link.getAttribute('href')
  const newest = [...Object.entries(others), [location.pathname, { href, nth: linksTo(href).indexOf(link) }]]
  sessionStorage.setItem(LINKS_KEY, JSON.stringify(Object.fromEntries(newest.slice(-PAGES_MAX))))
})

function returnToLink() {
  const opened = JSON.parse(sessionStorage.getItem(LINKS_KEY) ?? '{}')[location.pathname]
  if (!opened || location.hash || document.querySelector('main [autofocus], main [aria-invalid="true"]'))
    return
  const how = performance.getEntriesByType('navigation')[0]?.type
  if (how === 'reload') return
  const isBack = how === 'back_forward'
  if (!isBack && itemOf(document.referrer) !== itemOf(opened.href)) return
  const link = linksTo(opened.href)[opened.nth]
  const place = link && controlOf(link)
  if (!isBack) place?.scrollIntoView({ block: link.closest(`${ROWS}, ${CARDS}`) ? 'center' : 'nearest' })
  place?.focus({ preventScroll: true })
}

const linksTo = (href) => [...document.querySelectorAll(`main a[href="${CSS.escape(href)}"]`)]

/** What an address is about, such as one customer: the page, and each form of it. */
const itemOf = (address) => address && new URL(address, location).pathname.split('/').slice(0, 3).join('/')

/** A form that came back begins at the first wrong field that is seen; the page itself names the first that was read. */
function lookAtWrong() {
  const wrong = [...document.querySelectorAll('main [aria-invalid="true"]')]
  if (wrong.length === 0) return false
  sessionStorage.removeItem(KEY)
  wrong.find((field) => field.checkVisibility())?.focus()
  return true
}

if (!lookAtWrong() && !returnToPlace()) returnToLink()
