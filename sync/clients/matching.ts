/**
 * Whether somebody who registers is a client already: pure. Two people are compared by terms that each says enough by
 * itself to look twice, so that an index of the terms finds whoever could match, and the index and the rule are one.
 */
import type { StoredDoc } from '../store/port.ts'
import { fieldsOf, textOf, textsOf } from './fields-of.ts'
import { isProspect } from './is-prospect.ts'
import { emailKey, firstLineKey, houseNumber, nameKey, phoneKey, postcodeKey } from './normalise.ts'

export const matchLevels = ['MATCHED', 'PARTIALLY_MATCHED', 'UNMATCHED'] as const
export type MatchLevel = (typeof matchLevels)[number]

/** What is known of a person; a stored client is one. */
export interface Person {
  lastName: string
  address?: { line1?: string | null | undefined; postcode?: string | null | undefined } | null | undefined
  phones: readonly string[]
  emails: readonly string[]
}

/** A stored client as a person, whatever a foreign replica may have written into its fields. */
export const personOf = (client: StoredDoc): Person => {
  const { line1, postcode } = fieldsOf(client['address'])
  return {
    lastName: textOf(client['lastName']),
    address: { line1: textOf(line1), postcode: textOf(postcode) },
    phones: textsOf(client['phones']),
    emails: textsOf(client['emails']),
  }
}

/** Terms of which two people share one only where they may be the same; '' parts make no term. */
export const matchTerms = (person: Person): string[] => {
  const surname = nameKey(person.lastName)
  const postcode = postcodeKey(person.address?.postcode ?? '')
  const line = firstLineKey(person.address?.line1 ?? '')
  const house = houseNumber(person.address?.line1 ?? '')
  const joined = [
    ...person.emails.map((email) => ['email', emailKey(email)]),
    ...person.phones.map((phone) => ['phone', phoneKey(phone)]),
    ['house', postcode, house],
    ['home', postcode, line],
    ['name-postcode', surname, postcode],
    ['name-line', surname, line],
  ]
  return [
    ...new Set(joined.filter((parts) => parts.every((part) => part !== '')).map((parts) => parts.join(' '))),
  ]
}

/** Terms that, with the same surname, leave no doubt. */
const sure = /^(?:email|phone|house|home) /

/**
 * MATCHED: the same surname, and the same e-mail address, telephone or home. PARTIALLY_MATCHED: one of these under
 * another surname, or the surname with the postcode or the first line. First names do not count: a household is one
 * client.
 */
export const matchLevel = (person: Person, other: Person): MatchLevel => {
  const terms = new Set(matchTerms(other))
  const shared = matchTerms(person).filter((term) => terms.has(term))
  if (shared.length === 0) return 'UNMATCHED'
  const surname = nameKey(person.lastName)
  const sameName = surname !== '' && surname === nameKey(other.lastName)
  return sameName && shared.some((term) => sure.test(term)) ? 'MATCHED' : 'PARTIALLY_MATCHED'
}

export const matchLookup = 'client.match'

/** The index's keys of a client: term, client. A prospect is no client that somebody could be already. */
export const clientMatchKeys = (doc: StoredDoc, id: string): string[][] =>
  (isProspect(doc) ? [] : matchTerms(personOf(doc))).map((term) => [matchLookup, term, id])
