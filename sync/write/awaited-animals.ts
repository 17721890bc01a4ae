/**
 * Documents of animals that are not known yet: a photograph may arrive before the animal that it is of. Such a document
 * is its sender's sites' until the animal comes, and then the animal's. `awaited:<animalId>` says that there is one, so
 * that making animals costs one look; whoever comes second, animal or document, links them.
 */
import type { StoredDoc } from '../store/port.ts'
import type { WriteTarget } from './context.ts'
import { bareId, docId, schemaVersion, type RecordDoc } from './document.ts'
import { reviseRecord } from './revise.ts'

const awaitedId = (animalId: string): string => `awaited:${animalId}`
export const awaitsAnimal = (doc: Pick<StoredDoc, '_id'> & Record<string, unknown>): boolean =>
  doc['awaitsAnimal'] === true

/** Before documents are written: marks the animals that some of them wait for. */
export const markAwaited = async (target: WriteTarget, documents: readonly RecordDoc[]): Promise<void> => {
  const animals = new Set(documents.filter(awaitsAnimal).map((doc) => String(doc['animalId'])))
  if (animals.size === 0) return
  const common = { type: 'awaited', groupId: target.groupId, siteIds: [], schemaVersion }
  // One that stands is as good.
  await target.db.write([...animals].map((id) => ({ _id: awaitedId(id), ...common })))
}

/** After documents were written: links those whose animal has come in between. */
export const linkLateDocuments = async (
  target: WriteTarget,
  documents: readonly RecordDoc[],
  at: number,
): Promise<void> => {
  for (const doc of documents.filter(awaitsAnimal)) {
    const animal = await target.db.get(docId('animal', String(doc['animalId'])))
    if (animal) await link(target, bareId(doc._id), animal, at)
  }
}

/** After animals were made: links the documents that waited for them. */
export const linkAwaited = async (
  target: WriteTarget,
  animals: readonly RecordDoc[],
  at: number,
): Promise<void> => {
  const marks = await target.db.getMany(animals.map((animal) => awaitedId(bareId(animal._id))))
  for (const [i, mark] of marks.entries()) {
    const animal = animals[i]
    if (!mark || !animal) continue
    const rows = await target.index.lookup(['document.modified', 'animal', bareId(animal._id)])
    for (const [, id = ''] of rows) await link(target, bareId(id), animal, at)
    await target.db.write([{ _id: mark._id, _rev: mark._rev, _deleted: true }])
  }
}

const link = async (
  target: WriteTarget,
  documentId: string,
  animal: StoredDoc,
  at: number,
): Promise<void> => {
  const change = (doc: RecordDoc) =>
    awaitsAnimal(doc)
      ? {
          awaitsAnimal: false,
          siteIds: animal['siteIds'],
          clientId: doc['clientId'] ?? animal['clientId'] ?? null,
        }
      : undefined
  await reviseRecord(target.db, { type: 'document', id: documentId, change }, { by: null, at })
}
