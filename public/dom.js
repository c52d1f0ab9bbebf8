// Finds elements with the type that they have. It knows nothing of Purser.

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field What a form's value is typed into or chosen in. */
/** @template {Element} Kind @typedef {{ new (): Kind, prototype: Kind }} KindOf */

/**
 * Calls a listener for what happens anywhere on the page, with the element that it happened at.
 * @template {keyof DocumentEventMap} Type
 * @param {Type} type
 * @param {(element: HTMLElement, event: DocumentEventMap[Type]) => void} listener
 */
export function onPage(type, listener) {
  document.addEventListener(type, (event) => {
    const element = elementOf(event)
    if (element) listener(element, event)
  })
}

/**
 * The element that an event happened at; of a drawing in a button, what it is drawn in. Null for an event of the page itself.
 * @param {Event} event
 */
export function elementOf({ target }) {
  return target instanceof Element ? closest(target, '*', HTMLElement) : null
}

/**
 * All elements of a kind within one, in the page's order.
 * @template {Element} Kind
 * @param {ParentNode} root @param {string} selector @param {KindOf<Kind>} kind
 */
export const all = (root, selector, kind) =>
  [...root.querySelectorAll(selector)].flatMap((element) => (element instanceof kind ? [element] : []))

/** All HTML elements that fit a selector. @param {ParentNode} root @param {string} selector */
export const allHtml = (root, selector) => all(root, selector, HTMLElement)

/**
 * The first element of a kind within one; null where there is none.
 * @template {Element} Kind
 * @param {ParentNode} root @param {string} selector @param {KindOf<Kind>} kind
 */
export function maybe(root, selector, kind) {
  const found = root.querySelector(selector)
  return found instanceof kind ? found : null
}

/** The first HTML element that fits a selector; null where there is none. @param {ParentNode} root @param {string} selector */
export const maybeHtml = (root, selector) => maybe(root, selector, HTMLElement)

/**
 * The first element of a kind within one, which the page always has.
 * @template {Element} Kind
 * @param {ParentNode} root @param {string} selector @param {KindOf<Kind>} kind
 * @throws {TypeError} where there is none: a page without it is a fault of Purser's.
 */
export function find(root, selector, kind) {
  const found = maybe(root, selector, kind)
  if (!found) throw new TypeError(`The page has no ${selector}`)
  return found
}

/** The first HTML element that fits a selector, which the page always has. @param {ParentNode} root @param {string} selector */
export const findHtml = (root, selector) => find(root, selector, HTMLElement)

/**
 * The nearest element of a kind that an element is in, or is itself; null where there is none.
 * @template {Element} Kind
 * @param {Element} element @param {string} selector @param {KindOf<Kind>} kind
 */
export function closest(element, selector, kind) {
  for (let found = element.closest(selector); found; found = found.parentElement?.closest(selector) ?? null)
    if (found instanceof kind) return found
  return null
}

/** Whether an element is one that a form's value is in. @param {unknown} element @returns {element is Field} */
export const isField = (element) =>
  element instanceof HTMLInputElement ||
  element instanceof HTMLSelectElement ||
  element instanceof HTMLTextAreaElement

/** The form that an element belongs to, or is itself. @param {Element} element */
export function formOf(element) {
  if (element instanceof HTMLFormElement) return element
  return isField(element) || element instanceof HTMLButtonElement ? element.form : null
}

/** A form's control by its name: one field, or the choices of that name; null where there is none.
 * @param {HTMLFormElement} form @param {string} name */
export function controlOf(form, name) {
  const control = form.elements.namedItem(name)
  return control instanceof RadioNodeList || isField(control) ? control : null
}

/** What a form's control holds; undefined where the form has none of that name. @param {HTMLFormElement} form @param {string} name */
export const valueOf = (form, name) => controlOf(form, name)?.value

/**
 * What the page says in an attribute data-…, which the element always has.
 * @param {HTMLElement} element @param {string} name as dataset has it
 * @throws {TypeError} where the element does not have it.
 */
export function dataOf(element, name) {
  const value = element.dataset[name]
  if (value === undefined) throw new TypeError(`The element has no data for ${name}`)
  return value
}

/** The texts of a form, as an address or a body takes them; Purser's forms with scripts send no files.
 * @param {FormData} data @returns {[name: string, value: string][]} */
export const textsOf = (data) =>
  [...data].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))
