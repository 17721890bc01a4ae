/**
 * What is thrown away, hourly: uploads that nobody came back for, documents whose time of keeping is over, and files
 * that no document names. The last only after a grace time, counted from their last commit: the record of an upload
 * under way is written after its file.
 */
import type { Group, Groups } from '../../../sync/group.ts'
import type { Store } from '../../../sync/store/port.ts'
import { bareId, type RecordDoc } from '../../../sync/write/document.ts'
import { reviseRecord } from '../../../sync/write/revise.ts'
import type { FileParts } from '../../file-parts.ts'
import { documentSettings } from './group-settings.ts'

const dayMs = 86_400_000
/** A file that no document names is kept for so long. */
export const graceMs = dayMs
const pageSize = 500

export interface Sweeping extends Pick<FileParts, 'files' | 'uploads' | 'uploadsDb' | 'thumbnails'> {
  groups: Groups
  store: Store
  /** ms since the epoch */
  now: () => number
}

export interface Swept {
  uploads: number
  documents: number
  files: number
}

/** All of it, once. */
export const sweepDocuments = async (app: Sweeping): Promise<Swept> => {
  const uploads = await app.uploads.sweep(app.now())
  await sweepQuotas(app)
  let documents = 0
  for (const name of await app.store.list()) {
    const groupId = Number(/^group-(\d+)$/.exec(name)?.[1])
    if (groupId) documents += await endKeeping(await app.groups.get(groupId), app.now())
  }
  return { uploads, documents, files: await sweepFiles(app) }
}

const sweepQuotas = async ({ uploadsDb, now }: Sweeping): Promise<void> => {
  const docs = await uploadsDb.range({ from: 'quota:', to: 'quota:\uffff' })
  const oldest = new Date(now() - 2 * dayMs).toISOString().slice(0, 10)
  const old = docs.filter(({ _id }) => _id.slice(-oldest.length) < oldest)
  await uploadsDb.write(old.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true as const })))
}

/** Removes the documents whose category's time is over; their records stay, their files are named by nobody then. */
const endKeeping = async (group: Group, now: number): Promise<number> => {
  const { retentionDays } = await documentSettings(group)
  let ended = 0
  for (const [category, days] of Object.entries(retentionDays)) {
    const before = new Date(now - days * dayMs).toISOString()
    for (const lookup of [
      ['document.list', 'category', category],
      ['document.removed.category', category],
    ])
      for (;;) {
        const rows = await group.index.lookup(lookup, { to: before, limit: pageSize })
        for (const [, id = ''] of rows) await end(group, bareId(id), now)
        ended += rows.length
        if (rows.length < pageSize) break
      }
  }
  return ended
}

const end = async (group: Group, id: string, now: number): Promise<void> => {
  const at = new Date(now).toISOString()
  const change = (doc: RecordDoc) =>
    doc['purgedAt'] ? undefined : { purgedAt: at, deletedAt: doc['deletedAt'] ?? at }
  await reviseRecord(group.db, { type: 'document', id, change }, { by: null, at: now })
}

const sweepFiles = async ({ files, groups, thumbnails, now }: Sweeping): Promise<number> => {
  const before = now() - graceMs
  await files.sweepArriving(before)
  let swept = 0
  for await (const { storedAt, ...address } of files.list()) {
    if (storedAt >= before) continue
    const { index } = await groups.get(address.groupId)
    if ((await index.lookup(['document.file', address.sha256], { limit: 1 })).length > 0) continue
    if (!(await files.removeOlder(address, before))) continue
    await thumbnails.forget(address)
    swept += 1
  }
  return swept
}
