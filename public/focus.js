// After an action the page comes back, and the focus goes to where the action was begun: to the control that opened the dialog, or to the
// row or card that took the place of one that is gone. It is remembered for the very next page, and for the same address alone. Saved in a
// page of its own, a form gives it to what leads to that page, and where nothing does to what is new.
import { allHtml, closest, maybeHtml, onPage } from './dom.js'

const KEY = 'purser-focus'
const CARDS = '.waiting'
const ROWS = 'tbody tr'
/** Before flashes.js takes it out to say it aloud. */
const hasNews = document.querySelector('.flash') !== null

/**
 * @typedef {object} Place What was pressed, and where it stood.
 * @property {string} path @property {string | null} [href] @property {string} [menu]
 * @property {number} [row] @property {number} [card] @property {string | null} [period] Its name. @property {undefined} [saved]
 */
/** @typedef {{ href: string, nth: number }} Opened A link that was followed: the how many-eth to that address. */

/** Remembers where to begin again: `control` is what was pressed, a link or a form. @param {HTMLElement} control */
export function rememberPlace(control) {
  /** @param {string} selector */
  const indexIn = (selector) =>
    allHtml(document, selector).findIndex((one) => one === control.closest(selector))
  /** @type {Place} */
  const place = {
    path: location.pathname,
    href: control.getAttribute('href'),
    menu: nameOf(buttonOf(control)),
    row: indexIn(ROWS),
    card: indexIn(CARDS),
  }
  sessionStorage.setItem(KEY, JSON.stringify(place))
}

onPage('submit', (form, { defaultPrevented }) => {
  if (!(form instanceof HTMLFormElement) || form.method !== 'post' || form.target || defaultPrevented) return
  if (form.closest(`${ROWS}, ${CARDS}`)) rememberPlace(form)
  else sessionStorage.setItem(KEY, JSON.stringify({ saved: location.pathname }))
})

// A period leads to the same list again, and the focus stays on it. On the first of a month its name alone tells it from the day.
onPage('click', (element, { ctrlKey, metaKey, shiftKey }) => {
  const period = element.closest('.presets a')?.textContent
  if (!period || ctrlKey || metaKey || shiftKey) return
  sessionStorage.setItem(KEY, JSON.stringify({ path: location.pathname, period }))
})

function returnToPlace() {
  /** @type {Place | { saved: string, path?: undefined } | null} */
  const place = JSON.parse(sessionStorage.getItem(KEY) ?? 'null')
  sessionStorage.removeItem(KEY)
  if (place?.saved) return returnFrom(place.saved)
  if (place?.path !== location.pathname) return false
  placeOf(place)?.focus()
  return true
}

/** Only where the page says that it was done, and not at what leads away from it: the page may show something once.
 * @param {string} page */
function returnFrom(page) {
  // The browser goes to what the address names.
  if (location.hash) return true
  if (!hasNews || document.querySelector('main [autofocus]')) return false
  const links = linksTo(page).filter((one) => !one.closest('.crumbs, .form-actions'))
  const link = links.find((one) => one.checkVisibility()) ?? links[0]
  const place = (link && controlOf(link)) ?? maybeHtml(document, 'main')
  place?.focus({ preventScroll: place.localName === 'main' })
  return true
}

/** What can be focused in place of a link that stands in a menu. @param {HTMLElement} link */
function controlOf(link) {
  return link.closest('[popover]') ? buttonOf(link) : link
}

/** The button of the menu that this stands in. @param {HTMLElement} control */
function buttonOf(control) {
  const menu = control.closest('[popover]')?.id
  return menu ? maybeHtml(document, `[popovertarget="${CSS.escape(menu)}"]`) : null
}

/** By which the button of a row is found again; its id tells only the place of the row. @param {HTMLElement | null} button */
const nameOf = (button) => button?.getAttribute('aria-label') ?? button?.textContent ?? undefined

