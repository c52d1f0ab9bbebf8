// <a data-dialog>: opens its page as a dialog over this one. The server answers the header below with layouts/dialog.ejs.
// An action that succeeds answers with a redirect, which is not followed: this page is loaded again where it stands, so that the
// list keeps its state and shows the flash. Whatever goes wrong on the way in, the link is an ordinary link.
import { showChosen } from './differences.js'
import { all, allHtml, closest, dataOf, elementOf, maybeHtml, onPage, textsOf } from './dom.js'
import { rememberPlace } from './focus.js'
import { setBusy, showWhatFits } from './forms.js'
import { enterLayer, leaveLayer } from './layers.js'
import { showPreviews } from './money-preview.js'

export const asDialog = { 'X-Requested-With': 'purser-dialog' }

export const dialog = document.createElement('dialog')
dialog.className = 'dialog'
dialog.setAttribute('aria-labelledby', 'dialog-title')
document.body.append(dialog)

/** The link that opened the dialog; null where it was opened otherwise. @type {HTMLAnchorElement | null} */
let opener = null
/** What its forms would have sent when it was opened, see entries(). */
let opened = ''

onPage('click', (element, event) => {
  const link = closest(element, 'a[data-dialog]', HTMLAnchorElement)
  const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
  if (!link || !plain || event.defaultPrevented) return
  event.preventDefault()
  void open(link)
})

dialog.addEventListener('click', (event) => {
  if (!elementOf(event)?.closest('[data-close]')) return
  event.preventDefault()
  dialog.close()
})
dialog.addEventListener('close', () => {
  dialog.replaceChildren()
  opener = null
  void leaveLayer()
})

// Browsers let a page keep a dialog open against Escape once only: the key itself is taken. A menu in the dialog comes first.
dialog.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.isComposing || dialog.querySelector(':popover-open')) return
  event.preventDefault()
  if (mayDiscard()) dialog.close()
})
dialog.addEventListener('cancel', (event) => {
  if (event.target === dialog && !mayDiscard()) event.preventDefault()
})

/** Whether what was typed, pressed or chosen may be thrown away; asks where something was. */
const mayDiscard = () => !isChanged() || confirm(dataOf(document.body, 'discard'))

/** A form that came back is another than the one that was opened; where none is left there is nothing to throw away. */
const isChanged = () => formsToPost().length > 0 && entries() !== opened

const formsToPost = () => all(dialog, 'form[method="post"]', HTMLFormElement)
const entries = () => JSON.stringify(formsToPost().map((form) => [...new FormData(form)]))

function closeByBack() {
  if (!mayDiscard()) return false
  dialog.close()
}

// On the dialog, so that it comes before forms.js on the document and that one sees the default prevented.
dialog.addEventListener('submit', (event) => {
  const form = event.target
  if (!(form instanceof HTMLFormElement)) return
  if (form.method !== 'post') return ask(form, event)
  // A form for another tab goes its own way, and there is nothing more to do in this one. (Not before it was sent.)
  if (form.target) return setTimeout(() => dialog.close())
  event.preventDefault()
  if (!form.hasAttribute('data-busy')) void send(form, event.submitter)
})

/** @param {HTMLAnchorElement} link */
async function open(link) {
  link.setAttribute('aria-busy', 'true')
  try {
    const response = await fetch(link.href, { headers: asDialog, redirect: 'error' })
    const fragment = await fragmentOf(response)
    if (!fragment) return location.assign(link.href)
    // Closing the menu first gives the focus to its button, where the dialog will give it back to.
    closest(link, '[popover]', HTMLElement)?.hidePopover()
    openWith(fragment)
    opener = link
  } catch {
    location.assign(link.href)
  } finally {
    link.removeAttribute('aria-busy')
  }
}

/** <form method="get" data-dialog>: a question whose answer takes this dialog's place, such as a search.
 * @param {HTMLFormElement} form @param {SubmitEvent} event */
