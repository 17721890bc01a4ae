/** The registration form: filled from the practice's lists, sent as one registration. */
import { callsFor, Refused } from './calls.js'
import { addAnimal, animalParts, byCode, byName, fill, fillConsents, suggest } from './choices.js'
import { byId, fieldsIn, isField, make, reveal } from './dom.js'
import { forget, missing, show, tell } from './faults.js'

/** @typedef {import('./calls.js').Terms} Terms */

const form = byId('registration', HTMLFormElement)
const sendButton = byId('send', HTMLButtonElement)
const progress = byId('progress', HTMLElement)
const groupId = document.querySelector('main')?.dataset['groupId'] ?? ''
const calls = callsFor(groupId)

/** @type {Terms | undefined} */
let terms

/** @param {string} name */
const items = async (name) => /** @type {{ items: never[] }} */ (await calls.list(name)).items

const listNames = /** @type {const} */ ([
  ...['titles', 'cities', 'counties', 'species', 'breeds', 'colours', 'sexes', 'sites'],
  ...['clientCategories', 'introducedBy'],
])

const load = async () => {
  const [inForce, consents, ...all] = await Promise.all([
    calls.terms(),
    calls.list('consentMethods'),
    ...listNames.map(items),
  ])
  terms = inForce
  const { types, items: channels } =
    /** @type {{ types: import('./choices.js').ConsentType[], items: import('./calls.js').Entry[] }} */ (
      consents
    )
  fillConsents(types, channels)
  const lists = Object.fromEntries(listNames.map((name, i) => [name, all[i]]))
  return /** @type {import('./choices.js').Lists & { sites: { siteId: number, name: string }[] }} */ (
    /** @type {unknown} */ (lists)
  )
}

/** @param {Awaited<ReturnType<typeof load>>} lists */
const fillPage = (lists) => {
  fill(byId('client.title', HTMLSelectElement), byName(lists.titles))
  fill(byId('clientCategory', HTMLSelectElement), byCode(lists.clientCategories))
  fill(byId('introducedBy', HTMLSelectElement), byCode(lists.introducedBy))
  for (const name of /** @type {const} */ (['cities', 'counties', 'colours']))
    suggest(byId(name, HTMLDataListElement), lists[name])
  const site = byId('siteId', HTMLSelectElement)
  const sites = lists.sites.map(({ siteId, name }) => ({ name, value: String(siteId) }))
  fill(site, sites)
  const [only, another] = sites
  if (only && !another) site.value = only.value
  reveal('site', another !== undefined)
  byId('terms', HTMLInputElement).required = terms !== undefined
  byId('terms-title', HTMLElement).textContent = terms?.title ?? ''
  const paragraphs = (terms?.text ?? '').split('\n\n').map((text) => make('p', { text }))
  byId('terms-text', HTMLElement).replaceChildren(...paragraphs)
  reveal('terms-part', terms !== undefined)
}

/** @param {Record<string, string>} fields */
const filled = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))

/** @param {string} name */
const valueOf = (name) => {
  const field = form.elements.namedItem(name)
  return isField(field) ? field.value.trim() : ''
}

/**
 * @param {string} prefix
 * @param {string[]} fields
 */
const valuesOf = (prefix, ...fields) =>
  filled(Object.fromEntries(fields.map((field) => [field, valueOf(`${prefix}.${field}`)])))

/** @param {Element} part */
const animalOf = (part) =>
  filled(
    Object.fromEntries(
      fieldsIn(part, '[data-field]').map((field) => [field.dataset['field'] ?? '', field.value.trim()]),
    ),
  )

/** @param {boolean} overrideDuplicate */
const bodyOf = (overrideDuplicate) => ({
  groupId: Number(groupId),
  siteId: Number(valueOf('siteId')),
  client: {
    ...valuesOf('client', 'title', 'firstName', 'lastName'),
    address: valuesOf('client.address', 'line1', 'line2', 'city', 'county', 'postcode'),
    phones: [valueOf('client.phones.0')],
    emails: [valueOf('client.emails.0')],
  },
  animals: animalParts().map(animalOf),
  ...filled({ clientCategory: valueOf('clientCategory'), introducedBy: valueOf('introducedBy') }),
  terms: terms ? { version: terms.version, accepted: byId('terms', HTMLInputElement).checked } : null,
  consents: fieldsIn(form, '[data-channel]:checked').map(({ dataset }) => ({
    ...{ type: dataset['type'], channel: dataset['channel'], granted: true },
  })),
  overrideDuplicate,
})

let sent = { text: '', key: '' }
/**
 * The same registration sent again has the same key, so that a lost answer registers nobody twice.
 * @param {object} body
 */
const keyFor = (body) => {
  const text = JSON.stringify(body)
  // Not randomUUID, which browsers keep from pages that came without TLS.
  if (text !== sent.text) sent = { text, key: crypto.getRandomValues(new Uint32Array(4)).join('-') }
  return sent.key
}

/** @param {boolean} overrideDuplicate */
const send = async (overrideDuplicate) => {
  forget(form)
  const faults = missing(form)
  if (faults.length > 0) return show(form, faults)
  sendButton.disabled = true
  progress.textContent = 'Sending …'
  try {
    const body = bodyOf(overrideDuplicate)
    await calls.register(body, keyFor(body))
    finish()
  } catch (error) {
    explain(error instanceof Refused ? error.problem : {})
  } finally {
    sendButton.disabled = false
    progress.textContent = ''
  }
}

const finish = () => {
  const names = [
    valueOf('client.firstName'),
    ...fieldsIn(form, '[data-field="name"]').map(({ value }) => value),
  ]
  byId('done-text', HTMLElement).textContent =
    `We look forward to meeting you: ${new Intl.ListFormat('en').format(names)}.`
  form.hidden = true
  reveal('done', true)
  byId('done', HTMLElement).focus()
}

/** @param {import('./calls.js').Problem} problem */
const explain = ({ code, errors = [], detail }) => {
  if (code === 'POSSIBLE_DUPLICATE') return askAnyway()
  if (code === 'TERMS_CHANGED')
    return tell('Our terms have changed. Please load the page again and read them.')
  if (errors.length > 0) return show(form, errors)
  return tell(detail ?? 'We cannot be reached at the moment. What you typed is kept; please try again.')
}

const askAnyway = () => {
  const text =
    'Somebody with these details may be with us already. If that is you, there is nothing to do here: please ' +
    'telephone us. If not, register all the same.'
  const anyway = make('button', { id: 'anyway', text: 'Register all the same' })
  anyway.type = 'button'
  anyway.addEventListener('click', () => void send(true))
  tell('You may be registered already', make('p', { text }), anyway)
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void send(false)
})

try {
  const lists = await load()
  fillPage(lists)
  addAnimal(lists)
  byId('add-animal', HTMLElement).addEventListener('click', () => addAnimal(lists).focus())
  form.hidden = false
} catch {
  tell('The form cannot be shown at the moment. Please try again later, or telephone us.')
}
