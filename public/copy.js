// <button data-copy="#id" data-copied="Copied">: copies the field's value or the element's text, and says so on the button. Where the
// browser does not let it, the text is shown and selected, and the button says to copy it by hand.
import { closest, dataOf, findHtml, isField, maybeHtml, onPage } from './dom.js'

onPage('click', async (element) => {
  const button = closest(element, '[data-copy]', HTMLElement)
  if (!button) return
  const source = findHtml(document, dataOf(button, 'copy'))
  const text = isField(source) ? source.value : source.textContent.trim()
  const isCopied = (await write(text)) || copySelected(source)
  // An element that is out of sight until then is shown by this class.
  source.parentElement?.classList.toggle('is-by-hand', !isCopied)
  if (!isCopied) select(source)
  say(button, isCopied ? dataOf(button, 'copied') : dataOf(document.body, 'byHand'))
})

/** Over plain http from another machine there is no clipboard API, and elsewhere it may be forbidden. @param {string} text */
async function write(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

/** By the old command. @param {HTMLElement} source */
function copySelected(source) {
  select(source)
  return document.execCommand('copy')
}

/** @param {HTMLElement} source */
function select(source) {
  getSelection()?.selectAllChildren(source)
  if (source instanceof HTMLInputElement || source instanceof HTMLTextAreaElement) source.select()
}

/** @type {WeakMap<Element, string>} */
const before = new WeakMap()

/** For two seconds, and aloud. @param {HTMLElement} button @param {string} words */
function say(button, words) {
  const label = maybeHtml(button, '[data-label]') ?? button
  const own = before.get(label) ?? label.textContent
  before.set(label, own)
  label.setAttribute('aria-live', 'polite')
  label.textContent = words
  setTimeout(() => {
    label.textContent = own
  }, 2000)
}
