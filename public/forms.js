// One press, one request: a form that is under way cannot be sent again. The server's idempotency is the real guard.
import { all, allHtml, closest, dataOf, formOf, isField, onPage, valueOf } from './dom.js'

onPage('submit', (form, event) => {
  if (!(form instanceof HTMLFormElement) || form.method !== 'post') return
  if (form.hasAttribute('data-busy')) return event.preventDefault()
  if (event.defaultPrevented) return
  setBusy(form, true)
  // A form for another tab leaves this page where it is, to be used again: it is held for as long as a double click takes.
  if (form.target) setTimeout(() => setBusy(form, false), 1000)
})

// The browser's Back may bring a page as it was left: in the middle of being sent.
addEventListener('pageshow', () => {
  for (const form of all(document, 'form[data-busy]', HTMLFormElement)) setBusy(form, false)
})

/** Marks a form as being sent, or as one that can be sent again. @param {HTMLFormElement} form @param {boolean} busy */
export function setBusy(form, busy) {
  form.toggleAttribute('data-busy', busy)
  for (const button of allHtml(form, '[type="submit"]')) {
    button.classList.toggle('btn-loading', busy)
    if (busy) button.setAttribute('aria-disabled', 'true')
    else button.removeAttribute('aria-disabled')
  }
}

// [data-when="reason=payment_received"]: stands in its form while that field has that value (or one of several, "kind=a|b"), and is not
// sent otherwise.
onPage('change', (element) => {
  const form = formOf(element)
  if (form) showWhatFits(form)
})

showWhatFits(document)

/** Shows, and sends, what fits the fields that it depends on; requires what they make necessary. @param {ParentNode} root */
export function showWhatFits(root) {
  for (const part of all(root, 'fieldset[data-when]', HTMLFieldSetElement)) {
    part.disabled = !isWanted(part, dataOf(part, 'when'))
    part.hidden = part.disabled
    for (const field of fieldsIn(part, '[data-required]')) field.required = !part.disabled
  }
  for (const field of fieldsIn(root, '[data-required-when]')) {
    field.required = isWanted(field, dataOf(field, 'requiredWhen'))
    for (const mark of allHtml(field.closest('.field') ?? field, '[data-mark]'))
      mark.hidden = (mark.dataset.mark === 'required') !== field.required
  }
}

/** Whether a field of the element's form has one of the values: "kind=a|b". @param {Element} element @param {string} wanted */
function isWanted(element, wanted) {
  const [name = '', values = ''] = wanted.split('=')
  const form = closest(element, 'form', HTMLFormElement)
  return form !== null && values.split('|').includes(valueOf(form, name) ?? '')
}

/** @param {ParentNode} root @param {string} selector */
function fieldsIn(root, selector) {
  return allHtml(root, selector).filter(isField)
}
