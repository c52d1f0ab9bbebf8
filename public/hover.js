// <table data-hover data-locale data-zone>, <p data-hover>: shows on hover what is cut, what describes it, and a time to the second. Titles of
// their own in fifty rows would be sent with each page.
import { closest, dataOf, maybeHtml, onPage } from './dom.js'

onPage('mouseover', (element) => {
  const table = closest(element, '[data-hover]', HTMLElement)
  if (!table || element.closest('[title], [popover]')) return
  const cell = closest(element, 'td', HTMLElement) ?? element
  const time = closest(element, 'time', HTMLTimeElement)
  const text = closest(element, 'td > *', HTMLElement) ?? cell
  if (time) time.title = exactTime(time, table)
  else if (element.hasAttribute('aria-describedby')) element.title = describing(element)
  else if ([element, text, cell].some(isCut)) text.title = (text.textContent ?? '').trim()
})

/** As the server writes it elsewhere. @param {HTMLTimeElement} time @param {HTMLElement} table */
function exactTime(time, table) {
  const timeZone = dataOf(table, 'zone')
  const format = new Intl.DateTimeFormat(dataOf(table, 'locale'), {
    dateStyle: 'full',
    timeStyle: 'long',
    timeZone,
  })
  return format.format(new Date(time.dateTime))
}

/** What stands in the page once for many rows. @param {HTMLElement} element */
const describing = (element) =>
  maybeHtml(document, `[id="${CSS.escape(element.getAttribute('aria-describedby') ?? '')}"]`)?.textContent ??
  ''

/** @param {HTMLElement} element */
const isCut = ({ scrollWidth, clientWidth, scrollHeight, clientHeight }) =>
  clientWidth > 0 && (scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1)
