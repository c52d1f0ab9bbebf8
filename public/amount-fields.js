// <input data-amount data-locale data-currency data-scale data-current?>: reads what is typed by the server's own rule, and says what it is.
import { amountWriter, readAmount, withCurrency } from './amounts.js'
import { all, allHtml, dataOf, formOf, isField, maybe, maybeHtml, onPage, valueOf } from './dom.js'

/** The choice between two amounts that belongs to a field. @param {HTMLInputElement} input */
const readingsOf = (input) =>
  input.form && maybe(input.form, `[data-readings="${input.name}"]`, HTMLFieldSetElement)

/** @param {HTMLInputElement} input @returns {import('./amounts.js').AmountSettings} */
const settingsOf = (input) => ({
  locale: dataOf(input, 'locale'),
  currency: dataOf(input, 'currency'),
  currencyScale: Number(dataOf(input, 'scale')),
})

/** Minor units with the currency, as a page writes them. @param {HTMLInputElement} input @param {bigint} minor */
export function inMoney(input, minor) {
  const settings = settingsOf(input)
  return withCurrency(amountWriter(settings)(minor), settings.currency)
}

/** Whether the form chooses another currency than the page reads the field in: the server alone knows how that one is written.
 * @param {HTMLInputElement} input */
function isOfAnotherCurrency({ form, dataset }) {
  const chosen = form && valueOf(form, 'currency')
  return typeof chosen === 'string' && chosen !== dataset.currency
}

/** @param {HTMLInputElement} input @param {string} [reading] */
function read(input, reading) {
  const filled = input.form ? valueOf(input.form, `${input.name}Filled`) : undefined
  return readAmount(input.value.trim(), settingsOf(input), { reading, filled })
}

/** Minor units of what a field holds, as chosen where it can be two amounts; null where it is none yet. @param {HTMLInputElement} input */
export function amountIn(input) {
  if (isOfAnotherCurrency(input)) return null
  const choice = readingsOf(input)
  const chosen = choice && maybe(choice, ':checked', HTMLInputElement)
  const amount = read(input, chosen?.value)
  return 'minor' in amount ? amount.minor : null
}

/** Offers both amounts where what is typed can be two. A choice that was made for another text is forgotten.
 * @param {HTMLInputElement} input */
function offerReadings(input) {
  const choice = readingsOf(input)
  if (!choice) return
  const amount = isOfAnotherCurrency(input) ? null : read(input)
  for (const radio of all(choice, ':checked', HTMLInputElement)) radio.checked = false
  const readings = amount && 'readings' in amount ? amount.readings : null
  choice.hidden = choice.disabled = !readings
  if (!readings) return
  for (const part of allHtml(choice, '[data-reading]'))
    part.textContent = inMoney(input, readings[dataOf(part, 'reading') === 'point' ? 'point' : 'locale'])
}

/** Whether a field moves nothing: what is set may be nothing, a refill, a deduction and a charge may not.
 * @param {HTMLInputElement} input @param {bigint} minor */
export const isNothing = ({ form }, minor) =>
  minor === 0n && ['add', 'take', 'charge'].includes(form?.dataset.preview ?? '')

/** Says that a field holds no amount, not before a person pauses: half of one is none yet. @param {HTMLInputElement} input */
function tellUnsuitable(input) {
  const note = input.form && maybeHtml(input.form, `[data-unsuitable="${input.name}"]`)
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
/** @type {WeakMap<HTMLInputElement, number>} */
const pauses = new WeakMap()

onPage('input', (element) => {
  if (isAmount(element)) {
    offerReadings(element)
    tellUnsuitable(element)
  }
  const form = formOf(element)
  if (form && isField(element) && element.name === 'currency')
    for (const input of all(form, '[data-amount]', HTMLInputElement)) offerReadings(input)
})

/** @param {Element | null} element @returns {element is HTMLInputElement} */
const isAmount = (element) => element instanceof HTMLInputElement && element.matches('[data-amount]')

// What the page filled in is typed over, not into, however the focus comes there: it is all selected until something is typed.
/** @type {HTMLInputElement | null} */
let entered = null

/** The field, where it holds what the page filled in. @param {Element | null} element */
const asFilled = (element) => (isAmount(element) && element.value === element.defaultValue ? element : null)

onPage('focusin', (element) => {
  entered = asFilled(element)
  entered?.select()
})
// A press puts the cursor where it is after the focus came, unless something was selected by it.
onPage('click', (element) => {
  if (element === entered && entered.selectionStart === entered.selectionEnd) entered.select()
  entered = null
})
// The page's own autofocus came before this script.
asFilled(document.activeElement)?.select()
