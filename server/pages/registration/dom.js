/** Elements of the page. */

/**
 * The element of an id; the page has it.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {{ new (): T }} kind
 * @returns {T}
 */
export const byId = (id, kind) => {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`The page has no ${id}`)
  return found
}

/**
 * @param {string} id
 * @param {boolean} shown
 */
export const reveal = (id, shown) => {
  byId(id, HTMLElement).hidden = !shown
}

/**
 * A new element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {{ text?: string, className?: string, id?: string }} [what]
 * @param {(string | Node)[]} content
 */
export const make = (tag, { text, className, id } = {}, ...content) => {
  const element = document.createElement(tag)
  if (text !== undefined) element.textContent = text
  if (className !== undefined) element.className = className
  if (id !== undefined) element.id = id
  element.append(...content)
  return element
}

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

/**
 * @param {unknown} element
 * @returns {element is Field}
 */
export const isField = (element) =>
  element instanceof HTMLInputElement ||
  element instanceof HTMLSelectElement ||
  element instanceof HTMLTextAreaElement

/**
 * The fields within an element that a selector picks.
 * @param {ParentNode} within
 * @param {string} selector
 */
export const fieldsIn = (within, selector) => [...within.querySelectorAll(selector)].filter(isField)
