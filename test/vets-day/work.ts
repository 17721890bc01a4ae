/** What a vet does at a farm without signal; everything entered is noted, to be looked for afterwards. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Device } from '../support/device.ts'
import type { Booked, Day } from './day.ts'

export interface Entered {
  who: string
  weight: number
  animalNotes: string
  appointmentNotes: string
  treatmentIds: string[]
  paymentId: string
  own: Booked
  photo: { title: string; sha256: string } | null
  lines: string[]
}

interface Work {
  device: Device
  who: string
  day: Day
  own: Booked
  weight: number
  photo: boolean
}

/** Arrives, treats and takes payment for their own appointment; changes the animal and the appointment both share. */
export const work = async ({ device, who, day, own, weight, photo }: Work): Promise<Entered> => {
  const { shared } = day
  for (const status of ['ARRIVED', 'IN_TREATMENT'])
    await device.do('patch', { collection: 'appointments', id: own.appointmentId, changes: { status } })
  const treatmentIds = await treat(device, own, day.code)
  await device.do('patch', {
    collection: 'appointments',
    id: own.appointmentId,
    changes: { status: 'TREATED' },
  })
  const paymentId = randomUUID()
  const payment = { id: paymentId, clientId: own.clientId, appointmentId: own.appointmentId }
  const taken = { method: 'CARD', amount: 4500, currency: 'GBP', takenAt: new Date().toISOString() }
  await device.do('insert', { collection: 'payments', document: { ...payment, ...taken } })
  await device.do('patch', { collection: 'appointments', id: own.appointmentId, changes: { status: 'PAID' } })
  const animalNotes = `${who}: a little lame on the near fore.`
  const appointmentNotes = `${who} was here at the gate.`
  await device.do('patch', { collection: 'animals', id: shared.animalId, changes: { weightGrams: weight } })
  await device.do('patch', { collection: 'animals', id: shared.animalId, changes: { notes: animalNotes } })
  await device.do('patch', {
    collection: 'appointments',
    id: shared.appointmentId,
    changes: { notes: appointmentNotes, status: 'ARRIVED' },
  })
  const taken1 = photo ? await addPhoto(device, own, who) : null
  const lines = [
    `${who} arrives at ${own.name}'s, records ${treatmentIds.length} treatments and takes £45.00 by card.`,
    `${who} weighs ${shared.name} at ${weight / 1000} kg and writes notes${photo ? ', and takes a photo' : ''}.`,
  ]
  return { who, weight, animalNotes, appointmentNotes, treatmentIds, paymentId, own, photo: taken1, lines }
}

const treat = async (device: Device, own: Booked, code: string): Promise<string[]> => {
  const ids = [randomUUID(), randomUUID()]
  const common = {
    animalId: own.animalId,
    appointmentId: own.appointmentId,
    treatedAt: new Date().toISOString(),
  }
  await device.do('insert', {
    collection: 'treatments',
    document: { id: ids[0], ...common, code, quantity: '2.5' },
  })
  const described = { description: 'Hoof trim', quantity: 1, unitPrice: 2000, currency: 'GBP', vatRate: 2000 }
  await device.do('insert', { collection: 'treatments', document: { id: ids[1], ...common, ...described } })
  return ids
}

const addPhoto = async (device: Device, own: Booked, who: string): Promise<NonNullable<Entered['photo']>> => {
  const bytes = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(200_000)])
  const title = `${who}'s photo of ${own.name}`
  const meta = { animalId: own.animalId, appointmentId: own.appointmentId, title, category: 'photo' }
  await device.do('addDocument', {
    base64: bytes.toString('base64'),
    meta: { ...meta, fileName: 'wound.jpg', contentType: 'image/jpeg' },
  })
  return { title, sha256: createHash('sha256').update(bytes).digest('hex') }
}
