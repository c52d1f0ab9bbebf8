// <button data-copy="#id" data-copied="Copied">: copies the field's value or the element's text, and says so on the button. Where the
// browser does not let it, the text is shown and selected, and the button says to copy it by hand.
document.addEventListener('click', async ({ target }) => {
  const button = target.closest('[data-copy]')
  if (!button) return
  const source = document.querySelector(button.dataset.copy)
  const text = source.value ?? source.textContent.trim()
  const isCopied = (await write(text)) || copySelected(source)
  // An element that is out of sight until then is shown by this class.
  source.parentElement.classList.toggle('is-by-hand', !isCopied)
  if (!isCopied) select(source)
  say(button, isCopied ? button.dataset.copied : document.body.dataset.byHand)
})

/** Over plain http from another machine there is no clipboard API, and elsewhere it may be forbidden. */
async function write(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

/** By the old command. */
function copySelected(source) {
  select(source)
  return document.execCommand('copy')
}

function select(source) {
  getSelection().selectAllChildren(source)
  source.select?.()
}

const before = new WeakMap()

/** For two seconds, and aloud. */
function say(button, words) {
  const label = button.querySelector('[data-label]') ?? button
  if (!before.has(label)) before.set(label, label.textContent)
  label.setAttribute('aria-live', 'polite')
  label.textContent = words
  setTimeout(() => {
    label.textContent = before.get(label)
  }, 2000)
}
