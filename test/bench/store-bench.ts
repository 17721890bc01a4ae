/** The embedded store beside PouchDB on LevelDB, both synced, on the same documents. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import type { NewDoc } from '../../sync/store/port.ts'
import { openSyncedPouch } from '../support/synced-pouch.ts'
import { timed, median, type Row } from './row.ts'

const batches = 20
const batchSize = 1000

const documents = (): NewDoc[] =>
  Array.from({ length: batchSize }, (_, i) => ({
    _id: `client:${randomUUID()}`,
    type: 'client',
    groupId: 1,
    siteIds: [1],
    lastName: `Client ${i}`,
    notes: 'x'.repeat(300),
    createdAt: new Date().toISOString(),
  }))

const rateOf = async (work: () => Promise<unknown>, count: number): Promise<number> =>
  (count / (await timed(work))) * 1000

export const storeBench = async (): Promise<Row[]> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'vetspace-store-'))
  try {
    await using store = await openLevelStore({ dataDir: directory })
    const db = await store.database('bench')
    await using pouch = openSyncedPouch(path.join(directory, 'pouch'))
    const [ours, theirs]: [number[], number[]] = [[], []]
    for (let batch = 0; batch < batches; batch += 1) {
      const docs = documents()
      ours.push(await rateOf(() => db.write(docs), batchSize))
      theirs.push(await rateOf(() => pouch.db.bulkDocs(docs), batchSize))
    }
    const all = batches * batchSize
    const changes = await rateOf(() => db.changes({ limit: all, docs: true }), all)
    const pouchChanges = await rateOf(() => pouch.db.changes({ include_docs: true }), all)
    const peer = 'PouchDB 9 on LevelDB, synced'
    return [
      {
        what: 'store: bulk write, 1,000 a call',
        value: median(ours),
        unit: 'documents/s',
        peer: { what: peer, value: median(theirs) },
      },
      {
        what: 'store: changes with documents',
        value: changes,
        unit: 'documents/s',
        peer: { what: peer, value: pouchChanges },
      },
    ]
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
