// <form data-live>: a list that follows its search box and filters. Fetches the form's own address and puts the answer's #results
// (and whatever else is marked data-live with an id) in place of the old, so that typing never loses the focus.
import { findHtml, maybe, maybeHtml, onPage, textsOf } from './dom.js'

const form = maybe(document, 'form[data-live]', HTMLFormElement)
const pauseMs = 220

if (form) follow(form)

/** @param {HTMLFormElement} form */
function follow(form) {
  /** @type {AbortController | undefined} */
  let underWay
  /** @type {number | undefined} */
  let timer
  form.addEventListener('input', ({ target }) => {
    clearTimeout(timer)
    timer = setTimeout(refresh, target instanceof HTMLSelectElement ? 0 : pauseMs)
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    clearTimeout(timer)
    void openOnlyHit()
  })

  /** Enter in the search box opens what was found, where it is one; where its row is all there is of it (data-rows-only), goes there. */
  async function openOnlyHit() {
    const box = maybe(form, 'input[type="search"]', HTMLInputElement)
    const words = box?.value.trim()
    const isAsked = words !== '' && document.activeElement === box
    const isFresh = await refresh()
    if (!isAsked || !isFresh || box?.value.trim() !== words) return
    const rows = document.querySelectorAll('#results tbody tr')
    const [row] = rows.length === 1 ? rows : []
    if (row?.closest('[data-rows-only]')) return maybeHtml(row, 'select, button, summary')?.focus()
    const hit = row && (linkIn(row, '.col-what a, .col-mail a') ?? linkIn(row, 'a:not([data-dialog])'))
    if (hit) location.assign(hit.href)
  }

  async function refresh() {
    // Such as an amount that can be read as two, of which none is chosen yet.
    if (!form.checkValidity()) return false
    const filled = textsOf(new FormData(form)).filter(([, value]) => value !== '')
    const address = new URL(form.action)
    address.search = String(new URLSearchParams(filled))
    underWay?.abort()
    underWay = new AbortController()
    findHtml(document, '#results').classList.add('is-loading')
    try {
      const response = await fetch(address, { signal: underWay.signal, redirect: 'error' })
      if (!response.ok) {
        location.assign(address.href)
        return false
      }
      put(new DOMParser().parseFromString(await response.text(), 'text/html'))
      history.replaceState(null, '', address)
      return true
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError')) location.assign(address.href)
      return false
    }
  }
}

/** @param {Element} row @param {string} selector */
const linkIn = (row, selector) => maybe(row, selector, HTMLAnchorElement)

/** @param {Document} page */
function put(page) {
  for (const now of document.querySelectorAll('[data-live][id]')) {
    const next = page.getElementById(now.id)
    if (next) now.replaceWith(document.adoptNode(next))
  }
  const status = document.querySelector('[data-live-status]')
  if (status) status.textContent = findHtml(document, '#results').dataset.status ?? ''
}

onPage('keydown', (element, event) => {
  const typing = element.closest('input, select, textarea, dialog, [contenteditable]')
  if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return
  const box = maybe(document, 'input[type="search"]', HTMLInputElement)
  if (!box) return
  event.preventDefault()
  box.select()
})
