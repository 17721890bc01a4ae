/**
 * Upload of 500 treatment items in one call, durable, beside a bare bulk write of the same documents. What a device does
 * before and after (writing its request, reading the answer) is not in the time: it has a processor of its own.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openLevelStore } from '../../sync/store/level/level-store.ts'
import type { NewDoc } from '../../sync/store/port.ts'
import type { Json } from '../vets-day/api-caller.ts'
import { RawConnection } from './raw-connection.ts'
import { median, medianOf, type Row } from './row.ts'
import { withServer } from './with-server.ts'

const warmTurns = 3
const measuredTurns = 5
const rounds = 7
const items = 500

export const uploadBench = async (): Promise<Row[]> =>
  await withServer(async ({ api, server }) => {
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
    const connection = new RawConnection(server.url)
    const path = '/v2/mobile/uploadTreatmentItems'
    // What a call leaves to the background (the index follows the store) is done before the next is measured.
    const prepared = async (): Promise<Buffer> => {
      await api.get(`/v2/mobile/animals/${String(animal?.['id'])}/history?limit=1`)
      const body = Buffer.from(JSON.stringify(batch()))
      return connection.bytesOf({ method: 'POST', path, headers: api.headers, body })
    }
    await using bare = await bareStore()
    const turns: { ours: number; bare: number }[] = []
    // In turns, so that what else the machine does falls on both.
    for (let turn = -warmTurns; turn < measuredTurns; turn += 1) {
      let last: readonly Buffer[] = []
      const ours = await medianOf(
        rounds,
        async (request) => {
          last = await connection.ask(request)
        },
        prepared,
      )
      const records = resultsIn(last).map(({ record }) => record as Json)
      const both = { ours, bare: await medianOf(rounds, bare.write, () => sameDocs(records)) }
      if (turn >= 0) turns.push(both)
    }
    await connection.close()
    const ratio = median(turns.map(({ ours, bare }) => bare / ours))
    const rate = (times: readonly number[]): number => (items / median(times)) * 1000
    return [
      {
        what: 'upload of 500 treatments in one call',
        value: rate(turns.map(({ ours }) => ours)),
        unit: 'items/s',
        asked: 'at least half of a bare bulk write',
        met: ratio >= 0.5,
        peer: { what: 'bare bulk write', value: rate(turns.map(({ bare }) => bare)) },
      },
    ]
  })

const resultsIn = (body: readonly Buffer[]): Json[] => {
  const { results } = JSON.parse(Buffer.concat(body).toString()) as { results: Json[] }
  if (results.some(({ outcome }) => outcome !== 'CREATED')) throw new Error('An item was not taken')
  return results
}

/** The same documents, with new ids. */
const sameDocs = (records: readonly Json[]): NewDoc[] =>
  records.map(({ id: _, revision: __, ...fields }) => ({
    _id: `treatment:${randomUUID()}`,
    type: 'treatment',
    ...fields,
  }))

/** The same kind of store, written to straight. */
const bareStore = async (): Promise<{ write: (docs: NewDoc[]) => Promise<void> } & AsyncDisposable> => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'vetspace-bare-'))
  const store = await openLevelStore({ dataDir })
  const db = await store.database('group-1')
  return {
    write: async (docs) => {
      const written = await db.write(docs)
      if (written.some((result) => !result.ok)) throw new Error('A bare write conflicted')
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
