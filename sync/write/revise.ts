/**
 * Records that only calls of the API write (invoices, prescriptions, prospects, …): no device edits them offline, so
 * there is nothing to merge. A write names the revision it replaces; what stood before is kept as
 * `past:<recordId>:<revision>`, written first (I2). Two writers over one revision write the same past.
 */
import type { Database, NewDoc, StoredDoc } from '../store/port.ts'
import { bareId, docId, schemaVersion, type RecordDoc } from './document.ts'

const maxTries = 50

export interface Writing {
  /** Who writes; null for the server itself. */
  by: string | null
  /** ms since the epoch */
  at: number
}

export interface MadeRecord {
  groupId: number
  type: string
  id: string
  siteIds: readonly number[]
  fields: Readonly<Record<string, unknown>>
}

/** Makes a record; one that stands under its id already is given back as it is. */
export const makeRecord = async (
  db: Database,
  { groupId, type, id, siteIds, fields }: MadeRecord,
  { by, at }: Writing,
): Promise<{ doc: RecordDoc; made: boolean }> => {
  const time = new Date(at).toISOString()
  const doc = {
    ...{ _id: docId(type, id), type, groupId, ...fields, siteIds: [...siteIds] },
    ...{ createdAt: time, modifiedAt: time, schemaVersion, createdBy: by },
  }
  const [written] = await db.write([doc])
  if (written?.ok) return { doc: { ...doc, _rev: written.rev }, made: true }
  const standing = await db.get(doc._id)
  if (!standing) throw new Error(`A ${type} was removed while it was made`)
  return { doc: standing as RecordDoc, made: false }
}

/** What becomes of a record: the fields that change, or nothing where it stays as it is. */
export type Revision = Readonly<Record<string, unknown>> | undefined

export type Revised =
  | { outcome: 'revised' | 'unchanged'; doc: RecordDoc }
  /** Somebody else wrote it since `expected`. */
  | { outcome: 'stale'; doc: RecordDoc }
  | { outcome: 'missing' }

export interface RevisionRequest {
  type: string
  id: string
  /** The revisions of which the caller has seen one (`If-Match`); without it the change is laid on whatever stands. */
  expected?: readonly string[] | undefined
  /** Called again when somebody else was faster; may throw. */
  change: (doc: RecordDoc) => Revision
}

/** Changes a record by what it is now. */
export const reviseRecord = async (
  db: Database,
  { type, id, expected, change }: RevisionRequest,
  { at }: Writing,
): Promise<Revised> => {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const doc = (await db.get(docId(type, id))) as RecordDoc | undefined
    if (!doc) return { outcome: 'missing' }
    if (expected?.includes(doc._rev) === false) return { outcome: 'stale', doc }
    const fields = change(doc)
    if (!fields) return { outcome: 'unchanged', doc }
    const next = { ...doc, ...fields, modifiedAt: new Date(at).toISOString() }
    await db.write([pastOf(doc)])
    const [written] = await db.write([next])
    if (written?.ok) return { outcome: 'revised', doc: { ...next, _rev: written.rev } }
  }
  throw new Error(`A ${type} is written too often to change it`)
}

/** Removes a record that nobody needs any more; what it was is kept. One that is gone is gone. */
export const removeRecord = async (
  db: Database,
  { type, id }: Pick<RevisionRequest, 'type' | 'id'>,
): Promise<void> => {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const doc = await db.get(docId(type, id))
    if (!doc) return
    await db.write([pastOf(doc)])
    const [written] = await db.write([{ _id: doc._id, _rev: doc._rev, _deleted: true, type }])
    if (written?.ok) return
  }
  throw new Error(`A ${type} is written too often to remove it`)
}

const pastOf = (doc: StoredDoc): NewDoc => {
  const { _id, _rev, ...record } = doc
  return {
    ...{
      _id: `past:${bareId(_id)}:${_rev}`,
      type: 'past',
      recordType: record['type'],
      recordId: bareId(_id),
    },
    ...{ groupId: record['groupId'], siteIds: record['siteIds'], revision: _rev, record, schemaVersion },
  }
}

/** What a record was before each change, oldest first. */
export const pastStates = async (db: Database, id: string): Promise<StoredDoc[]> => {
  const docs = await db.range({ from: `past:${id}:`, to: `past:${id}:\uffff` })
  const generation = (doc: StoredDoc): number => Number.parseInt(String(doc['revision']), 10)
  return docs.sort((a, b) => generation(a) - generation(b))
}