/** @param {Place} place */
function placeOf({ href, menu, row, card, period }) {
  if (period) {
    const chosen = allHtml(document, '.presets [aria-current="true"]')
    return chosen.find(({ textContent }) => textContent === period) ?? chosen[0]
  }
  const opener = allHtml(document, 'a[data-dialog]').find(
    (link) => link.getAttribute('href') === href && link.checkVisibility(),
  )
  const button = menu && allHtml(document, '[popovertarget]').find((one) => nameOf(one) === menu)
  if (opener || button) return opener || button || null
  const isIn = (index = -1) => index >= 0
  if (isIn(card)) return nextOf(CARDS, card) ?? maybeHtml(document, 'main')
  if (!isIn(row)) return null
  const next = nextOf(ROWS, row)
  return (next && maybeHtml(next, '[popovertarget], a, button')) ?? maybeHtml(document, 'main')
}

/** @param {string} selector @param {number} [index] */
function nextOf(selector, index = 0) {
  const items = allHtml(document, selector)
  return items[Math.min(index, items.length - 1)]
}

// A page that one comes back to shows what was opened from it: by Back, which scrolls by itself, and by a link or a form that leads back.
const LINKS_KEY = 'purser-links'
const PAGES_MAX = 50

onPage('click', (element) => {
  const link = closest(element, 'main a[href]', HTMLAnchorElement)
  if (!link) return
  /** @type {Record<string, Opened>} */
  const links = JSON.parse(sessionStorage.getItem(LINKS_KEY) ?? '{}')
  const others = Object.entries(links).filter(([page]) => page !== location.pathname)
  const href = link.getAttribute('href') ?? ''
  const newest = [...others, [location.pathname, { href, nth: linksTo(href).indexOf(link) }]]
  sessionStorage.setItem(LINKS_KEY, JSON.stringify(Object.fromEntries(newest.slice(-PAGES_MAX))))
})

/** How this page was come to. */
function navigation() {
  const [entry] = performance.getEntriesByType('navigation')
  return entry instanceof PerformanceNavigationTiming ? entry : null
}

function returnToLink() {
  /** @type {Opened | undefined} */
  const opened = JSON.parse(sessionStorage.getItem(LINKS_KEY) ?? '{}')[location.pathname]
  if (!opened || location.hash || document.querySelector('main [autofocus], main [aria-invalid="true"]'))
    return
  const how = navigation()?.type
  if (how === 'reload') return
  const isBack = how === 'back_forward'
  if (!isBack && itemOf(document.referrer) !== itemOf(opened.href)) return
  const link = linksTo(opened.href)[opened.nth]
  const place = link && controlOf(link)
  if (!isBack) place?.scrollIntoView({ block: link?.closest(`${ROWS}, ${CARDS}`) ? 'center' : 'nearest' })
  place?.focus({ preventScroll: true })
}

/** @param {string} href */
const linksTo = (href) => allHtml(document, `main a[href="${CSS.escape(href)}"]`)

/** What an address is about, such as one customer: the page, and each form of it. @param {string} address */
const itemOf = (address) =>
  address && new URL(address, location.href).pathname.split('/').slice(0, 3).join('/')

/** A form that came back begins at the first wrong field that is seen; the page itself names the first that was read. */
function lookAtWrong() {
  const wrong = allHtml(document, 'main [aria-invalid="true"]')
  if (wrong.length === 0) return false
  sessionStorage.removeItem(KEY)
  wrong.find((field) => field.checkVisibility())?.focus()
  return true
}

/** One in which no field is wrong begins at the sentence that says why it came back, unless the page names where to begin. */
function lookAtNotice() {
  const notice = maybeHtml(document, 'main form .form-errors')
  if (!notice || document.querySelector('main [autofocus]')) return false
  sessionStorage.removeItem(KEY)
  notice.tabIndex = -1
  notice.focus()
  return true
}

if (!lookAtWrong() && !lookAtNotice() && !returnToPlace()) returnToLink()
