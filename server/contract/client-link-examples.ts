/** Carol Marsh's own view of the demo practice, for the examples of ClientLink. */
import { exampleAnimal, exampleAppointment, exampleClient } from './example-records.ts'

const group = { groupId: 1, groupName: 'Hillside Vets' }
const pick = <T extends object, K extends keyof T>(from: T, ...fields: K[]): Pick<T, K> =>
  Object.fromEntries(fields.map((field) => [field, from[field]])) as Pick<T, K>

const site = { siteId: 1, siteName: 'Hillside Surgery' }
const clover = { id: exampleAnimal.id, name: exampleAnimal.name }

export const exampleMyAnimal = {
  ...pick(exampleAnimal, 'id', 'revision', 'createdAt', 'modifiedAt', 'siteIds', 'name', 'species', 'breed'),
  ...pick(
    exampleAnimal,
    'sex',
    'colour',
    'dateOfBirth',
    'weightGrams',
    'microchip',
    'allergies',
    'deceasedAt',
  ),
  ...group,
}

export const exampleMyAppointment = {
  ...pick(exampleAppointment, 'id', 'revision', 'createdAt', 'modifiedAt', 'practitionerId'),
  ...pick(exampleAppointment, 'startsAt', 'endsAt', 'status', 'onlineBooking'),
  ...{ ...group, ...site, practitionerName: 'Amelia Hart', animals: [clover], reason: 'Farm visit' },
}

const served = {
  ...{ revision: '1-2c7e1d0a9b8f4e6d8c5b3a2f1e0d9c8b', ...group, ...site },
  ...{ createdAt: '2026-11-16T09:00:00.000Z', modifiedAt: '2026-11-16T09:00:00.000Z' },
}

export const exampleMyReminder = {
  ...{ id: '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e41', ...served, animal: clover },
  ...{
    kind: 'VACCINATION',
    text: 'Clover 231 is due for her vaccination',
    dueOn: '2026-12-01',
    status: 'OPEN',
  },
}

export const exampleMyPrescription = {
  ...{ id: '0b5fd6a5-7c3a-4d8e-9a57-0c2d8b1f3e30', ...served, animal: clover },
  ...{ description: 'Meloxicam 20 mg/ml oral', quantity: '1', directions: 'Once a day with food' },
  ...{ status: 'COLLECTED', requestedAt: '2026-11-16T09:00:00.000Z', validUntil: null, repeatOf: null },
  ...{ repeatsLeft: 2, customerNote: null, messageForCustomer: null },
}

export const exampleMyContact = {
  ...{ ...group, revision: exampleClient.revision, modifiedAt: exampleClient.modifiedAt },
  ...pick(exampleClient, 'title', 'firstName', 'lastName', 'address', 'phones', 'emails'),
}
