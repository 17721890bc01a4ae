/** A vet's phone: the day, records on demand, uploads, sync, and what a merge left. */
import { bare, field, type CallName, type Step } from './step.ts'

const day = { siteId: '${siteId}', date: '${today}' }

const batch = (items: readonly unknown[], deviceId = 'load-${unique}') => ({
  ...{ deviceId, batchId: '${unique}', sentAt: '${now}', items },
})

/** An upload of one record. */
const made = (call: CallName, clientItemId: string, data: object, take: Step['take'] = {}): Step => ({
  ...{ call, as: 'vet', refuse: 'REJECTED', take },
  body: batch([{ clientItemId, editedAt: '${now}', data }]),
})

/** Two devices that weigh the animal, neither having seen the other's. */
const weighed = (n: 1 | 2, to: number): Step => ({
  ...{ call: 'uploadAnimalItems', as: 'vet', how: `a weight by device ${n}`, refuse: 'REJECTED' },
  body: batch(
    [
      {
        ...{ clientItemId: `\${edit${n}}`, id: '${animalItem}', baseRevision: '${animalRevision}' },
        ...{ editedAt: '${now}', changes: { weightGrams: { from: null, to } } },
      },
    ],
    `load-${n}-\${unique}`,
  ),
})

const uploads: readonly Step[] = [
  made('uploadClientItems', '${clientItem}', { lastName: 'Price-${unique}', siteIds: [bare('siteId')] }),
  made(
    'uploadAnimalItems',
    '${animalItem}',
    { clientId: '${clientId}', name: 'Bramble', species: 'Horse' },
    { animalRevision: field('revision') },
  ),
  made('uploadAppointmentItems', '${appointmentItem}', {
    ...{ siteId: bare('siteId'), practitionerId: '${practitionerId}', clientId: '${clientId}' },
    ...{ animalIds: ['${animalItem}'], startsAt: '${nightFrom}', endsAt: '${nightTo}' },
  }),
  made('uploadTreatmentItems', '${treatmentItem}', {
    ...{ animalId: '${animalItem}', code: '${treatmentCode}', quantity: '1', treatedAt: '${now}' },
  }),
  made('uploadPaymentItems', '${paymentItem}', {
    ...{ clientId: '${clientId}', method: 'CARD', amount: 4500, currency: 'GBP', takenAt: '${now}' },
  }),
]

const conflicts: readonly Step[] = [
  weighed(1, 505_000),
  weighed(2, 498_500),
  {
    ...{ call: 'listConflicts', as: 'vet', query: { limit: '500' } },
    take: {
      conflictId: '"id":"([^"]+)","recordType":"animal","recordId":"${animalItem}"',
      stamp: '"recordId":"${animalItem}".*?"stamp":"([^"]+)"',
    },
  },
  { call: 'resolveConflict', as: 'vet', params: { id: '${conflictId}' }, body: { stamp: '${stamp}' } },
  { call: 'listRejected', as: 'vet', query: { limit: '50' } },
]

/** A phone of its own, so that cutting it off ends no other session. */
const phone: readonly Step[] = [
  {
    ...{ call: 'verifyUser', as: 'app', how: 'the vet on another phone' },
    body: { username: '${username}', password: '${password}' },
    take: { phoneToken: field('userToken') },
  },
  {
    ...{ call: 'syncPull', as: 'phone' },
    body: { deviceId: 'phone-${unique}', collection: 'reference', checkpoint: null, limit: 1000 },
    take: { checkpoint: field('token') },
  },
  {
    ...{ call: 'syncNews', as: 'phone' },
    body: { deviceId: 'phone-${unique}', checkpoints: { reference: { token: '${checkpoint}' } } },
  },
  { call: 'listDevices', as: 'admin', query: { limit: '100' } },
  { call: 'cutOffDevice', as: 'admin', params: { deviceId: 'phone-${unique}' } },
  { call: 'restoreDevice', as: 'admin', params: { deviceId: 'phone-${unique}' } },
]

/** Behind the registration, whose client the records are of. */
export const mobileSteps: readonly Step[] = [
  {
    ...{ call: 'retrieveDiariesForDay', as: 'vet', query: day },
    take: { practitionerId: field('practitionerId') },
  },
  { call: 'retrieveFullList', as: 'vet', query: { ...day, statusFlag: 'ARRIVED,IN_TREATMENT' } },
  { call: 'retrieveDiary', as: 'vet', query: day },
  { call: 'retrieveDayList', as: 'vet', query: day },
  { call: 'retrieveTreatmentCodes', as: 'vet', query: { siteId: '${siteId}' } },
  ...uploads,
  { call: 'getClient', as: 'vet', params: { clientId: '${clientId}' } },
  { call: 'getAnimal', as: 'vet', params: { animalId: '${animalItem}' } },
  { call: 'getAnimalHistory', as: 'vet', params: { animalId: '${animalItem}' }, query: { limit: '20' } },
  ...conflicts,
  ...phone,
  {
    // A stream has no end: it is opened, and left after two seconds without an event.
    ...{ call: 'syncEvents', as: 'vet', query: { deviceId: 'load-${unique}', collections: 'animals' } },
    ...{ timeout: 2000, expect: '200|.*SocketTimeoutException.*' },
  },
]
