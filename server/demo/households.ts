/** The demo's clients and their animals. Telephone numbers are from the range kept for fiction. */
import type { NewRecordDoc } from '../../sync/write/document.ts'
import { demoChance, demoUuid, oneOf } from './ids.ts'
import type { DemoGroup } from './practice.ts'
import { demoRecord, type DemoStamp } from './records.ts'

export interface Household {
  clientId: string
  siteIds: number[]
  animalIds: string[]
  docs: NewRecordDoc[]
}

const people = [
  ['Mrs', 'Carol'],
  ['Mr', 'Edwin'],
  ['Mrs', 'Joan'],
  ['Dr', 'Priya'],
  ['Mr', 'Tomasz'],
  ['Ms', 'Megan'],
  ['Mr', 'Idris'],
  ['Miss', 'Flora'],
  ['Mr', 'Hugh'],
  ['Dr', 'Anneke'],
  ['Mr', 'Reuben'],
  ['Mrs', 'Sally'],
] as const
const lastNames =
  'Marsh Pengelly Braithwaite Okoro Dunstan Lindqvist Fairhurst Hollis Nwosu Tregenza Appleyard Rowntree'.split(
    ' ',
  )
const streets = ['Orchard Lane', 'Mill Road', 'Church Row', 'Drovers Way', 'Ferry Hill']
const towns = ['Hillside', 'Millbrook', 'Upper Denby', 'Stonebeck']

interface Kind {
  species: string
  breeds: string[]
  names: string[]
  colours: string[]
  grams: number
  alerts: string[]
}

const kinds: readonly Kind[] = [
  {
    species: 'Horse',
    breeds: ['Welsh Cob', 'Thoroughbred', 'Shire'],
    names: ['Bramble', 'Captain', 'Juniper', 'Merlin'],
    colours: ['bay', 'grey', 'chestnut'],
    grams: 510_000,
    alerts: ['Kicks', 'Needs sedation for the farrier'],
  },
  {
    species: 'Cattle',
    breeds: ['Holstein', 'Hereford', 'Highland'],
    names: ['Daisy 104', 'Buttercup 88', 'Clover 231', 'Mabel 17'],
    colours: ['black and white', 'red', 'dun'],
    grams: 620_000,
    alerts: ['TB reactor in the herd in 2024', 'Under milk withdrawal'],
  },
  {
    species: 'Dog',
    breeds: ['Border Collie', 'Welsh Sheepdog'],
    names: ['Fly', 'Moss', 'Gyp', 'Nell', 'Cap'],
    colours: ['black and white', 'tricolour', 'blue merle'],
    grams: 19_500,
    alerts: ['Muzzle', 'Afraid of men'],
  },
  {
    species: 'Cat',
    breeds: ['Domestic Shorthair', 'Maine Coon'],
    names: ['Tabitha', 'Smudge', 'Pickle', 'Inca'],
    colours: ['tabby', 'black', 'ginger'],
    grams: 4200,
    alerts: ['Scratches', 'Diabetic'],
  },
]
const allergies = ['Penicillin', 'Sulphonamides', 'Lidocaine']

const animalOf = (n: number, client: Household, stamp: DemoStamp): NewRecordDoc => {
  const chance = demoChance('animal', client.clientId, n)
  const kind = oneOf(kinds, chance)
  const id = demoUuid('animal', client.clientId, n)
  const some = (list: readonly string[], share: number): string[] =>
    chance() < share ? [oneOf(list, chance)] : []
  return demoRecord('animal', id, stamp, {
    clientId: client.clientId,
    siteIds: client.siteIds,
    name: oneOf(kind.names, chance),
    species: kind.species,
    breed: oneOf(kind.breeds, chance),
    sex: oneOf(['female', 'male', 'female neutered', 'male neutered'], chance),
    colour: oneOf(kind.colours, chance),
    dateOfBirth: `${2012 + Math.floor(chance() * 12)}-0${1 + Math.floor(chance() * 9)}-1${Math.floor(chance() * 10)}`,
    weightGrams: Math.round((kind.grams * (0.8 + 0.4 * chance())) / 100) * 100,
    microchip: chance() < 0.7 ? `9${String(Math.floor(chance() * 1e14)).padStart(14, '0')}` : null,
    allergies: some(allergies, 0.3),
    alerts: some(kind.alerts, 0.35),
    notes: null,
    deceasedAt: null,
    externalIds: [],
  })
}

const clientOf = (n: number, household: Household, stamp: DemoStamp): NewRecordDoc => {
  const chance = demoChance('client', household.clientId)
  const lastName = lastNames[n % lastNames.length] ?? ''
  const [title, firstName] = people[(n + Math.floor(n / lastNames.length)) % people.length] ?? people[0]
  const town = oneOf(towns, chance)
  return demoRecord('client', household.clientId, stamp, {
    siteIds: household.siteIds,
    title,
    firstName,
    lastName,
    address: {
      line1: `${1 + Math.floor(chance() * 80)} ${oneOf(streets, chance)}`,
      line2: null,
      city: town,
      county: 'North Yorkshire',
      postcode: `HD${1 + Math.floor(chance() * 9)} ${1 + Math.floor(chance() * 9)}QX`,
      country: 'GB',
    },
    phones: [`+44 1632 960${String(100 + n).padStart(3, '0')}`],
    emails: [`${firstName}${n === 0 ? '' : `.${lastName}${n}`}@example.com`.toLowerCase()],
    deactivated: false,
    externalIds: [],
  })
}

/** Where a client goes: most to one site of the practice, some to each. */
const sitesOf = (n: number, group: DemoGroup): number[] => {
  const all = group.sites.map(({ siteId }) => siteId)
  return n % 4 === 0 ? all : [all[n % all.length] ?? 0]
}

/** The id of a group's nth client. */
export const householdId = (groupId: number, n: number): string => demoUuid('client', groupId, n)

/** The households of a group. The first one is Carol's, who also has a user account. */
export const households = (group: DemoGroup, stamp: DemoStamp): Household[] =>
  Array.from({ length: group.clients }, (_, n) => {
    const household: Household = {
      clientId: householdId(group.groupId, n),
      siteIds: sitesOf(n, group),
      animalIds: [],
      docs: [],
    }
    const animals = Array.from({ length: 1 + (n % 3) }, (_none, i) => animalOf(i, household, stamp))
    household.animalIds = animals.map(({ _id }) => _id.slice('animal:'.length))
    household.docs = [clientOf(n, household, stamp), ...animals]
    return household
  })
