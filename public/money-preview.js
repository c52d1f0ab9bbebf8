// <form data-preview="add|take|set|charge" data-now data-least? data-credits? data-available? data-scale data-locale data-currency>: shows what
// there will be before it is done, and says it on the button; of a charge also which part is taken from where. All in whole minor units;
// the amount is read by the server's own strict rule, see src/ledger/money.ts.
const afterwards = {
  add: (now, amount) => now + amount,
  take: (now, amount) => now - amount,
  set: (_now, amount) => amount,
  charge: (now, amount, form) => now - partsOf(amount, form).balance,
}

document.addEventListener('input', ({ target }) => {
  const form = target.closest('form[data-preview]')
  if (form) preview(form)
})

export function showPreviews(root) {
  for (const form of root.querySelectorAll('form[data-preview]')) preview(form)
}

showPreviews(document)

function preview(form) {
  const { preview: deed, now, scale, locale, currency } = form.dataset
  const minor = parseAmount(form.querySelector('[data-amount]').value, Number(scale))
  const after = minor === null ? null : afterwards[deed](BigInt(now), minor, form)
  const say = (value) => `${written(value, Number(scale), locale)}\u00a0${currency}`

  for (const box of form.querySelectorAll('[data-after-box]')) box.hidden = after === null
  const output = form.querySelector('[data-after]')
  output.textContent = after === null ? '' : say(after)
  output.classList.toggle('is-negative', after !== null && after < 0n)
  for (const part of form.querySelectorAll('[data-part]'))
    part.textContent = minor === null ? '' : say(partsOf(minor, form)[part.dataset.part])

  const short = form.querySelector('[data-short]')
  if (short) short.hidden = after === null || !isShort(form, after, minor)

  const button = form.querySelector('[data-label]')
  button.dataset.plain ??= button.textContent
  button.textContent =
    minor === null ? button.dataset.plain : button.dataset.label.replace('{amount}', say(minor))
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

/** Minor units of an amount with a decimal point and commas only between thousands; null for anything else. */
function parseAmount(typed, scale) {
  const match = /^([1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.(\d+))?$/.exec(typed.trim())
  if (!match) return null
  const [, whole, decimals = ''] = match
  if (decimals.length > scale) return null
  return BigInt(whole.replaceAll(',', '') + decimals.padEnd(scale, '0'))
}

/** Intl reads a decimal string exactly, so no amount passes through a float. */
function written(minor, scale, locale) {
  const digits = String(minor < 0n ? -minor : minor).padStart(scale + 1, '0')
  const decimal = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  const format = new Intl.NumberFormat(locale, { minimumFractionDigits: scale, maximumFractionDigits: scale })
  return format.format(`${minor < 0n ? '-' : ''}${decimal}`)
}
