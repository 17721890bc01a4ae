/** After the day: the same everywhere, everything there, nothing twice. */
import assert from 'node:assert/strict'
import type { Device } from '../support/device.ts'
import type { ApiCaller, Json } from './api-caller.ts'
import type { Day } from './day.ts'
import type { Entered } from './work.ts'

interface Verification {
  api: ApiCaller
  amelia: Device
  ben: Device
  day: Day
  entered: Entered[]
  say: (line: string) => void
}

export const verify = async (v: Verification): Promise<void> => {
  await sameEverywhere(v)
  await everythingIsThere(v)
  await onceEach(v)
}

/** Fields that only a device keeps. */
const deviceOnly = new Set(['_deleted', 'pendingEdits', 'recentEdits', '_meta', '_rev', '_attachments'])
const bare = (document: Json): Json =>
  Object.fromEntries(
    Object.entries(document)
      .filter(([field, value]) => !deviceOnly.has(field) && value !== null && value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
const byId = (documents: Json[]): Map<string, Json> =>
  new Map(documents.map((d) => [String(d['id']), bare(d)]))

const sameEverywhere = async ({ api, amelia, ben, say }: Verification): Promise<void> => {
  for (const collection of [
    'appointments',
    'treatments',
    'payments',
    'documents',
    'animals',
    'clients',
    'conflicts',
  ]) {
    const server = byId(await api.pullAll(collection))
    // Amelia has both sites, as the account that asks the server; Ben has site 1 only.
    const hers = byId(await amelia.do('all', { collection }))
    const his = byId(await ben.do('all', { collection }))
    assert.equal(hers.size, server.size, `${collection}: as many on Amelia's device as at the server`)
    for (const [id, record] of server)
      assert.deepEqual(hers.get(id), record, `${collection} ${id} on Amelia's device`)
    for (const [id, record] of his)
      assert.deepEqual(record, server.get(id), `${collection} ${id} on Ben's device`)
    say(`${collection}: the same on both devices and at the server (${server.size}).`)
  }
}

const everythingIsThere = async ({ api, day, entered, say }: Verification): Promise<void> => {
  const { shared } = day
  const animal = await api.get(`/v2/mobile/animals/${shared.animalId}`)
  const history = await api.get(`/v2/mobile/animals/${shared.animalId}/history?limit=500`)
  const conflicts = await api.pullAll('conflicts')
  const appointments = byId(await api.pullAll('appointments'))
  const found = JSON.stringify([animal, history, conflicts, appointments.get(shared.appointmentId)])
  for (const { who, weight, animalNotes, appointmentNotes, own } of entered) {
    assert.ok(
      found.includes(String(weight)),
      `${who}'s weight of ${shared.name} is in the record, its history or a conflict`,
    )
    assert.ok(found.includes(animalNotes), `${who}'s notes on ${shared.name} are kept`)
    assert.ok(found.includes(appointmentNotes), `${who}'s notes on the appointment are kept`)
    assert.equal(appointments.get(own.appointmentId)?.['status'], 'PAID', `${who}'s own appointment is paid`)
  }
  assert.equal(appointments.get(shared.appointmentId)?.['status'], 'ARRIVED')
  const weights = conflicts.filter((c) => c['recordId'] === shared.animalId && c['field'] === 'weightGrams')
  assert.equal(weights.length, 1, 'the two weights stand in one conflict, for a person to settle')
  say(`Both weights and both notes of ${shared.name} are there: ${JSON.stringify(animal['notes'])}`)
}

const onceEach = async ({ api, entered, say }: Verification): Promise<void> => {
  const [treatments, payments, documents] = await Promise.all(
    ['treatments', 'payments', 'documents'].map((collection) => api.pullAll(collection)),
  )
  for (const { who, own, treatmentIds, paymentId, photo } of entered) {
    const mine = (treatments ?? []).filter((t) => t['animalId'] === own.animalId).map((t) => String(t['id']))
    assert.deepEqual(mine.sort(), [...treatmentIds].sort(), `${who}'s treatments are there, each once`)
    const paid = (payments ?? []).filter((p) => p['clientId'] === own.clientId)
    assert.deepEqual(
      paid.map((p) => p['id']),
      [paymentId],
      `${who}'s payment stands once`,
    )
    if (!photo) continue
    const photos = (documents ?? []).filter((d) => d['title'] === photo.title)
    assert.deepEqual(
      photos.map((d) => d['sha256']),
      [photo.sha256],
      `${who}'s photo is there, whole, once`,
    )
  }
  say('Every treatment, payment and photo is there, once.')
}
