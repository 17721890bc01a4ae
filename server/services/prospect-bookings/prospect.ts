/** A prospect as the practice works with them: found in the group that is theirs. */
import { visible } from '../../../sync/feed/present.ts'
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import { same } from '../../../sync/merge/canonical.ts'
import { bareId, docId, type RecordDoc } from '../../../sync/write/document.ts'
import { reviseRecord } from '../../../sync/write/revise.ts'
import type { AppContext } from '../../context.ts'
import { fail } from '../../http/problem.ts'
import { sidesOf, type Asking } from '../managed-bookings/booking-side.ts'
import type { VetSide } from '../vet-side.ts'

interface ProspectFields {
  status: 'OPEN' | 'REGISTERED' | 'MERGED'
  /** Who they are now; null while they are open. */
  clientId: string | null
}

export interface ProspectSide extends VetSide {
  prospect: RecordDoc & ProspectFields
  /** Their own record. */
  client: RecordDoc
}

/** The prospect, in whichever group of the caller's has them; fails with NOT_FOUND. */
export const prospectSide = async (
  app: AppContext,
  { prospectId, ...asking }: Asking & { prospectId: string },
): Promise<ProspectSide> => {
  for (const side of await sidesOf(app, asking)) {
    const ids = [docId('prospect', prospectId), docId('client', prospectId)]
    const [prospect, client] = await side.group.db.getMany(ids)
    if (prospect && client && visible(client, side.actor))
      return { ...side, prospect: prospect as ProspectSide['prospect'], client: client as RecordDoc }
  }
  return fail('NOT_FOUND')
}

export const animalsOf = async ({ db, index }: Group, clientId: string): Promise<StoredDoc[]> => {
  const found = await index.lookup(['client.animals', clientId])
  const docs = await db.getMany(found.map(([id]) => docId('animal', id ?? '')))
  return docs.filter((doc) => doc !== undefined)
}

/** An edit by the practice: its changes, and what the server keeps beside them. */
export interface RecordEdit {
  editId: string
  changes: Readonly<Record<string, unknown>>
  served?: Readonly<Record<string, unknown>>
}

/** Lays an edit on a client, an animal or an appointment, through the one write path; what it says already stays. */
export const editRecordOf = async (
  { group, actor }: VetSide,
  type: 'client' | 'animal' | 'appointment',
  doc: StoredDoc,
  { editId, changes, served = {} }: RecordEdit,
): Promise<void> => {
  const wanted = Object.entries({ ...changes, ...served })
  if (wanted.every(([field, to]) => same(doc[field], to))) return
  const at = group.now()
  const fields = Object.entries(changes).map(
    ([field, to]) => [field, { from: doc[field] ?? null, to }] as const,
  )
  const item = {
    ...{ clientItemId: editId, id: bareId(doc._id), baseRevision: doc._rev },
    ...{ editedAt: new Date(at).toISOString(), changes: Object.fromEntries(fields) },
  }
  const times = { sentAt: at, receivedAt: at }
  const request = { type, actor, deviceId: null, ...times, items: [item], served: { [editId]: served } }
  const [result] = await group.upload(request)
  if (result?.outcome === 'REJECTED')
    throw new Error(`An edit of a prospect's ${type} was refused: ${JSON.stringify(result.errors)}`)
}

/** Says who the prospect is now; what was said before stays. */
export const closeProspect = async (
  { group, actor }: VetSide,
  prospectId: string,
  { status, clientId }: ProspectFields,
): Promise<ProspectFields> => {
  const change = (doc: RecordDoc) => (doc['status'] === 'OPEN' ? { status, clientId } : undefined)
  const writing = { by: actor.userId, at: group.now() }
  const done = await reviseRecord(group.db, { type: 'prospect', id: prospectId, change }, writing)
  return done.outcome === 'missing' ? fail('NOT_FOUND') : (done.doc as unknown as ProspectFields)
}

/** Fails where they are somebody else by now. */
export const openOr = ({ prospect }: ProspectSide, wanted: ProspectFields): void => {
  if (prospect.status === 'OPEN') return
  if (prospect.status === wanted.status && prospect.clientId === wanted.clientId) return
  fail('PROSPECT_CLOSED', { extra: { prospectStatus: prospect.status, clientId: prospect.clientId } })
}
