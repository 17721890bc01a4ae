/** Treatments that are not invoiced yet, and who is to pay for a treatment. */
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { docId } from '../../../sync/write/document.ts'

const named = (doc: StoredDoc, field: string): string | undefined =>
  typeof doc[field] === 'string' ? doc[field] : undefined

/** Who pays for each treatment: the client of its appointment, or the animal's. An animal may be sold in between. */
export const payersOf = async (
  group: Group,
  treatments: readonly StoredDoc[],
): Promise<(string | undefined)[]> => {
  const ids = new Set<string>()
  for (const doc of treatments) {
    ids.add(docId('animal', named(doc, 'animalId') ?? ''))
    const appointment = named(doc, 'appointmentId')
    if (appointment !== undefined) ids.add(docId('appointment', appointment))
  }
  const wanted = [...ids]
  const docs = await group.db.getMany(wanted)
  const byId = new Map(wanted.map((id, i) => [id, docs[i]] as const))
  return treatments.map((doc) => {
    const appointment = byId.get(docId('appointment', named(doc, 'appointmentId') ?? ''))
    const whose = appointment ?? byId.get(docId('animal', named(doc, 'animalId') ?? ''))
    return whose && named(whose, 'clientId')
  })
}

/** A client's treatments that are neither invoiced nor voided, oldest first. */
export const openTreatmentsOf = async (group: Group, clientId: string): Promise<StoredDoc[]> => {
  const animals = await group.index.lookup(['client.animals', clientId])
  const open = await Promise.all(animals.map(([id = '']) => group.index.lookup(['treatment.open', id])))
  const docs = await group.db.getMany(open.flat().map(([id = '']) => docId('treatment', id)))
  const found = docs.filter((doc) => doc !== undefined)
  const payers = await payersOf(group, found)
  const time = (doc: StoredDoc): number => Date.parse(String(doc['treatedAt']))
  return found.filter((_, i) => payers[i] === clientId).sort((a, b) => time(a) - time(b))
}
