// A page that has been open for a while may have lost its login. Before a form of it is sent, the server is asked; where nobody is in any
// more, the login opens above the form, which keeps what was typed, gets a fresh token and is not sent by itself. Whatever goes wrong on
// the way, the form is sent as without script: then it waits on the login page.
import { asDialog, dialog, fragmentOf, openWith, say, show } from './dialogs.js'
import { all, dataOf, find, maybe } from './dom.js'

const SURE_FOR_MS = 60_000
let sureUntil = performance.now() + SURE_FOR_MS
/** The form that waits for a login. @type {HTMLFormElement | null} */
let waiting = null

const { login } = document.body.dataset
/** What the page says of logins, where it has one. @param {string} name */
const told = (name) => dataOf(document.body, name)

// While it goes down, so that it comes before those who mark the form as being sent.
document.addEventListener(
  'submit',
  (event) => {
    const form = event.target
    if (!(form instanceof HTMLFormElement)) return
    const isOurs = login && form.method === 'post' && !form.target && !dialog.contains(form)
    if (!isOurs || performance.now() < sureUntil) return
    event.preventDefault()
    event.stopPropagation()
    void ask(form, event.submitter)
  },
  true,
)

/** @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
async function ask(form, submitter) {
  const fragment = await loginOrNothing()
  sureUntil = performance.now() + SURE_FOR_MS
  if (!fragment) return form.requestSubmit(submitter)
  waiting = form
  say(find(fragment, 'form', HTMLFormElement), told('ended'))
  openWith(fragment)
}

/** The login, where nobody is in; where somebody is, the answer leads on. */
async function loginOrNothing() {
  try {
    const response = await fetch(told('login'), { headers: asDialog, redirect: 'manual' })
    if (response.type === 'opaqueredirect') return null
    const fragment = await fragmentOf(response)
    return fragment?.querySelector('input[type="password"]') ? fragment : null
  } catch {
    return null
  }
}

dialog.addEventListener('close', () => {
  // Closed without a login: the next try asks again.
  if (waiting) sureUntil = 0
  waiting = null
})

dialog.addEventListener('done', async (event) => {
  if (!waiting) return
  event.preventDefault()
  const form = waiting
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html')
  const token = maybe(page, 'input[name="csrf"]', HTMLInputElement)?.value
  if (!token || page.body.dataset.person !== document.body.dataset.person) return tellOther()
  for (const field of all(document, 'input[name="csrf"]', HTMLInputElement)) field.value = token
  waiting = null
  dialog.close()
  say(form, told('again'))
})

/** Somebody else is in now: what was typed is not theirs. */
function tellOther() {
  waiting = null
  const fragment = document.createElement('div')
  fragment.className = 'dialog-fragment'
  const sentence = document.createElement('p')
  sentence.id = 'dialog-title'
  sentence.textContent = told('other')
  const button = document.createElement('button')
  button.className = 'btn btn-primary'
  button.type = 'button'
  button.setAttribute('data-close', '')
  button.textContent = 'OK'
  fragment.append(sentence, button)
  show(fragment)
  dialog.addEventListener('close', () => location.reload(), { once: true })
  button.focus()
}
