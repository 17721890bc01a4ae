/** Prescriptions as they are read: by whose they are, and by the day and the site at which they were asked for. */
import type { Prescription } from '../../../sync/contract/practice-records.ts'
import type { Group } from '../../../sync/group.ts'
import { apiRecord, docId, type RecordDoc } from '../../../sync/write/document.ts'

export type StoredPrescription = RecordDoc & Prescription

export const prescriptionOf = (doc: RecordDoc): Prescription => apiRecord(doc) as unknown as Prescription

/** The prescriptions of an animal as they are stored, newest first. */
export const storedOfAnimal = async (group: Group, animalId: string): Promise<StoredPrescription[]> => {
  const keys = await group.index.lookup(['prescription.animal', animalId], { reverse: true })
  return await readAll(
    group,
    keys.map((parts) => parts[1] ?? ''),
  )
}

/** The prescriptions of an animal, newest first. */
export const prescriptionsOf = async (group: Group, animalId: string): Promise<Prescription[]> =>
  (await storedOfAnimal(group, animalId)).map(prescriptionOf)

/**
 * What was asked for at a site in a span of time, and what was asked for before and still waits: oldest first.
 * @param span its first instant, and the one after its last, as UTC text (a day's: `dayBounds`)
 */
export const requestsIn = async (
  group: Group,
  siteId: number,
  { from, to }: { from: string; to: string },
): Promise<Prescription[]> => {
  const site = String(siteId)
  const waiting = await group.index.lookup(['prescription.status', site, 'REQUESTED'], { to: from })
  const ofDay = await group.index.lookup(['prescription.site', site], { from, to })
  const ids = [...waiting, ...ofDay].map((parts) => parts[1] ?? '')
  return (await readAll(group, ids)).map(prescriptionOf)
}

const readAll = async (group: Group, ids: readonly string[]): Promise<StoredPrescription[]> => {
  const docs = await group.db.getMany(ids.map((id) => docId('prescription', id)))
  return docs.filter((doc) => doc !== undefined) as StoredPrescription[]
}
