// A conflict's choices at a field, see views/shared/difference.ejs: the field shows the value that is chosen, and what is typed into it is the
// reader's own.
import { all, allHtml, closest, controlOf, formOf, isField, onPage, valueOf } from './dom.js'

onPage('change', (element) => {
  const difference = closest(element, '[data-difference]', HTMLElement)
  if (!difference || !(element instanceof HTMLInputElement) || !element.form) return
  const { form, value } = element
  const name = difference.dataset.difference
  if (name) return fill(form, name, value)
  if (!value) return
  for (const one of namesIn(form)) fill(form, one, value)
  choose(form, 'take', value)
})

onPage('input', (element) => {
  const form = formOf(element)
  if (!form || !isField(element) || !controlOf(form, `take.${element.name}`)) return
  const isTheirs = shownIn(form, element.name) === valueOf(form, `theirs.${element.name}`)
  choose(form, `take.${element.name}`, isTheirs ? 'theirs' : 'yours')
  choose(form, 'take', '')
})

/** What is proposed is shown from the beginning. @param {ParentNode} root */
export function showChosen(root) {
  const theirs = '[data-difference] [name^="take."]:checked[value="theirs"]'
  for (const { form, name } of all(root, theirs, HTMLInputElement))
    if (form) fill(form, name.slice('take.'.length), 'theirs')
}

/** @param {HTMLFormElement} form */
const namesIn = (form) =>
  allHtml(form, '[data-difference]').flatMap(({ dataset }) => dataset.difference || [])

/** @param {HTMLFormElement} form @param {string} name @param {string} value */
function choose(form, name, value) {
  const control = controlOf(form, name)
  if (control) control.value = value
}

/** @param {ReturnType<typeof controlOf>} control @returns {control is HTMLInputElement} */
const isBox = (control) => control instanceof HTMLInputElement && control.type === 'checkbox'

/** @param {HTMLFormElement} form @param {string} name */
function shownIn(form, name) {
  const control = controlOf(form, name)
  return isBox(control) && !control.checked ? '' : control?.value
}

/** Puts yours or theirs into the field as if it were typed, for whatever follows it: parts that are shown, previews.
 * @param {HTMLFormElement} form @param {string} name @param {string} which */
function fill(form, name, which) {
  const control = controlOf(form, name)
  const value = valueOf(form, `${which}.${name}`)
  if (!control || value === undefined) return
  if (isBox(control)) control.checked = value !== ''
  else control.value = value
  const element = control instanceof RadioNodeList ? control[0] : control
  for (const type of ['input', 'change']) element?.dispatchEvent(new Event(type, { bubbles: true }))
  choose(form, `take.${name}`, which)
}

showChosen(document)
