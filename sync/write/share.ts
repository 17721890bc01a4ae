/** Booking an animal at a site makes the animal and its client that site's too: who holds an appointment holds both. */
import { bareId, docId, typeOf, type RecordDoc } from './document.ts'
import { editRecord } from './edit.ts'
import type { WorkContext } from './context.ts'
import { markOf } from './mark.ts'
import type { WritableType } from './items.ts'

const maxRounds = 20

/** Adds each appointment's site to its client and animals, where they do not have it yet; before the appointments. */
export const shareWithSites = async (
  context: WorkContext,
  appointments: readonly RecordDoc[],
): Promise<void> => {
  let wanted = new Map<string, number[]>()
  for (const doc of appointments) {
    const animals = Array.isArray(doc['animalIds']) ? (doc['animalIds'] as string[]) : []
    const site = Number(doc['siteId'])
    for (const id of [docId('client', String(doc['clientId'])), ...animals.map((a) => docId('animal', a))]) {
      const known = context.references.get(typeOf(id), bareId(id)) as RecordDoc | undefined
      if (known && !known.siteIds.includes(site)) wanted.set(id, [...(wanted.get(id) ?? []), site])
    }
  }
  for (let round = 0; wanted.size > 0 && round < maxRounds; round += 1)
    wanted = await addSites(context, wanted)
}

/** One attempt; returns what somebody else was faster with. */
const addSites = async (
  { target, request }: WorkContext,
  wanted: Map<string, number[]>,
): Promise<Map<string, number[]>> => {
  const ids = [...wanted.keys()]
  const docs = await target.db.getMany(ids)
  const updates: RecordDoc[] = []
  for (const [i, id] of ids.entries()) {
    const doc = docs[i] as RecordDoc | undefined
    if (!doc) continue
    const siteIds = [...new Set([...doc.siteIds, ...(wanted.get(id) ?? [])])].sort((a, b) => a - b)
    if (siteIds.length === doc.siteIds.length) continue
    const edited = editRecord(
      doc.type as WritableType,
      doc,
      {
        // Of this revision: the site may be taken off again, and come again with a later booking.
        clientItemId: markOf(['share', id, doc._rev, siteIds]),
        editedAt: request.receivedAt,
        changes: { siteIds: { from: doc.siteIds, to: siteIds } },
        sent: {},
      },
      { ...request, sentAt: request.receivedAt, sawGeneration: 0 },
    )
    if (!(edited instanceof Error)) updates.push(edited.doc)
  }
  const results = await target.db.write(updates)
  return new Map(
    updates.flatMap((doc, i) => (results[i]?.ok ? [] : [[doc._id, wanted.get(doc._id) ?? []] as const])),
  )
}
