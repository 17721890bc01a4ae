/** Treatments that are not invoiced yet, and who is to pay for a treatment. */
import { movesOf, ownerAt, type Move } from '../../../sync/clients/ownership.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { docId } from '../../../sync/write/document.ts'

const named = (doc: StoredDoc, field: string): string | undefined =>
  typeof doc[field] === 'string' ? doc[field] : undefined

/** Who pays for each treatment: the client of its appointment, or whose the animal was when it was treated. */
export const payersOf = async (
  group: Group,
  treatments: readonly StoredDoc[],
): Promise<(string | undefined)[]> => {
  const appointments = await byIdOf(group, 'appointment', treatments)
  const others = treatments.filter((doc) => !appointments.has(named(doc, 'appointmentId')))
  const animals = await byIdOf(group, 'animal', others)
  const moves = new Map<string | undefined, Move[]>()
  for (const id of animals.keys()) moves.set(id, await movesOf(group, id ?? ''))
  return treatments.map((doc) => {
    const appointment = appointments.get(named(doc, 'appointmentId'))
    if (appointment) return named(appointment, 'clientId')
    const animalId = named(doc, 'animalId')
    const animal = animals.get(animalId)
    return animal && ownerAt(moves.get(animalId) ?? [], named(animal, 'clientId'), doc['treatedAt'])
  })
}

/** The records of a type that treatments name, by their ids. */
const byIdOf = async (
  { db }: Group,
  type: 'appointment' | 'animal',
  treatments: readonly StoredDoc[],
): Promise<Map<string | undefined, StoredDoc>> => {
  const ids = [...new Set(treatments.flatMap((doc) => named(doc, `${type}Id`) ?? []))]
  const docs = await db.getMany(ids.map((id) => docId(type, id)))
  return new Map(docs.flatMap((doc, i) => (doc ? [[ids[i], doc] as const] : [])))
}

/** A client's treatments that are neither invoiced nor voided, oldest first. */
export const openTreatmentsOf = async (group: Group, clientId: string): Promise<StoredDoc[]> => {
  const animals = await animalsOf(group, clientId)
  const open = await Promise.all([...animals].map((id) => group.index.lookup(['treatment.open', id])))
  const docs = await group.db.getMany(open.flat().map(([id = '']) => docId('treatment', id)))
  const found = docs.filter((doc) => doc !== undefined)
  const payers = await payersOf(group, found)
  const time = (doc: StoredDoc): number => Date.parse(String(doc['treatedAt']))
  return found.filter((_, i) => payers[i] === clientId).sort((a, b) => time(a) - time(b))
}

/** The animals for which a client may have to pay: theirs, those that were theirs, and those of their appointments. */
const animalsOf = async ({ db, index }: Group, clientId: string): Promise<Set<string>> => {
  const theirs = await index.lookup(['client.animals', clientId])
  const left = await index.lookup(['client.left', clientId, 'animal'])
  const booked = await index.lookup(['client.appointments', clientId])
  const appointments = await db.getMany(booked.map((parts) => docId('appointment', parts[1] ?? '')))
  const seen = appointments.flatMap((doc) => (doc?.['animalIds'] as string[] | undefined) ?? [])
  return new Set([...theirs.map(([id = '']) => id), ...left.map(([id = '']) => id), ...seen])
}
