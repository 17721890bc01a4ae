/** What the practice's lists give to choose from: selects, suggestions, the grid of consents, the animals' parts. */
import { byId, fieldsIn, make, reveal } from './dom.js'

/**
 * @typedef {import('./calls.js').Entry} Entry
 * @typedef {Entry & { species: string }} Breed
 * @typedef {Entry & { description: string | null, contractual: boolean }} ConsentType
 * @typedef {{ titles: Entry[], cities: Entry[], counties: Entry[], species: Entry[], breeds: Breed[],
 *   colours: Entry[], sexes: Entry[], clientCategories: Entry[], introducedBy: Entry[] }} Lists
 */

/**
 * Choices of a select; one that may be left open begins with no answer.
 * @param {HTMLSelectElement} select
 * @param {readonly { name: string, value: string }[]} choices
 */
export const fill = (select, choices) => {
  const none = new Option(select.required ? 'Please choose' : 'No answer', '')
  select.replaceChildren(none, ...choices.map(({ name, value }) => new Option(name, value)))
}

/** @param {readonly Entry[]} entries */
export const byName = (entries) => entries.map(({ name }) => ({ name, value: name }))
/** @param {readonly Entry[]} entries */
export const byCode = (entries) => entries.map(({ name, code }) => ({ name, value: code }))

/**
 * @param {HTMLDataListElement} list
 * @param {readonly Entry[]} entries
 */
export const suggest = (list, entries) =>
  list.replaceChildren(...entries.map(({ name }) => new Option(name, name)))

/**
 * @param {readonly ConsentType[]} types
 * @param {readonly Entry[]} channels
 */
export const fillConsents = (types, channels) => {
  reveal('consents', types.length > 0 && channels.length > 0)
  const parts = types.map((type) => {
    const boxes = make('div', { className: 'channels' })
    if (!type.contractual) boxes.append(...channels.map((channel) => consentBox(type, channel)))
    const says = [type.description ?? '', type.contractual ? 'This is part of being our client.' : '']
    const legend = make('legend', { text: type.name })
    return make('fieldset', { className: 'consent' }, legend, make('p', { text: says.join(' ') }), boxes)
  })
  byId('consent-types', HTMLElement).replaceChildren(...parts)
}

/**
 * @param {Entry} type
 * @param {Entry} channel
 */
const consentBox = (type, channel) => {
  const box = make('input')
  box.type = 'checkbox'
  box.dataset['type'] = type.code
  box.dataset['channel'] = channel.code
  return make('label', { className: 'tick' }, box, make('span', { text: channel.name }))
}

export const animalParts = () => [...byId('animals', HTMLElement).querySelectorAll('.animal')]

/** Names and ids by the animal's place, so that the API's paths lead to the fields. */
const number = () => {
  for (const [i, part] of animalParts().entries()) {
    part.querySelector('legend')?.replaceChildren(`Animal ${i + 1}`)
    for (const field of fieldsIn(part, '[data-field]')) {
      const name = `animals.${i}.${field.dataset['field'] ?? ''}`
      field.id = name
      field.name = name
      part.querySelector(`[data-for="${field.dataset['field'] ?? ''}"]`)?.setAttribute('for', name)
    }
  }
}

let breedLists = 0

/**
 * A part of the form for one more animal; its first field is given back.
 * @param {Lists} lists
 */
export const addAnimal = (lists) => {
  const fresh = byId('animal-template', HTMLTemplateElement).content.cloneNode(true)
  byId('animals', HTMLElement).append(fresh)
  number()
  const part = /** @type {HTMLElement} */ (animalParts().at(-1))
  const [species, sex] = [...part.querySelectorAll('select')]
  const [name] = part.querySelectorAll('input')
  if (!species || !sex || !name) throw new Error('The template has no species, sex or name')
  fill(species, byName(lists.species))
  fill(sex, byName(lists.sexes))
  const breeds = make('datalist', { id: `breeds-${(breedLists += 1)}` })
  part.append(breeds)
  part.querySelector('[data-field="breed"]')?.setAttribute('list', breeds.id)
  species.addEventListener('change', () =>
    suggest(
      breeds,
      lists.breeds.filter((breed) => breed.species === species.value),
    ),
  )
  part.querySelector('.remove')?.addEventListener('click', () => {
    part.remove()
    number()
    byId('add-animal', HTMLElement).focus()
  })
  return name
}
