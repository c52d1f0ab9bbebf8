// Set Tag: what is typed finds the known tags, and Enter or a comma turns it into a box with a tick, so that nobody writes "vip" beside
// "VIP". What is left in the field is sent as well.
import { all, closest, dataOf, find, findHtml, onPage } from './dom.js'

/** @typedef {HTMLInputElement & { form: HTMLFormElement }} Entry The field in which tags are typed. */

onPage('input', (entry) => {
  if (!isEntry(entry)) return
  if (entry.value.includes(',')) pick(entry)
  else showFitting(entry)
})

onPage('keydown', (entry, event) => {
  if (event.key !== 'Enter' || event.isComposing || !isEntry(entry) || !entry.value.trim()) return
  event.preventDefault()
  pick(entry)
})

/** @param {Element} element @returns {element is Entry} */
const isEntry = (element) =>
  element instanceof HTMLInputElement && element.matches('[data-tag-entry]') && element.form !== null

/** @param {Entry} entry */
const optionsOf = (entry) => all(entry.form, '.tag-option input', HTMLInputElement)
/** @param {string} name */
const keyOf = (name) => name.normalize('NFC').trim().toLowerCase()

/** @param {Entry} entry */
function showFitting(entry) {
  const words = keyOf(entry.value)
  for (const option of optionsOf(entry)) {
    const label = closest(option, '.tag-option', HTMLElement)
    if (label) label.hidden = !option.checked && !keyOf(option.value).includes(words)
  }
}

/** @param {Entry} entry */
function pick(entry) {
  for (const name of entry.value.split(',').map((part) => part.trim())) {
    if (name) check(entry, name)
  }
  entry.value = ''
  showFitting(entry)
}

/** @param {Entry} entry @param {string} name */
function check(entry, name) {
  const known = optionsOf(entry).find((option) => keyOf(option.value) === keyOf(name))
  const option = known ?? add(entry, name)
  option.checked = true
  findHtml(entry.form, '[role="status"]').textContent = dataOf(entry, 'picked').replace('{tag}', option.value)
}

/** @param {Entry} entry @param {string} name */
function add(entry, name) {
  const place = findHtml(entry.form, '.tag-options')
  const { content } = find(place, 'template', HTMLTemplateElement)
  const chip = document.importNode(findHtml(content, '.tag-chip'), true)
  findHtml(chip, '.truncate').textContent = name
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
