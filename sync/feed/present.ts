/** What a device is sent for a row: the record as the API gives it, or that it is to be taken off the device. */
import type { Actor } from '../actor.ts'
import type { CollectionName } from '../contract/records.ts'
import type { StoredDoc } from '../store/port.ts'
import { apiRecord, type AppliedEdit } from '../write/document.ts'
import { conflictsOfDoc, entriesOf, isGroupWide, isRemoved, siteIdsOf } from './entries.ts'
import { inWindow, type Window } from './window.ts'

export interface PulledDocument {
  id: string
  _deleted: boolean
  [field: string]: unknown
}

/** Whether a user of these sites may see a document: it is one of theirs, or the whole group's. */
export const visible = (doc: StoredDoc, actor: Pick<Actor, 'siteIds'>): boolean => {
  const siteIds = siteIdsOf(doc)
  return siteIds.length === 0 ? isGroupWide(doc) : siteIds.some((id) => actor.siteIds.includes(id))
}

export interface Scope {
  collection: CollectionName
  actor: Pick<Actor, 'siteIds'>
  window: Window
}

/** A removed row: its id and nothing else. */
export const removal = (id: string): PulledDocument => ({ id, _deleted: true })

/** The row as `scope` may hold it, or undefined where it may not. */
export const present = (
  rowId: string,
  doc: StoredDoc | undefined,
  scope: Scope,
): PulledDocument | undefined => {
  if (!doc || isRemoved(doc) || !visible(doc, scope.actor)) return undefined
  if (scope.collection === 'conflicts') return presentConflict(rowId, doc)
  if (scope.window.from !== undefined || scope.window.to !== undefined) {
    const date = entriesOf(doc).rows[0]?.date ?? ''
    if (!inWindow(scope.window, date)) return undefined
  }
  return Object.assign(deviceRecord(doc), { _deleted: false })
}

/** A record with `recentEdits`, by which a device knows which of its edits the record already holds. */
export const deviceRecord = (doc: StoredDoc): Record<string, unknown> & { id: string; revision: string } => {
  const record = apiRecord(doc)
  const applied = doc['applied'] as AppliedEdit[] | undefined
  if (applied && applied.length > 0) record['recentEdits'] = applied.map((edit) => edit.id)
  return record
}

const presentConflict = (rowId: string, doc: StoredDoc): PulledDocument | undefined => {
  const conflict = conflictsOfDoc(doc).find((c) => c.id === rowId)
  return conflict && { ...conflict, recordRevision: doc._rev, siteIds: doc['siteIds'], _deleted: false }
}
