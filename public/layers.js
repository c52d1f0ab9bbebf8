// What lies above the page, a dialog or the drawer of a phone, is left by Back as well: while it is open the history has an entry of its own.
import { maybeHtml } from './dom.js'

/** @typedef {() => boolean | void} Close Closes a layer; false keeps it open. */

/** @type {Close | null} */
let closeTop = null

/** Begins a layer. `close` closes it when Back is pressed, and returns false to keep it open. @param {Close} close */
export function enterLayer(close) {
  if (!closeTop) history.pushState({ layer: true }, '')
  closeTop = close
}

/**
 * Takes the entry of a layer that was closed otherwise out of the way.
 * @returns {Promise<void>} resolves when the page's own entry is the current one
 */
export function leaveLayer() {
  if (!closeTop) return Promise.resolve()
  closeTop = null
  return new Promise((resolve) => {
    addEventListener('popstate', () => resolve(), { once: true })
    history.back()
  })
}

addEventListener('popstate', () => {
  const close = closeTop
  closeTop = null
  if (!close) return leaveEmptyEntry()
  if (close() === false) enterLayer(close)
})

// A reload, or Back from a page that a link in the layer led to, comes to the entry of a layer that is no longer open.
addEventListener('pageshow', ({ persisted }) => {
  if (closeTop && !persisted) return
  closeTop?.()
  closeTop = null
  leaveEmptyEntry()
})

function leaveEmptyEntry() {
  if (history.state?.layer) history.back()
}

const drawer = maybeHtml(document, '.sidebar[popover]')
drawer?.addEventListener('toggle', (event) => {
  if (event instanceof ToggleEvent && event.newState === 'open') enterLayer(() => drawer.hidePopover())
  else void leaveLayer()
})
