// <form data-preview="add|take|set|charge" data-now data-least? data-credits? data-available?>: shows what there will be before it is done,
// and says it on the button; of a charge also which part is taken from where. All in whole minor units. A field `operation` says instead of
// data-preview which it is. <fieldset data-rising> is shown unless there will be less, and is not sent otherwise. <form data-limited> has an amount beside other things: only its limits and its button follow. A form whose amounts (data-current) would all stay as they are cannot be sent.
import { amountIn, inMoney, isNothing } from './amount-fields.js'
import {
  all,
  allHtml,
  closest,
  dataOf,
  find,
  findHtml,
  formOf,
  maybe,
  maybeHtml,
  onPage,
  valueOf,
} from './dom.js'
import { afterwards, isShort, partsOf } from './movement.js'

for (const type of /** @type {const} */ (['input', 'change'])) {
  onPage(type, (element) => {
    const form = formOf(element)
    if (form) showPreviewsOf(form)
  })
}

// From Refill to Deduct and back the amount goes along: each has a form of its own.
onPage('change', (element) => {
  const tabbed = closest(element, '.tabbed', HTMLElement)
  if (!tabbed || !element.matches('[name="tab"]')) return
  const inputs = all(tabbed, '[data-amount]', HTMLInputElement)
  const shown = inputs.find((input) => input.checkVisibility())
  const left = inputs.find((input) => input !== shown)
  if (!shown || !left?.value) return
  shown.value = left.value
  shown.dispatchEvent(new Event('input', { bubbles: true }))
})

onPage('change', (element) => {
  const form = formOf(element)
  if (form && element.matches('[name="operation"]')) clearForStep(form)
})

/** Shows what the forms would do as they are filled in now. @param {ParentNode} root */
export function showPreviews(root) {
  for (const form of root.querySelectorAll('form')) showPreviewsOf(form)
}

showPreviews(document)

// The browser's Back may bring a page with what was typed there.
addEventListener('pageshow', () => showPreviews(document))

/** @param {HTMLFormElement} form */
function showPreviewsOf(form) {
  if (form.matches('[data-preview]')) preview(form)
  if (form.matches('[data-limited]')) followLimits(form)
  const reason = maybeHtml(form, '[data-unchanged]')
  if (!reason) return
  reason.hidden = !all(form, '[data-current]', HTMLInputElement).every(isUnchanged)
  find(form, '[type="submit"]', HTMLButtonElement).disabled = !reason.hidden
}

/** @param {HTMLFormElement} form */
function preview(form) {
  const operation = operationOf(form)
  const input = find(form, '[data-amount]', HTMLInputElement)
  const minor = amountIn(input)
  const account = accountOf(form)
  const { now } = account
  const after = minor === null ? null : (afterwards[operation]?.(account, minor) ?? null)
  /** @param {bigint | null} value */
  const say = (value) => (value === null ? '' : inMoney(input, value))

  for (const box of allHtml(form, '[data-after-box]')) box.hidden = after === null
  for (const output of allHtml(form, '[data-after]')) {
    output.textContent = say(after)
    output.classList.toggle('is-negative', after !== null && after < 0n)
  }
  for (const part of all(form, 'fieldset[data-rising]', HTMLFieldSetElement)) {
    part.hidden = operation === 'take' || (after !== null && after < now)
    part.disabled = part.hidden
  }
  for (const part of allHtml(form, '[data-part]')) {
    const name = dataOf(part, 'part') === 'credits' ? 'credits' : 'balance'
    part.textContent = minor === null ? '' : say(partsOf(minor, account)[name])
  }

  const short = maybeHtml(form, '[data-short]')
  const falls = short !== null && after !== null && minor !== null && wouldFall(form, after, minor)
  if (short) short.hidden = !falls

  const moved = minor !== null && after !== null && operation === 'set' ? distance(after, now) : minor
  const { isRefused, waits } = showLimits(form, moved)
  for (const term of allHtml(form, 'dt[data-approval]')) {
    const plain = (term.dataset.plain ??= term.textContent)
    term.textContent = waits ? dataOf(term, 'approval') : plain
  }

  const button = findHtml(form, '[data-label]')
  const plain = (button.dataset.plain ??= button.textContent)
  const { labelAdd, labelTake } = button.dataset
  const label = { add: labelAdd, take: labelTake }[operation] ?? dataOf(button, 'label')
  const done = label.replace('{amount}', say(minor)).replace('{after}', say(after))
  // What is going to be refused promises nothing.
  const isVain = minor === null || isNothing(input, minor) || isRefused || falls
  button.textContent = isVain ? plain : waits ? dataOf(button, 'approval') : done
}

/** @param {HTMLFormElement} form */
function followLimits(form) {
  const input = maybe(form, '[data-amount]', HTMLInputElement)
  const { waits } = showLimits(form, (input && amountIn(input)) ?? 0n)
  const button = maybeHtml(form, '[data-label]')
  if (button) button.textContent = dataOf(button, waits ? 'approval' : 'label')
}

/** Shows the limits that the amount goes beyond, those alone. Whether it is more than anybody may enter, or a second person has to approve it.
 * @param {HTMLFormElement} form @param {bigint | null} moved */
function showLimits(form, moved) {
  const box = maybeHtml(form, '[data-limits]')
  if (!box) return { isRefused: false, waits: false }
  const limits = allHtml(box, '[data-limit]')
  for (const limit of limits) {
    const above = BigInt(dataOf(limit, 'above'))
    limit.hidden = moved === null ? above > 0n : moved <= above
  }
  const biting = limits.filter(({ hidden }) => !hidden).map(({ dataset }) => dataset.limit)
  box.hidden = biting.length === 0
  const isRefused = biting.includes('most')
  return { isRefused, waits: !isRefused && biting.includes('approval') }
}

/** @param {bigint} one @param {bigint} other */
function distance(one, other) {
  return one > other ? one - other : other - one
}

/** @param {HTMLFormElement} form */
function operationOf(form) {
  return valueOf(form, 'operation') || form.dataset.preview || ''
}

/** Whether a field would leave what there is: as it is set, or by a step of nothing. @param {HTMLInputElement} input */
function isUnchanged(input) {
  const { current } = input.dataset
  const minor = amountIn(input)
  if (input.form && ['add', 'take'].includes(operationOf(input.form))) return minor === 0n
  return input.value.trim() === '' ? current === '' : minor !== null && String(minor) === current
}

/** What the page filled in is what there is: no step that anybody means. It comes back with the target. @param {HTMLFormElement} form */
function clearForStep(form) {
  const input = find(form, '[data-amount]', HTMLInputElement)
  const filled = valueOf(form, `${input.name}Filled`) ?? ''
  const isStep = operationOf(form) !== 'set'
  if (isStep && input.value === filled) input.value = ''
  else if (!isStep && input.value === '') input.value = filled
  else return
  input.dispatchEvent(new Event('input', { bubbles: true }))
}

/** What the form is about. @param {HTMLFormElement} form */
function accountOf(form) {
  return { now: BigInt(dataOf(form, 'now')), held: BigInt(form.dataset.credits ?? 0) }
}

/** @param {HTMLFormElement} form @param {bigint} after @param {bigint} amount */
function wouldFall(form, after, amount) {
  const { available, least } = form.dataset
  return isShort({
    after,
    amount,
    ...(available === undefined ? { least: BigInt(least ?? 0) } : { available: BigInt(available) }),
  })
}
