/**
 * Prospects: people who booked and are not registered yet. Their client and animals carry `prospect: true`, which only
 * calls of the API set and take away, and until it is gone they may hold appointments and nothing else.
 */
import { isProspect } from '../clients/is-prospect.ts'
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

const notRegistered = (path: string): Refusal =>
  refuse('PROSPECT_NOT_REGISTERED', path, 'They have only booked so far; register them first')

/** The field that would give a record to a prospect who may not have it, with what it refers to. */
const ownerOf = (type: WritableType, doc: RecordDoc): { field: string; type: string } | undefined => {
  if (type === 'treatment' || type === 'document') return { field: 'animalId', type: 'animal' }
  if (type === 'payment') return { field: 'clientId', type: 'client' }
  return type === 'appointment' && begun.has(String(doc['status']))
    ? { field: 'clientId', type: 'client' }
    : undefined
}

/** Why a record cannot be, its owner being a prospect; undefined where it can. */
export const prospectRefusal = async (
  type: WritableType,
  doc: RecordDoc,
  { db, references }: Known,
  changes?: Readonly<Record<string, unknown>>,
): Promise<Refusal | undefined> => {
  const owner = ownerOf(type, doc)
  if (!owner) return undefined
  // An edit that says nothing of it leaves a record as legal as it was.
  if (changes && !('status' in changes) && !(owner.field in changes)) return undefined
  const id = String(doc[owner.field])
  const stored = references.get(owner.type, id) ?? (await db.get(docId(owner.type, id)))
  if (!stored || !isProspect(stored)) return undefined
  if (!changes) return notRegistered(type === 'appointment' ? 'data.status' : `data.${owner.field}`)
  return notRegistered(`changes.${'status' in changes ? 'status' : owner.field}`)
}