async function ask(form, event) {
  if (!form.hasAttribute('data-dialog')) return
  event.preventDefault()
  const address = new URL(form.action)
  address.search = String(new URLSearchParams(textsOf(new FormData(form))))
  try {
    const fragment = await fragmentOf(await fetch(address, { headers: asDialog, redirect: 'error' }))
    if (!fragment) return location.assign(address.href)
    show(fragment)
    opened = entries()
    maybeHtml(dialog, 'form[data-dialog] input')?.focus()
  } catch {
    location.assign(address.href)
  }
}

/** @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
async function send(form, submitter) {
  const body = new URLSearchParams(textsOf(new FormData(form, submitter)))
  setBusy(form, true)
  try {
    const response = await fetch(form.action, { method: 'POST', body, headers: asDialog, redirect: 'manual' })
    if (response.type === 'opaqueredirect') return done()
    const fragment = await fragmentOf(response)
    if (!fragment) throw new Error(`${response.status}`)
    // A page that only refuses must not take the place of what was typed.
    const refusal =
      !response.ok && !fragment.querySelector('form') && fragment.querySelector('.nothing-title')
    if (refusal) {
      setBusy(form, false)
      return say(form, refusal.textContent)
    }
    show(fragment)
    focusFirst()
  } catch {
    setBusy(form, false)
    say(form, dataOf(document.body, 'failed'))
  }
}

/** The action is done: the page underneath is loaded again, unless the code that opened the dialog wants otherwise. */
async function done() {
  if (!dialog.dispatchEvent(new Event('done', { cancelable: true }))) return
  if (opener) rememberPlace(opener)
  await leaveLayer()
  location.reload()
}

/** Opens the dialog with a page's part. @param {HTMLElement} fragment */
export function openWith(fragment) {
  show(fragment)
  opened = entries()
  dialog.showModal()
  enterLayer(closeByBack)
  focusFirst()
}

/** What an answer has for a dialog; null where it is no page for one. @param {Response} response */
export async function fragmentOf(response) {
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  return maybeHtml(page, '.dialog-fragment')
}

/** Shows a page's part in the dialog, in place of what is in it. @param {HTMLElement} fragment */
export function show(fragment) {
  dialog.replaceChildren()
  renameTaken(fragment)
  dialog.replaceChildren(fragment)
  showPreviews(dialog)
  showWhatFits(dialog)
  showChosen(dialog)
}

const REFERENCES = [
  'for',
  'form',
  'list',
  'popovertarget',
  'aria-controls',
  'aria-describedby',
  'aria-labelledby',
]

/** An id that the page underneath has as well gets another name: a label would lead to the field below, and leave its own without one.
 * @param {HTMLElement} fragment */
function renameTaken(fragment) {
  const ids = [...fragment.querySelectorAll('[id]')].map(({ id }) => id)
  const taken = new Set(ids.filter((id) => document.getElementById(id)))
  /** @param {string} id */
  const own = (id) => (taken.has(id) ? `dialog-${id}` : id)
  for (const element of fragment.querySelectorAll('*')) {
    if (element.id) element.id = own(element.id)
    for (const name of REFERENCES) {
      const named = element.getAttribute(name)
      if (named) element.setAttribute(name, named.split(' ').map(own).join(' '))
    }
  }
}

function focusFirst() {
  const wanted = [
    '[aria-invalid="true"]',
    '[autofocus]',
    'input:not([type="hidden"]), select, textarea',
    '.btn-primary, .btn-danger',
    'a, button',
  ]
  const candidates = wanted.flatMap((selector) => allHtml(dialog, selector))
  candidates.find((element) => element.checkVisibility())?.focus()
}

/** Says a sentence above a form's fields. @param {HTMLFormElement} form @param {string} sentence */
export function say(form, sentence) {
  const note = maybeHtml(form, '.form-errors') ?? document.createElement('p')
  note.className = 'form-errors'
  note.setAttribute('role', 'alert')
  note.textContent = sentence
  form.prepend(note)
}
