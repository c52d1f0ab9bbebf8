// <form data-live>: a list that follows its search box and filters. Fetches the form's own address and puts the answer's #results
// (and whatever else is marked data-live with an id) in place of the old, so that typing never loses the focus.
const form = document.querySelector('form[data-live]')
const pauseMs = 220

if (form) {
  let underWay
  let timer
  form.addEventListener('input', ({ target }) => {
    clearTimeout(timer)
    timer = setTimeout(refresh, target.matches('select') ? 0 : pauseMs)
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    clearTimeout(timer)
    openOnlyHit()
  })

  /** Enter in the search box opens what was found, where it is one; where its row is all there is of it (data-rows-only), goes there. */
  async function openOnlyHit() {
    const box = form.querySelector('input[type="search"]')
    const words = box?.value.trim()
    const isAsked = Boolean(words) && document.activeElement === box
    const isFresh = await refresh()
    if (!isAsked || !isFresh || box.value.trim() !== words) return
    const rows = document.querySelectorAll('#results tbody tr')
    const [row] = rows.length === 1 ? rows : []
    if (row?.closest('[data-rows-only]')) return row.querySelector('select, button, summary')?.focus()
    const hit = row?.querySelector('.col-what a, .col-mail a') ?? row?.querySelector('a:not([data-dialog])')
    if (hit) location.assign(hit.href)
  }

  async function refresh() {
    // Such as an amount that can be read as two, of which none is chosen yet.
    if (!form.checkValidity()) return false
    const filled = [...new FormData(form)].filter(([, value]) => value !== '')
    const address = new URL(form.action)
    address.search = new URLSearchParams(filled)
    underWay?.abort()
    underWay = new AbortController()
    document.querySelector('#results').classList.add('is-loading')
    try {
      const response = await fetch(address, { signal: underWay.signal, redirect: 'error' })
      if (!response.ok) {
        location.assign(address)
        return false
      }
      put(new DOMParser().parseFromString(await response.text(), 'text/html'))
      history.replaceState(null, '', address)
      return true
    } catch (error) {
      if (error.name !== 'AbortError') location.assign(address)
      return false
    }
  }
}

function put(page) {
  for (const now of document.querySelectorAll('[data-live][id]')) {
    const next = page.getElementById(now.id)
    if (next) now.replaceWith(document.adoptNode(next))
  }
  const status = document.querySelector('[data-live-status]')
  if (status) status.textContent = document.querySelector('#results').dataset.status
}

document.addEventListener('keydown', (event) => {
  const typing = event.target.closest('input, select, textarea, dialog, [contenteditable]')
  if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return
  const box = document.querySelector('input[type="search"]')
  if (!box) return
  event.preventDefault()
  box.select()
})
