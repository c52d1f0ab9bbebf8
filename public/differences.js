// A conflict's choices at a field, see views/shared/difference.ejs: the field shows the value that is chosen, and what is typed into it is the
// reader's own.
document.addEventListener('change', ({ target }) => {
  if (!target.matches('[data-difference] input')) return
  const { form, value } = target
  const { difference } = target.closest('[data-difference]').dataset
  if (difference) return fill(form, difference, value)
  if (!value) return
  for (const name of namesIn(form)) fill(form, name, value)
  form.elements.take.value = value
})

document.addEventListener('input', ({ target }) => {
  const elements = target.form?.elements
  if (!elements?.[`take.${target.name}`]) return
  const isTheirs = valueOf(elements[target.name]) === elements[`theirs.${target.name}`].value
  elements[`take.${target.name}`].value = isTheirs ? 'theirs' : 'yours'
  if (elements.take) elements.take.value = ''
})

/** What is proposed is shown from the beginning. */
export function showChosen(root) {
  for (const { form, name } of root.querySelectorAll(
    '[data-difference] [name^="take."]:checked[value="theirs"]',
  ))
    fill(form, name.slice('take.'.length), 'theirs')
}

const namesIn = (form) =>
  [...form.querySelectorAll('[data-difference]')].map(({ dataset }) => dataset.difference).filter(Boolean)

const isBox = ({ type }) => type === 'checkbox'
const valueOf = (control) => (isBox(control) && !control.checked ? '' : control.value)

/** Puts yours or theirs into the field as if it were typed, for whatever follows it: parts that are shown, previews. */
function fill(form, name, which) {
  const control = form.elements[name]
  const { value } = form.elements[`${which}.${name}`]
  if (isBox(control)) control.checked = value !== ''
  else control.value = value
  const element = control instanceof RadioNodeList ? control[0] : control
  for (const type of ['input', 'change']) element.dispatchEvent(new Event(type, { bubbles: true }))
  form.elements[`take.${name}`].value = which
}

showChosen(document)
