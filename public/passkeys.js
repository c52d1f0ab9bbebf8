// <button data-passkey="get|create" data-rp-id data-options data-anew data-…>: uses or makes a passkey and sends the form with it. What the
// browser says goes into the fields `passkey` and `challenge`. Where it cannot be, or was cancelled, a sentence above the form says so, and
// nothing that was typed is lost.
import { say } from './dialogs.js'
import { all, allHtml, closest, dataOf, find, maybe, maybeHtml, onPage } from './dom.js'

/** A challenge may be answered for five minutes: an older page asks for another one first. In milliseconds. */
const FRESH_MS = 4 * 60_000

/** Buttons whose challenge was sent: it counts once. @type {WeakSet<HTMLElement>} */
const sent = new WeakSet()

// <… data-passkeys-at="host">: what is offered in it, [data-offered], is for pages of this host alone, and on others [data-not-offered] is shown.
for (const part of allHtml(document, '[data-passkeys-at]')) {
  const isHere = canUse(dataOf(part, 'passkeysAt'))
  for (const offered of allHtml(part, '[data-offered]')) offered.hidden = !isHere
  const elsewhere = maybeHtml(part, '[data-not-offered]')
  if (elsewhere) elsewhere.hidden = isHere
}

/** Whether this browser uses passkeys on a page of this host. @param {string} host */
function canUse(host) {
  return 'PublicKeyCredential' in window && location.hostname === host
}

// Whoever submits the form otherwise means what they have typed, and no passkey that was used before; Enter in the name of a new one means
// its button. (While it goes down, so that it comes before what sends forms by script.)
document.addEventListener(
  'submit',
  (event) => {
    const { target, submitter } = event
    const button =
      target instanceof HTMLFormElement && maybe(target, 'button[data-passkey]', HTMLButtonElement)
    if (!button) return
    const answer = find(target, '[name="passkey"]', HTMLInputElement)
    if (submitter) answer.value = ''
    else if (dataOf(button, 'passkey') === 'create' && !answer.value && !sent.has(button)) {
      event.preventDefault()
      event.stopImmediatePropagation()
      button.click()
    }
  },
  true,
)

onPage('click', (element) => {
  const button = closest(element, 'button[data-passkey]', HTMLButtonElement)
  if (button && !button.hasAttribute('aria-disabled')) void use(button)
})

/** @param {HTMLButtonElement} button */
async function use(button) {
  const form = button.form
  if (!form || form.hasAttribute('data-busy')) return
  const isNew = dataOf(button, 'passkey') === 'create'
  if (isNew && !isNamed(form, button)) return
  // A form that came back, such as from the password, brings the passkey that was made for it.
  const answer = find(form, '[name="passkey"]', HTMLInputElement)
  if (answer.value && !sent.has(button)) return send(form, button)
  if (!canUse(dataOf(button, 'rpId'))) return say(form, dataOf(button, 'elsewhere'))
  button.setAttribute('aria-disabled', 'true')
  try {
    const isOld = sent.has(button) || performance.now() > FRESH_MS
    if (isOld && !(await askAnew(form, button))) {
      // The login that waited, or the session, is over: whoever takes the form says so, and loses nothing that was typed.
      answer.value = ''
      return send(form, button)
    }
    const options = JSON.parse(dataOf(button, 'options'))
    answer.value = JSON.stringify(await (isNew ? made(options) : used(options)))
    send(form, button)
  } catch (error) {
    say(form, dataOf(button, whyNot(error)))
  } finally {
    button.removeAttribute('aria-disabled')
  }
}

/** What the server would take for an empty text has none of these. */
const VISIBLE = /(?!\p{DI})[\p{L}\p{N}\p{P}\p{S}]/u

/** Whether the form can be sent with a new passkey; says at the field what is missing. @param {HTMLFormElement} form @param {HTMLButtonElement} button */
function isNamed(form, button) {
  for (const field of all(form, '[required]', HTMLInputElement)) {
    field.setCustomValidity(VISIBLE.test(field.value) ? '' : dataOf(button, 'nameless'))
    field.addEventListener('input', () => field.setCustomValidity(''), { once: true })
  }
  return form.reportValidity()
}

