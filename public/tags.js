// Set Tag: what is typed finds the known tags, and Enter or a comma turns it into a box with a tick, so that nobody writes "vip" beside
// "VIP". What is left in the field is sent as well.
document.addEventListener('input', ({ target: entry }) => {
  if (!entry.matches('[data-tag-entry]')) return
  if (entry.value.includes(',')) pick(entry)
  else find(entry)
})

document.addEventListener('keydown', (event) => {
  const entry = event.target
  if (event.key !== 'Enter' || event.isComposing || !entry.matches('[data-tag-entry]') || !entry.value.trim())
    return
  event.preventDefault()
  pick(entry)
})

const optionsOf = (entry) => [...entry.form.querySelectorAll('.tag-option input')]
const keyOf = (name) => name.normalize('NFC').trim().toLowerCase()

function find(entry) {
  const words = keyOf(entry.value)
  for (const option of optionsOf(entry)) {
    option.closest('.tag-option').hidden = !option.checked && !keyOf(option.value).includes(words)
  }
}

function pick(entry) {
  for (const name of entry.value.split(',').map((part) => part.trim())) {
    if (name) check(entry, name)
  }
  entry.value = ''
  find(entry)
}

function check(entry, name) {
  const known = optionsOf(entry).find((option) => keyOf(option.value) === keyOf(name))
  const option = known ?? add(entry, name)
  option.checked = true
  const status = entry.form.querySelector('[role="status"]')
  status.textContent = entry.dataset.picked.replace('{tag}', option.value)
}

function add(entry, name) {
  const place = entry.form.querySelector('.tag-options')
  const chip = place.querySelector('template').content.firstElementChild.cloneNode(true)
  chip.querySelector('.truncate').textContent = name
  const option = Object.assign(document.createElement('input'), {
    type: 'checkbox',
    name: 'tags',
    value: name,
  })
  option.className = 'visually-hidden'
  const label = document.createElement('label')
  label.className = 'tag-option'
  label.append(option, chip)
  place.classList.remove('is-empty')
  place.append(label)
  return option
}
