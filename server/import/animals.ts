/** An animal's row as the animal and its client: pure. */
import { animalData, clientData } from '../../sync/contract/records.ts'
import type { NewRecordDoc } from '../../sync/write/document.ts'
import type { AnimalRow, ImportSettings } from './batch.ts'
import { derivedUuid } from './identity.ts'
import { newRecord, validated, type Stamp } from './records.ts'
import { dayFrom, scaled } from './values.ts'

type AnimalFields = AnimalRow['fields']

/** An animal with the client that it needs. */
export interface AnimalAndClient {
  client: NewRecordDoc
  animal: NewRecordDoc
}

/** Ids are told apart by group, site and former system: two practices' animal no. 1 are two animals. */
const idOf = (stamp: Stamp, settings: ImportSettings, kind: string, ...parts: (string | number)[]): string =>
  derivedUuid('import', stamp.groupId, settings.siteId, settings.system, kind, ...parts)

const list = (text: string | undefined, separator: RegExp): string[] => [
  ...new Set(
    (text ?? '')
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ),
]

const marks = (system: string, value: string | undefined): { system: string; value: string }[] =>
  value === undefined ? [] : [{ system, value }]

const addressOf = (fields: AnimalFields): Record<string, string> | null => {
  const address = {
    line1: fields.ownerAddressLine1,
    line2: fields.ownerAddressLine2,
    city: fields.ownerCity,
    county: fields.ownerCounty,
    postcode: fields.ownerPostcode,
    country: fields.ownerCountry,
  }
  const known = Object.entries(address).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return known.length > 0 ? Object.fromEntries(known) : null
}

/** Cut to what a name may hold, and never in the middle of a letter. */
const cut = (text: string): string => text.slice(0, 200).replace(/[\uD800-\uDBFF]$/, '')

/** The client's data; one without a name in the file is named after the animal. */
const clientOf = (fields: AnimalFields, siteId: number) => ({
  siteIds: [siteId],
  title: fields.ownerTitle ?? null,
  firstName: fields.ownerFirstName ?? null,
  lastName: fields.ownerLastName ?? cut(`Owner of ${fields.name ?? fields.id ?? 'an animal without a name'}`),
  address: addressOf(fields),
  phones: [...list(fields.ownerPhone, /;/), ...list(fields.ownerMobile, /;/)],
  emails: list(fields.ownerEmail, /[;,\s]/),
  externalIds: marks('owner', fields.ownerId),
})

const weightOf = ({ weightGrams, weightKg }: AnimalFields): number | null => {
  if (weightGrams !== undefined) return scaled('weightGrams', weightGrams, 0)
  return weightKg === undefined ? null : scaled('weightKg', weightKg, 3)
}

const breedOf = ({ breed, secondaryBreed }: AnimalFields): string | null =>
  [breed, secondaryBreed].filter((part) => part !== undefined).join(' / ') || null

const animalOf = (fields: AnimalFields, clientId: string, { siteId, system, dates }: ImportSettings) => {
  const day = (field: 'dateOfBirth' | 'deceasedAt'): string | null =>
    fields[field] === undefined ? null : dayFrom(field, fields[field], dates ?? undefined)
  return {
    clientId,
    siteIds: [siteId],
    name: fields.name ?? null,
    species: fields.species ?? null,
    breed: breedOf(fields),
    sex: fields.sex ?? null,
    colour: fields.colour ?? null,
    dateOfBirth: day('dateOfBirth'),
    weightGrams: weightOf(fields),
    microchip: fields.microchip ?? null,
    allergies: list(fields.allergies, /;/),
    alerts: list(fields.alerts, /;/),
    notes: fields.notes ?? null,
    deceasedAt: day('deceasedAt'),
    externalIds: marks(system, fields.id),
  }
}

/**
 * The documents of one row. Rows of one `ownerId` share a client; any other row has a client of its own.
 * @throws RowRefused
 */
export const animalDocs = (row: AnimalRow, settings: ImportSettings, stamp: Stamp): AnimalAndClient => {
  const { fields } = row
  const animalId = idOf(stamp, settings, 'animal', row.key, row.occurrence)
  const clientId =
    fields.ownerId === undefined
      ? derivedUuid('client of', animalId)
      : idOf(stamp, settings, 'client', fields.ownerId)
  const client = validated(clientData, clientOf(fields, settings.siteId))
  const animal = validated(animalData, animalOf(fields, clientId, settings))
  return {
    client: newRecord('client', clientId, stamp, client),
    animal: newRecord('animal', animalId, stamp, animal),
  }
}
