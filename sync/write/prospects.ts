/**
 * Prospects: people who booked and are not registered yet. Their client and animals carry `prospect: true`, which only
 * calls of the API set and take away, and until it is gone they may hold appointments and nothing else.
 */
import { isMerged, isProspect } from '../clients/is-prospect.ts'
import type { Database } from '../store/port.ts'
import { docId, type RecordDoc } from './document.ts'
import { refuse, type Refusal, type WritableType } from './items.ts'
import type { References } from './references.ts'

interface Known {
  db: Database
  references: References
}

/** An appointment that has come to one of these says that somebody was there. */
const begun = new Set(['ARRIVED', 'IN_TREATMENT', 'TREATED', 'PAID'])

const notRegistered = (path: string, owner: RecordDoc): Refusal =>
  refuse(
    'PROSPECT_NOT_REGISTERED',
    path,
    isMerged(owner)
      ? 'They were a client already: give this to that client'
      : 'They have only booked so far; register them first',
  )

interface Owner {
  field: string
  type: 'animal' | 'client'
  id: unknown
}

/** Whose a record is that a prospect may not have, by its fields. */
const ownersOf = (type: WritableType, doc: Readonly<Record<string, unknown>>): Owner[] => {
  const client: Owner = { field: 'clientId', type: 'client', id: doc['clientId'] }
  if (type === 'treatment' || type === 'document')
    return [{ field: 'animalId', type: 'animal', id: doc['animalId'] }]
  if (type === 'payment') return [client]
  // A prospect's own animals are prospects', so nothing is treated or charged for them.
  if (type === 'animal') return isProspect(doc) ? [] : [client]
  if (type !== 'appointment' || !begun.has(String(doc['status']))) return []
  const animalIds = (doc['animalIds'] as unknown[] | undefined) ?? []
  return [client, ...animalIds.map((id): Owner => ({ field: 'animalIds', type: 'animal', id }))]
}

const prospectOf = async ({ type, id }: Owner, { db, references }: Known): Promise<RecordDoc | undefined> => {
  const doc = references.get(type, id) ?? (await db.get(docId(type, String(id))))
  return doc && isProspect(doc) ? (doc as RecordDoc) : undefined
}

/** Why a record cannot be, its owner being a prospect; undefined where it can. */
export const prospectRefusal = async (
  type: WritableType,
  doc: Readonly<Record<string, unknown>>,
  known: Known,
  changes?: Readonly<Record<string, unknown>>,
): Promise<Refusal | undefined> => {
  for (const owner of ownersOf(type, doc)) {
    // An edit that says nothing of it leaves a record as legal as it was.
    const status = type === 'appointment' && (!changes || 'status' in changes)
    if (changes && !status && !(owner.field in changes)) continue
    const prospect = await prospectOf(owner, known)
    if (prospect)
      return notRegistered(`${changes ? 'changes' : 'data'}.${status ? 'status' : owner.field}`, prospect)
  }
  return undefined
}

/** An animal after an edit: one that went from a prospect to a client is no prospect's any more. */
export const asItsOwner = async (
  type: WritableType,
  doc: RecordDoc,
  known: Known,
  changes: Readonly<Record<string, unknown>>,
): Promise<RecordDoc> => {
  if (type !== 'animal' || !('clientId' in changes) || !isProspect(doc)) return doc
  if (await prospectOf({ field: 'clientId', type: 'client', id: doc['clientId'] }, known)) return doc
  const { prospect: _, ...rest } = doc as RecordDoc & { prospect: true }
  return rest
}
