/** Records of the demo practice, for the examples of calls: each is there when the demo is running. */

/** The day that the examples are of. */
export const exampleDay = '2026-11-23'
/** The day that examples book; documents show one that is still to come in its place (openapi/example-days.ts). */
export const exampleBookingDay = '2027-01-02'

const clientId = '02c13a5f-4616-87e9-8533-5a78315fc2a4'
const animalId = 'e1463306-09b2-81b9-89a5-5113378a0b91'
const practitionerId = '6f1c8f0e-0000-4000-8000-000000000011'
/** Carol Marsh, her cow, and Amelia Hart. */
export const exampleIds = { clientId, animalId, practitionerId }

export const exampleServed = {
  groupId: 1,
  createdAt: '2026-11-23T08:00:00.000Z',
  modifiedAt: '2026-11-23T08:00:00.000Z',
}

export const exampleClient = {
  id: clientId,
  revision: '1-00eb1b9fc52799977fb6cf83e7c13d98',
  ...exampleServed,
  siteIds: [1, 2],
  title: 'Mrs',
  firstName: 'Carol',
  lastName: 'Marsh',
  address: {
    line1: '62 Drovers Way',
    line2: null,
    city: 'Millbrook',
    county: 'North Yorkshire',
    postcode: 'HD7 1QX',
    country: 'GB',
  },
  phones: ['+44 1632 960100'],
  emails: ['carol@example.com'],
  deactivated: false,
  externalIds: [],
}

export const exampleAnimal = {
  id: animalId,
  revision: '1-bf85785d78eef38fd6cf9be3fad23448',
  ...exampleServed,
  clientId,
  siteIds: [1, 2],
  name: 'Clover 231',
  species: 'Cattle',
  breed: 'Holstein',
  sex: 'female',
  colour: 'black and white',
  dateOfBirth: '2023-01-17',
  weightGrams: 498_000,
  microchip: '922771946107968',
  allergies: ['Penicillin'],
  alerts: [],
  notes: null,
  deceasedAt: null,
  externalIds: [],
}

export const exampleAppointment = {
  id: 'a9349d60-575f-8d94-b1c1-0fecbf685d24',
  revision: '1-6024c2e4c966532eac6a600604e61d76',
  ...exampleServed,
  siteId: 1,
  practitionerId,
  clientId,
  animalIds: [animalId],
  startsAt: '2026-11-23T09:00:00.000Z',
  endsAt: '2026-11-23T09:45:00.000Z',
  status: 'ARRIVED',
  reasonId: 'ea50c924-ce4f-859d-b147-9bde26edb523',
  reasonText: 'Farm visit',
  notes: null,
  statusTimes: { BOOKED: '2026-11-16T09:00:00.000Z', ARRIVED: '2026-11-23T08:55:00.000Z' },
  onlineBooking: false,
  clash: null,
}

/** As lists show it. */
export const exampleListedAppointment = {
  ...exampleAppointment,
  client: { id: clientId, name: 'Mrs Carol Marsh', phone: '+44 1632 960100' },
  animals: [
    {
      id: animalId,
      name: 'Clover 231',
      species: 'Cattle',
      breed: 'Holstein',
      allergies: ['Penicillin'],
      alerts: [],
    },
  ],
}

export const exampleTreatment = {
  id: '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e01',
  revision: '1-3500c9ce3cb3ca9a1577dce2672ad19d',
  ...exampleServed,
  siteIds: [1, 2],
  animalId,
  appointmentId: null,
  practitionerId,
  code: 'CONS',
  description: null,
  quantity: '1',
  unitPrice: 4500,
  fixedPrice: 0,
  currency: 'GBP',
  vatRate: 2000,
  batchNumber: null,
  label: null,
  notes: 'Bright and alert, eating well.',
  treatedAt: '2026-11-23T10:12:00Z',
  invoiceId: null,
  voided: null,
}
