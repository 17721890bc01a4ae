/** Writes a batch of rows: the one function behind the importer on its own and beside a running server. */
import type { Database, WriteResult } from '../../sync/store/port.ts'
import { generationOf, typeOf, type NewRecordDoc } from '../../sync/write/document.ts'
import { animalDocs } from './animals.ts'
import type { AnimalRow, BatchOutcome, ImportBatch, ImportSettings, PriceRow } from './batch.ts'
import { ImportError } from './errors.ts'
import { codeDoc, updatedCode } from './prices.ts'
import { eachRow, type Stamp } from './records.ts'

/** What of a database an import needs. */
export type WritableDatabase = Pick<Database, 'getMany' | 'write'>

/** How often an update is tried again when someone else changed the code meanwhile. */
const updateAttempts = 5

/**
 * Animals are written without a revision: one that is already there is a conflict, and stays as it is, with all
 * that was edited since. A client stands before its animal.
 */
const takeAnimals = async (
  db: WritableDatabase,
  rows: readonly AnimalRow[],
  settings: ImportSettings,
  stamp: Stamp,
): Promise<BatchOutcome> => {
  const { built, refused } = eachRow(rows, (row) => animalDocs(row, settings, stamp))
  const docs = new Map<string, NewRecordDoc>()
  for (const { client, animal } of built) {
    if (!docs.has(client._id)) docs.set(client._id, client)
    docs.set(animal._id, animal)
  }
  const animals = new Set(built.map(({ animal }) => animal._id))
  const results = docs.size > 0 ? await db.write([...docs.values()]) : []
  const revived = new Set(await deleteRevived(db, results))
  const imported = results.filter(({ id, ok }) => ok && animals.has(id) && !revived.has(id)).length
  return { imported, updated: 0, present: built.length - imported, refused }
}

/**
 * A record that was deleted since the last run takes a write without a revision for a new beginning, which shows
 * in its generation. It was deleted on purpose, so it is deleted again. Asking beforehand would cost every batch.
 */
const deleteRevived = async (db: WritableDatabase, results: readonly WriteResult[]): Promise<string[]> => {
  const revived = results.flatMap((result) => (result.ok && generationOf(result.rev) > 1 ? [result] : []))
  if (revived.length > 0)
    await db.write(revived.map(({ id, rev }) => ({ _id: id, _rev: rev, _deleted: true, type: typeOf(id) })))
  return revived.map(({ id }) => id)
}

/** Codes follow the list: a new one is made, a changed one updated, an unchanged one left alone. */
const takePrices = async (
  db: WritableDatabase,
  rows: readonly PriceRow[],
  settings: ImportSettings,
  stamp: Stamp,
): Promise<BatchOutcome> => {
  const { built, refused } = eachRow(rows, (row) => ({ row, doc: codeDoc(row, settings, stamp) }))
  const outcome: BatchOutcome = { imported: 0, updated: 0, present: 0, refused }
  let open = built
  for (let attempt = 0; open.length > 0; attempt += 1) {
    if (attempt === updateAttempts)
      throw new ImportError('The price list is being changed elsewhere; run again')
    const stored = await db.getMany(open.map(({ doc }) => doc._id))
    const toWrite = open.map(({ row, doc }, at) => {
      const before = stored[at]
      return { row, doc, isNew: !before, write: before ? updatedCode(before, doc, row) : doc }
    })
    const changed = toWrite.filter((entry) => entry.write !== undefined)
    outcome.present += toWrite.length - changed.length
    const results = changed.length > 0 ? await db.write(changed.flatMap(({ write }) => write ?? [])) : []
    for (const [at, { isNew }] of changed.entries())
      if (results[at]?.ok) outcome[isNew ? 'imported' : 'updated'] += 1
    open = changed.filter((_, at) => !results[at]?.ok).map(({ row, doc }) => ({ row, doc }))
  }
  return outcome
}

/** Takes one batch into a group's database. Rows that cannot be taken come back with their reason. */
export const takeBatch = async (
  db: WritableDatabase,
  batch: ImportBatch,
  now: number,
): Promise<BatchOutcome> => {
  const stamp: Stamp = { groupId: batch.groupId, at: new Date(now).toISOString() }
  return batch.kind === 'animals'
    ? await takeAnimals(db, batch.rows, batch.settings, stamp)
    : await takePrices(db, batch.rows, batch.settings, stamp)
}
