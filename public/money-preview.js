// <form data-preview="add|take|set|charge" data-now data-least? data-credits? data-available?>: shows what there will be before it is done,
// and says it on the button; of a charge also which part is taken from where. All in whole minor units. A field `operation` says instead of
// data-preview which it is. A form whose amounts (data-current) would all stay as they are cannot be sent.
import { amountIn, inMoney } from './amount-fields.js'

const afterwards = {
  add: (now, amount) => now + amount,
  take: (now, amount) => now - amount,
  set: (_now, amount) => amount,
  charge: (now, amount, form) => now - partsOf(amount, form).balance,
}

for (const type of ['input', 'change']) {
  document.addEventListener(type, ({ target }) => {
    if (target.form) showPreviewsOf(target.form)
  })
}

document.addEventListener('change', ({ target }) => {
  if (target.name === 'operation') clearForStep(target.form)
})

export function showPreviews(root) {
  for (const form of root.querySelectorAll('form')) showPreviewsOf(form)
}

showPreviews(document)

// The browser's Back may bring a page with what was typed there.
addEventListener('pageshow', () => showPreviews(document))

function showPreviewsOf(form) {
  if (form.matches('[data-preview]')) preview(form)
  const reason = form.querySelector('[data-unchanged]')
  if (!reason) return
  reason.hidden = ![...form.querySelectorAll('[data-current]')].every(isUnchanged)
  form.querySelector('[type="submit"]').disabled = !reason.hidden
}

function preview(form) {
  const deed = operationOf(form)
  const input = form.querySelector('[data-amount]')
  const minor = amountIn(input)
  const after = minor === null ? null : afterwards[deed](BigInt(form.dataset.now), minor, form)
  const say = (value) => (value === null ? '' : inMoney(input, value))

  for (const box of form.querySelectorAll('[data-after-box]')) box.hidden = after === null
  for (const output of form.querySelectorAll('[data-after]')) {
    output.textContent = say(after)
    output.classList.toggle('is-negative', after !== null && after < 0n)
  }
  for (const part of form.querySelectorAll('[data-part]'))
    part.textContent = minor === null ? '' : say(partsOf(minor, form)[part.dataset.part])

  const short = form.querySelector('[data-short]')
  if (short) short.hidden = after === null || !isShort(form, after, minor)

  const button = form.querySelector('[data-label]')
  button.dataset.plain ??= button.textContent
  const label = { add: button.dataset.labelAdd, take: button.dataset.labelTake }[deed] ?? button.dataset.label
  button.textContent =
    minor === null
      ? button.dataset.plain
      : label.replace('{amount}', say(minor)).replace('{after}', say(after))
}

function operationOf(form) {
  return form.elements.operation?.value || form.dataset.preview
}

/** Whether a field would leave what there is: as it is set, or by a step of nothing. */
function isUnchanged(input) {
  const { current } = input.dataset
  const minor = amountIn(input)
  if (['add', 'take'].includes(operationOf(input.form))) return minor === 0n
  return input.value.trim() === '' ? current === '' : minor !== null && String(minor) === current
}

/** What the page filled in is what there is: no step that anybody means. It comes back with the target. */
function clearForStep(form) {
  const input = form.querySelector('[data-amount]')
  const filled = form.elements[`${input.name}Filled`]?.value ?? ''
  const isStep = operationOf(form) !== 'set'
  if (isStep && input.value === filled) input.value = ''
  else if (!isStep && input.value === '') input.value = filled
  else return
  input.dispatchEvent(new Event('input', { bubbles: true }))
}

/** What a charge takes from the credits, and what is left for the balance. */
function partsOf(amount, { dataset }) {
  const all = BigInt(dataset.credits)
  const credits = amount < all ? amount : all
  return { credits, balance: amount - credits }
}

function isShort({ dataset }, after, amount) {
  return 'available' in dataset ? amount > BigInt(dataset.available) : after < BigInt(dataset.least)
}
