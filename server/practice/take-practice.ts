/** Writes what a practice says of itself, and reads it again. */
import { sitesOf } from '../../sync/bookings/references.ts'
import { canonical } from '../../sync/merge/canonical.ts'
import type { Database, StoredDoc } from '../../sync/store/port.ts'
import { apiRecord, bareId, docId, type RecordDoc } from '../../sync/write/document.ts'
import { makeRecord, reviseRecord, type Writing } from '../../sync/write/revise.ts'
import { listKinds, type PracticeFile } from './practice-file.ts'
import { practiceRecords, type PracticeRecord } from './practice-records.ts'

const atOnce = 100

export interface Taken extends PracticeRecord {
  outcome: 'made' | 'changed' | 'unchanged' | 'removed'
}

/**
 * Makes what the file names and is not there, and changes what is. What it does not name stays, but for entries of a
 * list that it names. The same again changes nothing.
 * @param options.witness told before anything is written
 * @throws PracticeFileRefused
 */
export const takePractice = async (
  db: Database,
  file: PracticeFile,
  { groupId, writing, witness }: { groupId: number; writing: Writing; witness: () => Promise<unknown> },
): Promise<Taken[]> => {
  const records = practiceRecords(groupId, file, await standingOf(db))
  await witness()
  const taken: Taken[] = []
  for (let at = 0; at < records.length; at += atOnce)
    taken.push(
      ...(await Promise.all(
        records.slice(at, at + atOnce).map(async (record): Promise<Taken> => {
          return { ...record, outcome: await take(db, groupId, record, writing) }
        }),
      )),
    )
  const given = listKinds.filter((kind) => file.lists[kind] !== undefined)
  for (const kind of given) taken.push(...(await removeOthers(db, kind, records)))
  if (file.terms) await endOtherTerms(db, records, writing)
  return taken
}

const standingOf = async (db: Database) => {
  const kinds = ['practitioner', 'reason', 'cancellationReason']
  const named = (await Promise.all(kinds.map((kind) => ofKind(db, kind)))).flat()
  return {
    siteIds: (await sitesOf({ db })).map(({ siteId }) => siteId),
    species: (await ofKind(db, 'species')).map(({ name }) => String(name)),
    names: new Map(named.map(({ _id, name }) => [bareId(_id), String(name)])),
  }
}

const take = async (
  db: Database,
  groupId: number,
  { id, siteIds, fields }: PracticeRecord,
  writing: Writing,
): Promise<Taken['outcome']> => {
  const { made } = await makeRecord(db, { groupId, type: 'reference', id, siteIds, fields }, writing)
  if (made) return 'made'
  const next = { ...fields, siteIds }
  const isSame = (doc: RecordDoc): boolean =>
    Object.entries(next).every(([field, value]) => canonical(doc[field] ?? null) === canonical(value ?? null))
  const change = (doc: RecordDoc) => (isSame(doc) ? undefined : next)
  const { outcome } = await reviseRecord(db, { type: 'reference', id, change }, writing)
  return outcome === 'revised' ? 'changed' : 'unchanged'
}

const ofKind = async (db: Database, kind: string): Promise<StoredDoc[]> =>
  await db.range({ from: `reference:${kind}:`, to: `reference:${kind}:\uffff` })

/** A list is what its file says, and nothing else. */
const removeOthers = async (
  db: Database,
  kind: string,
  records: readonly PracticeRecord[],
): Promise<Taken[]> => {
  const named = new Set(records.map(({ id }) => docId('reference', id)))
  const over = (await ofKind(db, kind)).filter(({ _id }) => !named.has(_id))
  const ends = over.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true as const, type: 'reference' }))
  const results = ends.length > 0 ? await db.write(ends) : []
  return over.map(({ _id, name }, i) => {
    const record = { id: bareId(_id), siteIds: [], fields: { kind, name } }
    return { ...record, outcome: results[i]?.ok ? 'removed' : 'unchanged' }
  })
}

const endOtherTerms = async (
  db: Database,
  records: readonly PracticeRecord[],
  writing: Writing,
): Promise<void> => {
  const named = new Set(records.map(({ id }) => docId('reference', id)))
  const change = (doc: RecordDoc) => (doc['inForce'] === true ? { inForce: false } : undefined)
  for (const { _id } of await ofKind(db, 'terms'))
    if (!named.has(_id)) await reviseRecord(db, { type: 'reference', id: bareId(_id), change }, writing)
}

/** What the practice says of itself, as a file that `takePractice` takes. */
export const practiceOf = async (db: Database): Promise<Record<string, unknown>> => {
  const records = async (kind: string, ...without: string[]): Promise<object[]> =>
    (await ofKind(db, kind)).map((doc) => {
      const hidden = new Set(['id', 'revision', 'groupId', 'createdAt', 'modifiedAt', 'kind', ...without])
      return Object.fromEntries(Object.entries(apiRecord(doc)).filter(([field]) => !hidden.has(field)))
    })
  const inOrder = (entries: object[]): object[] =>
    (entries as { order: number }[])
      .sort((a, b) => a.order - b.order)
      .map(({ order: _order, ...entry }) => entry)
  const lists = listKinds.map(async (kind) => [kind, inOrder(await records(kind, 'siteIds'))] as const)
  const terms = (await ofKind(db, 'terms')).find((doc) => doc['inForce'] === true)
  return {
    sites: await records('site', 'siteIds'),
    practitioners: await records('practitioner'),
    reasons: await records('reason', 'siteIds'),
    cancellationReasons: await records('cancellationReason', 'siteIds'),
    lists: Object.fromEntries((await Promise.all(lists)).filter(([, entries]) => entries.length > 0)),
    ...(terms ? { terms: { version: terms['version'], title: terms['title'], text: terms['text'] } } : {}),
  }
}
