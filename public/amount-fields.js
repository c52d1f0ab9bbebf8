// <input data-amount data-locale data-currency data-scale data-current?>: reads what is typed by the server's own rule, and says what it is.
import { amountWriter, readAmount, withCurrency } from './amounts.js'

/** The choice between two amounts that belongs to a field. */
const readingsOf = (input) => input.form.querySelector(`[data-readings="${input.name}"]`)

const settingsOf = ({ dataset: { locale, currency, scale } }) => ({
  locale,
  currency,
  currencyScale: Number(scale),
})

/** Minor units with the currency, as a page writes them. */
export function inMoney(input, minor) {
  const settings = settingsOf(input)
  return withCurrency(amountWriter(settings)(minor), settings.currency)
}

/** Whether the form chooses another currency than the page reads the field in: the server alone knows how that one is written. */
function isOfAnotherCurrency({ form, dataset }) {
  const chosen = form.elements.currency?.value
  return chosen !== undefined && chosen !== dataset.currency
}

function read(input, reading) {
  const filled = input.form.elements[`${input.name}Filled`]?.value
  return readAmount(input.value.trim(), settingsOf(input), { reading, filled })
}

/** Minor units of what a field holds, as chosen where it can be two amounts; null where it is none yet. */
export function amountIn(input) {
  if (isOfAnotherCurrency(input)) return null
  const chosen = readingsOf(input)?.querySelector(':checked')
  const amount = read(input, chosen?.value)
  return 'minor' in amount ? amount.minor : null
}

/** Offers both amounts where what is typed can be two. A choice that was made for another text is forgotten. */
function offerReadings(input) {
  const choice = readingsOf(input)
  if (!choice) return
  const amount = isOfAnotherCurrency(input) ? {} : read(input)
  for (const radio of choice.querySelectorAll(':checked')) radio.checked = false
  choice.hidden = choice.disabled = !('readings' in amount)
  if (choice.hidden) return
  for (const part of choice.querySelectorAll('[data-reading]'))
    part.textContent = inMoney(input, amount.readings[part.dataset.reading])
}

/** Whether a field moves nothing: what is set may be nothing, a refill, a deduction and a charge may not. */
export const isNothing = ({ form }, minor) =>
  minor === 0n && ['add', 'take', 'charge'].includes(form.dataset.preview)

/** Says that a field holds no amount, not before a person pauses: half of one is none yet. */
function tellUnsuitable(input) {
  const note = input.form?.querySelector(`[data-unsuitable="${input.name}"]`)
  if (!note) return
  const isUnsuitable = () => {
    if (input.value.trim() === '' || isOfAnotherCurrency(input)) return false
    const amount = read(input)
    return 'minor' in amount ? isNothing(input, amount.minor) : !('readings' in amount)
  }
  const reveal = () => {
    note.hidden = !isUnsuitable()
  }
  clearTimeout(pauses.get(input))
  if (!isUnsuitable()) note.hidden = true
  else pauses.set(input, setTimeout(reveal, PAUSE_MS))
}

const PAUSE_MS = 500
const pauses = new WeakMap()

document.addEventListener('input', ({ target }) => {
  if (target.matches('[data-amount]')) {
    offerReadings(target)
    tellUnsuitable(target)
  }
  if (target.name === 'currency')
    for (const input of target.form.querySelectorAll('[data-amount]')) offerReadings(input)
})

// What the page filled in is typed over, not into, however the focus comes there: it is all selected until something is typed.
let entered = null
const isAsFilled = (element) =>
  element?.matches('input[data-amount]') && element.value === element.defaultValue

document.addEventListener('focusin', ({ target }) => {
  entered = isAsFilled(target) ? target : null
  entered?.select()
})
// A press puts the cursor where it is after the focus came, unless something was selected by it.
document.addEventListener('click', ({ target }) => {
  if (target === entered && target.selectionStart === target.selectionEnd) target.select()
  entered = null
})
// The page's own autofocus came before this script.
if (isAsFilled(document.activeElement)) document.activeElement.select()
