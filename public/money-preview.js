// <form data-preview="add|take|set|charge" data-now data-least? data-credits? data-available?>: shows what there will be before it is done,
// and says it on the button; of a charge also which part is taken from where. All in whole minor units. A field `operation` says instead of
// data-preview which it is. <fieldset data-rising> is shown unless there will be less, and is not sent otherwise. <form data-limited> has an amount beside other things: only its limits and its button follow. A form whose amounts (data-current) would all stay as they are cannot be sent.
import { amountIn, inMoney, isNothing } from './amount-fields.js'

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

// From Refill to Deduct and back the amount goes along: each has a form of its own.
document.addEventListener('change', ({ target }) => {
  if (!target.matches('.tabbed [name="tab"]')) return
  const inputs = [...target.closest('.tabbed').querySelectorAll('[data-amount]')]
  const shown = inputs.find((input) => input.checkVisibility())
  const left = inputs.find((input) => input !== shown)
  if (!shown || !left?.value) return
  shown.value = left.value
  shown.dispatchEvent(new Event('input', { bubbles: true }))
})

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
  if (form.matches('[data-limited]')) followLimits(form)
  const reason = form.querySelector('[data-unchanged]')
  if (!reason) return
  reason.hidden = ![...form.querySelectorAll('[data-current]')].every(isUnchanged)
  form.querySelector('[type="submit"]').disabled = !reason.hidden
}

function preview(form) {
  const operation = operationOf(form)
  const input = form.querySelector('[data-amount]')
  const minor = amountIn(input)
  const after = minor === null ? null : afterwards[operation](BigInt(form.dataset.now), minor, form)
  const say = (value) => (value === null ? '' : inMoney(input, value))

  for (const box of form.querySelectorAll('[data-after-box]')) box.hidden = after === null
  for (const output of form.querySelectorAll('[data-after]')) {
    output.textContent = say(after)
    output.classList.toggle('is-negative', after !== null && after < 0n)
  }
  for (const part of form.querySelectorAll('fieldset[data-rising]')) {
    part.hidden = operation === 'take' || (after !== null && after < BigInt(form.dataset.now))
    part.disabled = part.hidden
  }
  for (const part of form.querySelectorAll('[data-part]'))
    part.textContent = minor === null ? '' : say(partsOf(minor, form)[part.dataset.part])

  const short = form.querySelector('[data-short]')
  const falls = short !== null && after !== null && isShort(form, after, minor)
  if (short) short.hidden = !falls

  const moved =
    minor === null ? null : operation === 'set' ? distance(after, BigInt(form.dataset.now)) : minor
  const { isRefused, waits } = showLimits(form, moved)
  for (const term of form.querySelectorAll('dt[data-approval]')) {
    term.dataset.plain ??= term.textContent
    term.textContent = waits ? term.dataset.approval : term.dataset.plain
  }

  const button = form.querySelector('[data-label]')
  button.dataset.plain ??= button.textContent
  const label =
    { add: button.dataset.labelAdd, take: button.dataset.labelTake }[operation] ?? button.dataset.label
  const done = label.replace('{amount}', say(minor)).replace('{after}', say(after))
  // What is going to be refused promises nothing.
  const isVain = minor === null || isNothing(input, minor) || isRefused || falls
  button.textContent = isVain ? button.dataset.plain : waits ? button.dataset.approval : done
}

function followLimits(form) {
  const input = form.querySelector('[data-amount]')
  const { waits } = showLimits(form, (input && amountIn(input)) ?? 0n)
  const button = form.querySelector('[data-label]')
  if (button) button.textContent = waits ? button.dataset.approval : button.dataset.label
}

/** Shows the limits that the amount goes beyond, those alone. Whether it is more than anybody may enter, or a second person has to approve it. */
function showLimits(form, moved) {
  const box = form.querySelector('[data-limits]')
  if (!box) return { isRefused: false, waits: false }
  const limits = [...box.querySelectorAll('[data-limit]')]
  for (const limit of limits) {
    const above = BigInt(limit.dataset.above)
    limit.hidden = moved === null ? above > 0n : moved <= above
  }
  const biting = limits.filter(({ hidden }) => !hidden).map(({ dataset }) => dataset.limit)
  box.hidden = biting.length === 0
  const isRefused = biting.includes('most')
  return { isRefused, waits: !isRefused && biting.includes('approval') }
}

function distance(one, other) {
  return one > other ? one - other : other - one
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