/** @param {unknown} error @returns {string} as dataset has the sentence */
function whyNot(error) {
  if (!(error instanceof DOMException)) return 'failed'
  // Of new passkeys alone: one of this person's is on the device.
  if (error.name === 'InvalidStateError') return 'known'
  return /NotAllowed|Abort/.test(error.name) ? 'cancelled' : 'elsewhere'
}

/** @param {HTMLFormElement} form @param {HTMLButtonElement} button */
function send(form, button) {
  sent.add(button)
  // What else could be typed in its place is neither needed nor sent.
  for (const field of all(form, '[type="password"]', HTMLInputElement)) field.value = ''
  form.noValidate = true
  form.requestSubmit()
  form.noValidate = false
}

/** A new challenge, of the same page; false where that leads elsewhere by now. @param {HTMLFormElement} form @param {HTMLButtonElement} button */
async function askAnew(form, button) {
  const response = await fetch(dataOf(button, 'anew'))
  if (response.redirected) return false
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  const fresh = find(page, `button[data-passkey="${dataOf(button, 'passkey')}"]`, HTMLButtonElement)
  button.dataset.options = dataOf(fresh, 'options')
  const challenge = maybe(page, '[name="challenge"]', HTMLInputElement)
  find(form, '[name="challenge"]', HTMLInputElement).value = challenge?.value ?? ''
  sent.delete(button)
  return true
}

/** @param {PublicKeyCredentialRequestOptionsJSON} options */
async function used({ challenge, allowCredentials, ...options }) {
  const publicKey = /** @type {PublicKeyCredentialRequestOptions} */ ({
    ...options,
    challenge: bytesOf(challenge),
    allowCredentials: (allowCredentials ?? []).map(withBytes),
  })
  const credential = /** @type {PublicKeyCredential} */ (await navigator.credentials.get({ publicKey }))
  const response = /** @type {AuthenticatorAssertionResponse} */ (credential.response)
  return {
    ...namedBy(credential),
    response: {
      clientDataJSON: textOf(response.clientDataJSON),
      authenticatorData: textOf(response.authenticatorData),
      signature: textOf(response.signature),
      userHandle: textOf(response.userHandle ?? new ArrayBuffer(0)),
    },
  }
}

/** @param {PublicKeyCredentialCreationOptionsJSON} options */
async function made({ challenge, user, excludeCredentials, ...options }) {
  const publicKey = /** @type {PublicKeyCredentialCreationOptions} */ ({
    ...options,
    challenge: bytesOf(challenge),
    user: { ...user, id: bytesOf(user.id) },
    excludeCredentials: (excludeCredentials ?? []).map(withBytes),
  })
  const credential = /** @type {PublicKeyCredential} */ (await navigator.credentials.create({ publicKey }))
  const response = /** @type {AuthenticatorAttestationResponse} */ (credential.response)
  return {
    ...namedBy(credential),
    response: {
      clientDataJSON: textOf(response.clientDataJSON),
      attestationObject: textOf(response.attestationObject),
      transports: response.getTransports(),
    },
  }
}

/** @param {PublicKeyCredential} credential */
const namedBy = ({ rawId, type }) => ({ id: textOf(rawId), rawId: textOf(rawId), type })

/** @param {PublicKeyCredentialDescriptorJSON} credential */
const withBytes = ({ id, ...credential }) => ({ ...credential, id: bytesOf(id) })

// By hand: browsers that are some years old cannot do this themselves, and extensions that keep passkeys answer with objects of their own.

/** @param {string} base64url */
function bytesOf(base64url) {
  const letters = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0))
}

/** As base64url. @param {ArrayBuffer} bytes */
function textOf(bytes) {
  const letters = String.fromCharCode(...new Uint8Array(bytes))
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
