// Set-up: takes the time zone of the browser, and proposes a short name from the company's, until somebody chooses otherwise.
import { find, maybe } from './dom.js'

const form = maybe(document, 'form[data-setup]', HTMLFormElement)

if (form) {
  const timeZone = find(form, '[name="timeZone"]', HTMLSelectElement)
  const reseller = find(form, '[name="reseller"]', HTMLInputElement)
  const slug = find(form, '[name="slug"]', HTMLInputElement)
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (form.dataset.setup === 'fresh' && [...timeZone.options].some(({ value }) => value === zone)) {
    timeZone.value = zone
  }
  let isProposed = slug.value === ''
  slug.addEventListener('input', () => (isProposed = slug.value === ''))
  reseller.addEventListener('input', () => {
    if (isProposed) slug.value = proposed(reseller.value)
  })
}

/** "Müller & Söhne GmbH" → muller-sohne-gmbh: small letters, digits and hyphens, 40 at most. @param {string} name */
function proposed(name) {
  /** @type {Record<string, string>} */
  const letters = { ß: 'ss', ø: 'o', ł: 'l', đ: 'd', æ: 'ae', œ: 'oe', ı: 'i' }
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ßøłđæœı]/g, (letter) => letters[letter] ?? letter)
  return plain
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '')
}
