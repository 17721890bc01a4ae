/** Upload of 500 treatment items in one call, durable, beside a bare bulk write of the same documents. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import type { NewDoc } from '../../sync/store/port.ts'
import type { Json } from '../vets-day/api-caller.ts'
import { medianOf, type Row } from './row.ts'
import { withServer } from './with-server.ts'

const rounds = 15
const items = 500

export const uploadBench = async (): Promise<Row[]> =>
  await withServer(async ({ api }) => {
    const [animal] = await api.pullAll('animals')
    const codes = await api.get('/v2/mobile/retrieveTreatmentCodes?siteId=1')
    const code = (codes['items'] as Json[])[0]?.['code']
    const batch = (): object => ({
      deviceId: 'bench',
      batchId: randomUUID(),
      sentAt: new Date().toISOString(),
      items: Array.from({ length: items }, () => ({
        clientItemId: randomUUID(),
        editedAt: new Date().toISOString(),
        data: {
          animalId: animal?.['id'],
          code,
          quantity: '1.5',
          treatedAt: new Date().toISOString(),
          notes: 'As agreed.',
        },
      })),
    })
    const upload = async (body: object): Promise<Json[]> =>
      (await api.post('/v2/mobile/uploadTreatmentItems', body))['results'] as Json[]
    // What a call leaves to the background (the index follows the store) is done before the next is measured.
    const rested = async (): Promise<object> => {
      await api.get(`/v2/mobile/animals/${String(animal?.['id'])}/history?limit=1`)
      return batch()
    }
    for (let warm = 0; warm < 20; warm += 1) await upload(await rested())
    let last: Json[] = []
    const ours = await medianOf(rounds, async (body) => (last = await upload(body)), rested)
    const bare = await bareBulk(last)
    const ratio = bare / ours
    return [
      {
        what: 'upload of 500 treatments in one call',
        value: (items / ours) * 1000,
        unit: 'items/s',
        asked: 'at least half of a bare bulk write',
        met: ratio >= 0.5,
        peer: { what: 'bare bulk write', value: (items / bare) * 1000 },
      },
    ]
  })

/** The same documents, with new ids, straight into the same kind of store. */
const bareBulk = async (results: readonly Json[]): Promise<number> => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-bare-'))
  try {
    await using store = await openLevelStore({ dataDir })
    const db = await store.database('group-1')
    const records = results.map((result) => result['record'] as Json)
    const docs = (): NewDoc[] =>
      records.map(({ id: _, revision: __, ...fields }) => ({
        _id: `treatment:${randomUUID()}`,
        type: 'treatment',
        ...fields,
      }))
    const write = async (docs: NewDoc[]): Promise<void> => {
      const written = await db.write(docs)
      if (written.some((result) => !result.ok)) throw new Error('A bare write conflicted')
    }
    for (let warm = 0; warm < 5; warm += 1) await write(docs())
    return await medianOf(rounds, write, docs)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}
