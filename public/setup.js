// Set-up: takes the time zone of the browser, and proposes a short name from the company's, until somebody chooses otherwise.
const form = document.querySelector('form[data-setup]')

if (form) {
  const { timeZone, reseller, slug } = form.elements
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

/** "Müller & Söhne GmbH" → muller-sohne-gmbh: small letters, digits and hyphens, 40 at most. */
function proposed(name) {
  const letters = { ß: 'ss', ø: 'o', ł: 'l', đ: 'd', æ: 'ae', œ: 'oe', ı: 'i' }
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ßøłđæœı]/g, (letter) => letters[letter])
  return plain
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '')
}
