/**
 * Numbers of invoices and of credit notes: for each group and kind 1, 2, 3, …, none twice and none left out, over any
 * number of servers and through any crash.
 *
 * The naive way counts up and then writes the invoice: a crash in between leaves a gap. Here `counter:<series>` names
 * the last number and its holder, and a number is handed to the next holder only after the last one has been written
 * into its own document. Both are compare-and-swap on one document, so this is as safe as the store's writes are: on
 * the embedded store, on one CouchDB node, and on a cluster whose database has n=1 (SPEC.md); a quorum of replicas is
 * no compare-and-swap.
 */
import type { Database, StoredDoc } from '../store/port.ts'
import { docId, schemaVersion, type RecordDoc } from '../write/document.ts'
import { reviseRecord, type Writing } from '../write/revise.ts'

const maxTries = 200

export interface Numbering {
  groupId: number
  /** `INVOICE`, `CREDIT_NOTE` */
  series: string
  /** The document that is to have the number. */
  id: string
}

const numberOf = (doc: StoredDoc | undefined): number | undefined =>
  typeof doc?.['number'] === 'number' ? doc['number'] : undefined

/** The number of the invoice `id`: the one that it has, or the next of its series. */
export const takeNumber = async (
  db: Database,
  { groupId, series, id }: Numbering,
  writing: Writing,
): Promise<number> => {
  const counterId = `counter:${series}`
  for (let tries = 0; tries < maxTries; tries += 1) {
    // The counter before the invoice: an invoice without a number, read now, has never been the holder so far.
    const counter = await db.get(counterId)
    const last = numberOf(counter) ?? 0
    if (counter?.['holder'] === id) return last
    const known = numberOf(await db.get(docId('invoice', id)))
    if (known !== undefined) return known
    if (counter) await handOver(db, String(counter['holder']), last, writing)
    const next = {
      ...{ _id: counterId, type: 'counter', groupId, siteIds: [], schemaVersion },
      ...{ number: last + 1, holder: id },
      ...(counter ? { _rev: counter._rev } : {}),
    }
    const [written] = await db.write([next])
    if (written?.ok) return last + 1
  }
  throw new Error('The counter is written too often to take a number')
}

/** Writes a number into the document that holds it, where a crash kept its taker from doing so. */
const handOver = async (db: Database, holder: string, number: number, writing: Writing): Promise<void> => {
  const change = (doc: RecordDoc): Record<string, unknown> | undefined =>
    numberOf(doc) === undefined ? { number } : undefined
  await reviseRecord(db, { type: 'invoice', id: holder, change }, writing)
}
