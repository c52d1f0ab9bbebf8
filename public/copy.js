// <button data-copy="#id" data-copied="Copied">: copies the field's value or the element's text, and says so on the button.
document.addEventListener('click', async ({ target }) => {
  const button = target.closest('[data-copy]')
  if (!button) return
  const source = document.querySelector(button.dataset.copy)
  const text = source.value ?? source.textContent.trim()
  if (!(await write(text, source))) return
  const label = button.querySelector('[data-label]') ?? button
  const before = label.textContent
  if (before === button.dataset.copied) return
  label.textContent = button.dataset.copied
  setTimeout(() => {
    label.textContent = before
  }, 2000)
})

/** Over plain http from another machine there is no clipboard API; then the text is selected, and the old command tried. */
async function write(text, source) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    getSelection().selectAllChildren(source)
    source.select?.()
    return document.execCommand('copy')
  }
}
