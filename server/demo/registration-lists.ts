/** The demo's lists for registering: what a practice's web site offers to choose from, and the terms. Made up. */
import type { NewRecordDoc } from '../../sync/write/document.ts'
import type { Household } from './households.ts'
import { codeOf } from '../practice/code-of.ts'
import { demoRecord, type DemoStamp } from './records.ts'

const lists: Readonly<Record<string, readonly string[]>> = {
  title: ['Mr', 'Mrs', 'Miss', 'Ms', 'Mx', 'Dr', 'Prof', 'Rev'],
  city: ['Hillside', 'Millbrook', 'Stonebeck', 'Upper Denby'],
  county: ['East Riding of Yorkshire', 'North Yorkshire', 'South Yorkshire', 'West Yorkshire'],
  colour: [
    ...['bay', 'black', 'black and white', 'blue merle', 'brindle', 'brown', 'chestnut', 'cream', 'dun'],
    ...[
      'fawn',
      'ginger',
      'grey',
      'palomino',
      'piebald',
      'red',
      'roan',
      'tabby',
      'tortoiseshell',
      'tricolour',
    ],
    'white',
  ],
  sex: ['female', 'female neutered', 'male', 'male neutered', 'not known'],
  clientCategory: ['Private', 'Farm', 'Equestrian yard', 'Breeder', 'Rescue or charity'],
  introducedBy: ['A friend or neighbour', 'Another practice', 'The internet', 'An insurer', 'Passing by'],
  consentMethod: ['E-mail', 'Text message', 'Telephone', 'Post'],
}

const breeds: Readonly<Record<string, readonly string[]>> = {
  Dog: [
    ...['Border Collie', 'Cocker Spaniel', 'Crossbreed', 'French Bulldog', 'German Shepherd', 'Jack Russell'],
    ...['Labrador Retriever', 'Lurcher', 'Springer Spaniel', 'Welsh Sheepdog', 'Whippet'],
  ],
  Cat: ['Bengal', 'British Shorthair', 'Domestic Longhair', 'Domestic Shorthair', 'Maine Coon', 'Siamese'],
  Horse: [
    'Arab',
    'Cleveland Bay',
    'Connemara',
    'Irish Draught',
    'Shetland',
    'Shire',
    'Thoroughbred',
    'Welsh Cob',
  ],
  Cattle: ['Aberdeen Angus', 'Ayrshire', 'Hereford', 'Highland', 'Holstein', 'Jersey', 'Limousin'],
  Sheep: ['Bluefaced Leicester', 'Mule', 'Suffolk', 'Swaledale', 'Texel'],
  Rabbit: ['Dutch', 'Lionhead', 'Lop', 'Rex'],
}

const consentTypes = [
  {
    ...{ name: 'Care and appointments', contractual: true },
    description: 'What we need to tell you to look after your animals: appointments, results, invoices.',
  },
  {
    ...{ name: 'Reminders', contractual: false },
    description: 'That a vaccination, a worming or a check-up is due.',
  },
  { name: 'News and offers', contractual: false, description: 'Our newsletter, open days and offers.' },
  { name: 'Surveys', contractual: false, description: 'Now and then, questions on how we are doing.' },
]

const terms = {
  version: '2026-01',
  title: 'Terms of business',
  text:
    'We look after your animals with care and skill. Fees are due when we treat, unless you have an account with us. ' +
    'We quote before costly treatment. Out of hours, a vet of ours answers the telephone.\n\n' +
    'We keep your details and your animals’ records to do this work and because the law asks it of us. We pass ' +
    'them on to nobody but those who take part in the treatment. You can see and correct them at any time.',
}

export const registrationLists = (stamp: DemoStamp): NewRecordDoc[] => {
  const entry = (kind: string, name: string, order: number, more: object = {}, prefix = ''): NewRecordDoc => {
    const code = prefix + codeOf(name)
    const fields = { siteIds: [], kind, code, name, order, ...more }
    return demoRecord('reference', `${kind}:${code}`, stamp, fields)
  }
  return [
    ...Object.entries(lists).flatMap(([kind, names]) => names.map((name, i) => entry(kind, name, i))),
    ...Object.keys(breeds).map((name, i) => entry('species', name, i)),
    ...Object.entries(breeds).flatMap(([species, names]) =>
      names.map((name, i) => entry('breed', name, i, { species }, `${codeOf(species)}-`)),
    ),
    ...consentTypes.map(({ name, ...more }, i) => entry('consentType', name, i, more)),
    demoRecord('reference', `terms:${terms.version}`, stamp, {
      siteIds: [],
      kind: 'terms',
      ...terms,
      inForce: true,
    }),
  ]
}

/** How a household came to be clients: by the web site's form, with reminders by e-mail. */
export const demoRegistration = ({ clientId, siteIds }: Household, stamp: DemoStamp): NewRecordDoc =>
  demoRecord('registration', clientId, stamp, {
    ...{ clientId, siteId: siteIds[0] ?? 1, siteIds, matchLevel: 'UNMATCHED', registeredAt: stamp.at },
    ...{ clientCategory: 'private', introducedBy: 'a-friend-or-neighbour' },
    terms: { version: terms.version, acceptedAt: stamp.at },
    consents: consentTypes.flatMap(({ name, contractual }) =>
      (lists['consentMethod'] ?? []).map((channel) => ({
        ...{ type: codeOf(name), channel: codeOf(channel), at: stamp.at },
        granted: contractual || (name === 'Reminders' && channel === 'E-mail'),
      })),
    ),
  })
