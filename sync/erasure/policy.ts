/**
 * What is erased of a client's records, and what is kept because the law asks for it: data, for the write path, the
 * resolver, the export and the erasure alike. The years are those of the United Kingdom.
 */

/** What stands where a field may not be empty. */
export const erasedWord = 'Erased'

/** Fields that are emptied, by type: to null or to an empty list, or to `erasedWord`. */
const erasedFields: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  client: {
    ...{ title: null, firstName: null, lastName: erasedWord, address: null, phones: [], emails: [] },
    externalIds: [],
  },
  appointment: { reasonText: null, notes: null },
  prospectBooking: { notes: null },
  payment: { notes: null },
  prescription: { customerNote: null, messageForCustomer: null },
  reminder: { text: erasedWord, notes: null },
  registration: { clientCategory: null, introducedBy: null },
  document: { title: erasedWord, fileName: erasedWord },
}

export const fieldsErased = (type: string): Readonly<Record<string, unknown>> => erasedFields[type] ?? {}

export interface KeptKind {
  what: string
  why: string
  /** Years from its own date; null: as long as what refers to it. */
  years: number | null
}

/** What stays of each kind, and why, in plain words. */
export const keptKinds: Readonly<Record<string, KeptKind>> = {
  client: {
    what: 'The record itself, without name, address, numbers and marks of other systems',
    why: 'The clinical and money records below refer to it; nobody can be told from it',
    years: null,
  },
  animal: {
    what: 'The animals: name, description, microchip, allergies, alerts and clinical notes',
    why: 'They are part of the clinical record, which says which animal was treated',
    years: 5,
  },
  appointment: {
    what: 'Times, practitioner, animals and status, without notes and reasons in words',
    why: 'They date the clinical record',
    years: 5,
  },
  treatment: {
    what: 'Treatments with medicines, batches, labels and clinical notes',
    why: 'The Veterinary Medicines Regulations ask to keep records of medicines for five years',
    years: 5,
  },
  prescription: {
    what: 'Prescriptions, without what the customer wrote and was written to',
    why: 'The Veterinary Medicines Regulations ask to keep prescriptions for five years',
    years: 5,
  },
  payment: {
    what: 'Payments and their reversals: amounts, dates and means, without notes',
    why: 'Tax law asks to keep the books for six years',
    years: 6,
  },
  invoice: {
    what: 'Invoices and credit notes, whole; they name the client by its number alone',
    why: 'Tax law asks to keep the books for six years',
    years: 6,
  },
  reminder: {
    what: 'That there was a reminder, for which animal and when, without its words',
    why: 'It is part of the clinical record',
    years: 5,
  },
  registration: {
    what: 'What was agreed to and when: terms and consents',
    why: 'It shows that the data was held lawfully',
    years: 6,
  },
  document: {
    what: 'Documents of other categories than those named, with their files',
    why: 'They are part of the clinical record: X-rays, laboratory reports, photos of wounds',
    years: 5,
  },
}
