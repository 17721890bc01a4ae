/** 200 photographs of 2 MB at the same time: each whole, and the server's memory. */
import { createHash } from 'node:crypto'
import type { Row } from '../row.ts'
import { timed } from '../row.ts'
import { withServer } from '../with-server.ts'
import { peakOf, residentOf } from './memory.ts'
import { anAnimal, pictureOf, roads, send, sendingOf, storedHash, type Road } from './sending.ts'

const atOnce = 200
const size = 2_000_000

export const manyAtOnceBench = async (): Promise<Row[]> => {
  const rows: Row[] = []
  for (const road of roads) rows.push(...(await measure(road)))
  return rows
}

const measure = async (road: Road): Promise<Row[]> =>
  await withServer(async ({ server, api }) => {
    const { url, pid = 0 } = server
    const animalId = await anAnimal(api)
    const files = Array.from({ length: atOnce }, () => pictureOf(size))
    const sent = files.map((bytes) => sendingOf(animalId, bytes))
    await send(road, url, api, sendingOf(animalId, pictureOf(size)))
    const idle = await residentOf(pid)
    let took = 0
    const peak = await peakOf(pid, async () => {
      took = await timed(() => Promise.all(sent.map((sending) => send(road, url, api, sending))))
    })
    let whole = 0
    for (const [i, { clientItemId }] of sent.entries()) {
      const hash = createHash('sha256')
        .update(files[i] ?? '')
        .digest('hex')
      if ((await storedHash(url, api, clientItemId)) === hash) whole += 1
    }
    const what = `${atOnce} uploads of 2 MB at once by ${road}`
    return [
      { what: `${what}: whole`, value: whole, unit: 'documents', asked: 'all', met: whole === atOnce },
      {
        ...{ what: `${what}: memory of the server`, value: peak, unit: 'MiB', asked: 'under 400 MB' },
        ...{ met: (peak * 2 ** 20) / 1e6 < 400, peer: { what: 'idle', value: idle } },
      },
      { what: `${what}: rate`, value: (atOnce * size) / 1e3 / took, unit: 'MB/s' },
    ]
  })
