/**
 * What clients are searched by: for each field the terms of a stored client, by which the index has it, and how what
 * a user typed becomes such a term. One table for the index and for the search, so that they cannot part.
 */
import { emailKey, nameKey, phoneEnding, phoneKey, postcodeKey, wordsOf } from './normalise.ts'
import { fieldsOf, textOf, textsOf } from './fields-of.ts'
import type { StoredDoc } from '../store/port.ts'

export const searchNames = ['clientNumber', 'email', 'phone', 'postcode', 'surname', 'animalName'] as const
export type SearchName = (typeof searchNames)[number]

export interface SearchField {
  /** What was typed, as a term; '' where it is too little to search by. */
  typed: (text: string) => string
  /** The terms of a client; of an animal, for `animalName`. */
  terms: (doc: StoredDoc) => string[]
  /** Whether what was typed is a whole term, or the beginning of one. */
  whole: boolean
  /** Whether the index keeps the terms by site, because many share one. */
  bySite: boolean
}

const distinct = (terms: readonly string[]): string[] => {
  if (terms.length > 1) return [...new Set(terms.filter((term) => term !== ''))]
  return terms[0] ? [terms[0]] : []
}
const reversed = (digits: string): string => [...digits].reverse().join('')

const mostWords = 4
/** A name from each of its words on: `Smith-Jones` is found at `smithjones` and at `jones`. */
const nameTerms = (name: string): string[] => {
  const words = wordsOf(name)
  if (words.length < 2) return distinct(words.map(nameKey))
  const starts = words.slice(0, mostWords).map((_, i) => nameKey(words.slice(i).join(' ')))
  return distinct(starts)
}

/** The marks that other systems know a client by. */
export const clientNumbers = (doc: StoredDoc): string[] =>
  Array.isArray(doc['externalIds'])
    ? doc['externalIds'].map((mark) => textOf(fieldsOf(mark)['value'])).filter((value) => value !== '')
    : []

const ifLong = (term: string, fewest: number): string => (term.length < fewest ? '' : term)

export const searchFields: Readonly<Record<SearchName, SearchField>> = {
  clientNumber: {
    typed: nameKey,
    terms: (doc) => distinct(clientNumbers(doc).map(nameKey)),
    whole: true,
    bySite: false,
  },
  email: {
    typed: emailKey,
    terms: (doc) => distinct(textsOf(doc['emails']).map(emailKey)),
    whole: true,
    bySite: false,
  },
  // From its end: people know the last digits, and the first ones are written in many ways.
  phone: {
    typed: (typed) => reversed(phoneEnding(typed)),
    terms: (doc) => distinct(textsOf(doc['phones']).map((phone) => reversed(phoneKey(phone)))),
    whole: false,
    bySite: false,
  },
  postcode: {
    typed: (typed) => ifLong(postcodeKey(typed), 2),
    terms: (doc) => distinct([postcodeKey(textOf(fieldsOf(doc['address'])['postcode']))]),
    whole: false,
    bySite: true,
  },
  surname: {
    typed: nameKey,
    terms: (doc) => nameTerms(textOf(doc['lastName'])),
    whole: false,
    bySite: true,
  },
  animalName: {
    typed: nameKey,
    terms: (doc) => nameTerms(textOf(doc['name'])),
    whole: false,
    bySite: true,
  },
}

export const searchLookup = (name: SearchName): string => `client.by.${name}`

const siteIdsOf = (doc: StoredDoc): number[] =>
  Array.isArray(doc['siteIds']) ? (doc['siteIds'] as number[]) : []

const clientFields = searchNames.filter((name) => name !== 'animalName')

const addKeys = (keys: string[][], name: SearchName, doc: StoredDoc, ids: readonly string[]): string[][] => {
  const { terms, bySite } = searchFields[name]
  const lookup = searchLookup(name)
  const sites = bySite ? siteIdsOf(doc).map(String) : []
  for (const term of terms(doc)) {
    if (!bySite) keys.push([lookup, term, ...ids])
    for (const site of sites) keys.push([lookup, site, term, ...ids])
  }
  return keys
}

/** The index's keys of a client: field, site where it is by site, term, client. */
export const clientSearchKeys = (doc: StoredDoc, id: string): string[][] => {
  const keys: string[][] = []
  for (const name of clientFields) addKeys(keys, name, doc, [id])
  return keys
}

/** The index's keys of an animal: field, site, term, client, animal. */
export const animalSearchKeys = (doc: StoredDoc, id: string): string[][] =>
  addKeys([], 'animalName', doc, [textOf(doc['clientId']), id])
