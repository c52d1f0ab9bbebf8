// One press, one request: a form that is under way cannot be sent again. The server's idempotency is the real guard.
document.addEventListener('submit', (event) => {
  const form = event.target
  if (form.method !== 'post') return
  if (form.hasAttribute('data-busy')) return event.preventDefault()
  if (event.defaultPrevented) return
  setBusy(form, true)
  // A form for another tab leaves this page where it is, to be used again: it is held for as long as a double click takes.
  if (form.target) setTimeout(() => setBusy(form, false), 1000)
})

// The browser's Back may bring a page as it was left: in the middle of being sent.
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-busy]')) setBusy(form, false)
})

export function setBusy(form, busy) {
  form.toggleAttribute('data-busy', busy)
  for (const button of form.querySelectorAll('[type="submit"]')) {
    button.classList.toggle('btn-loading', busy)
    if (busy) button.setAttribute('aria-disabled', 'true')
    else button.removeAttribute('aria-disabled')
  }
}

// [data-when="reason=payment_received"]: stands in its form while that field has that value (or one of several, "kind=a|b"), and is not
// sent otherwise.
document.addEventListener('change', ({ target }) => {
  if (target.form) showWhatFits(target.form)
})

showWhatFits(document)

export function showWhatFits(root) {
  for (const part of root.querySelectorAll('fieldset[data-when]')) {
    const [name, values] = part.dataset.when.split('=')
    part.disabled = !values.split('|').includes(part.closest('form').elements[name].value)
    part.hidden = part.disabled
    for (const field of part.querySelectorAll('[data-required]')) field.required = !part.disabled
  }
  for (const field of root.querySelectorAll('[data-required-when]')) {
    const [name, value] = field.dataset.requiredWhen.split('=')
    field.required = field.form.elements[name].value === value
    for (const mark of field.closest('.field').querySelectorAll('[data-mark]'))
      mark.hidden = (mark.dataset.mark === 'required') !== field.required
  }
}
