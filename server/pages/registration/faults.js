/** What is wrong, beside each field and together at the top. */
import { byId, fieldsIn, isField, make } from './dom.js'

/** @typedef {import('./dom.js').Field} Field */
/** @typedef {{ path: string, message: string }} Fault */

/** @param {Field} field */
const messageFor = (field) => {
  const { validity, type } = field
  if (validity.valueMissing) {
    if (type === 'checkbox') return 'Please tick this to go on'
    return type === 'select-one' ? 'Please choose' : 'Please fill this in'
  }
  if (validity.typeMismatch && type === 'email') return 'Please check the address: name@example.com'
  if (validity.badInput) return 'Please check this'
  return field.validationMessage
}

/**
 * What the browser can see is missing, as the server would say it.
 * @param {HTMLFormElement} form
 * @returns {Fault[]}
 */
export const missing = (form) =>
  [...form.elements]
    .filter(isField)
    .filter((field) => field.willValidate && !field.validity.valid)
    .map((field) => ({ path: field.name, message: messageFor(field) }))

/** @param {Field} field */
const clear = (field) => {
  field.removeAttribute('aria-invalid')
  field.removeAttribute('aria-describedby')
  document.getElementById(`fault-${field.id}`)?.remove()
}

/**
 * @param {Field} field
 * @param {string} message
 */
const mark = (field, message) => {
  clear(field)
  const fault = make('p', { className: 'fault', id: `fault-${field.id}`, text: message })
  const place = field.closest('.tick') ?? field
  place.after(fault)
  field.setAttribute('aria-invalid', 'true')
  field.setAttribute('aria-describedby', fault.id)
}

/**
 * The field of a path of the API, or the nearest one above it: `terms.version` is told at `terms`.
 * @param {HTMLFormElement} form
 * @param {string} path
 */
const fieldOf = (form, path) => {
  for (let name = path; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const field = form.elements.namedItem(name)
    if (isField(field)) return field
  }
  return undefined
}

/** @param {Field} field */
const labelOf = (field) => {
  const label = field.labels?.[0]
  return [...(label?.childNodes ?? [])]
    .filter((node) => node.nodeName !== 'SMALL')
    .map((node) => node.textContent)
    .join('')
    .trim()
}

/**
 * An alert at the top, which gets the focus.
 * @param {string} heading
 * @param {Node[]} content
 */
export const tell = (heading, ...content) => {
  const notice = byId('notice', HTMLElement)
  notice.replaceChildren(make('p', { text: heading }), ...content)
  notice.hidden = false
  notice.focus()
}

/** @param {HTMLFormElement} form */
export const forget = (form) => {
  byId('notice', HTMLElement).hidden = true
  for (const field of fieldsIn(form, '[aria-invalid]')) clear(field)
}

/**
 * Shows each fault beside its field, and a list of links to them at the top.
 * @param {HTMLFormElement} form
 * @param {Fault[]} faults
 */
export const show = (form, faults) => {
  const items = faults.map(({ path, message }) => {
    const field = fieldOf(form, path)
    if (!field) return make('li', { text: message })
    mark(field, message)
    const link = make('a', { text: `${labelOf(field).replace(/\?$/, '')}: ${message}` })
    link.href = `#${field.id}`
    link.addEventListener('click', (event) => {
      event.preventDefault()
      field.focus()
    })
    return make('li', {}, link)
  })
  tell('Some fields need another look:', make('ul', {}, ...items))
}
