// Toasts: said aloud, put away by hand, and the harmless ones by themselves after eight seconds without pointer or focus on them. One with a
// link stays, since that may be the only way to what it leads to. Above a page that is one card they stand in the flow and stay, since
// all below would move up.
import { allHtml, findHtml, maybeHtml } from './dom.js'

const seconds = 8

for (const region of allHtml(document, '.flashes')) {
  // A live region announces what is added to it, not what it was born with.
  const flashes = allHtml(region, ':scope > *')
  region.replaceChildren()
  requestAnimationFrame(() => region.append(...flashes))
  for (const flash of flashes) {
    findHtml(flash, '[data-dismiss]').addEventListener('click', () => flash.remove())
    const isHarmless = flash.dataset.tone === 'done' && !maybeHtml(flash, 'a')
    if (isHarmless && region.closest('.content')) leaveInTime(flash)
  }
}

/** @param {HTMLElement} flash */
function leaveInTime(flash) {
  /** @type {number | undefined} */
  let timer
  const hold = () => clearTimeout(timer)
  const count = () => {
    hold()
    timer = setTimeout(() => flash.remove(), seconds * 1000)
  }
  flash.addEventListener('pointerenter', hold)
  flash.addEventListener('focusin', hold)
  flash.addEventListener('pointerleave', count)
  flash.addEventListener('focusout', count)
  count()
}
