/** One gigabyte by each road, beside a copy of the same file that is hashed on the way. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { median, timed, type Row } from '../row.ts'
import { withServer, type Running } from '../with-server.ts'
import { peakOf, residentOf } from './memory.ts'
import { anAnimal, pictureHead, pictureOf, roads, send, sendingOf, storedHash } from './sending.ts'

const size = 2 ** 30
const rounds = 3
const megabytes = size / 1e6

export const largeFileBench = async (): Promise<Row[]> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'vetspace-large-'))
  try {
    const file = path.join(directory, 'large')
    await makeFile(file)
    return await withServer((running) => measure(running, directory, file), { FILE_LIMIT: String(2 * size) })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const makeFile = async (file: string): Promise<void> => {
  const handle = await open(file, 'w')
  await handle.write(pictureHead)
  for (let left = size - pictureHead.length; left > 0;) {
    const bytes = randomBytes(Math.min(left, 2 ** 20))
    await handle.write(bytes)
    left -= bytes.length
  }
  await handle.close()
}

const hashOf = async (bytes: Readable): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of bytes) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** Copies, hashes on the way, and syncs, as whatever keeps a file must. */
const copy = async (from: string, to: string): Promise<void> => {
  const target = await open(to, 'w')
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(from, { highWaterMark: 2 ** 18 })) {
    hash.update(chunk as Buffer)
    await target.write(chunk as Buffer)
  }
  await target.sync()
  await target.close()
  hash.digest()
}

const measure = async ({ server, api }: Running, directory: string, file: string): Promise<Row[]> => {
  const { url, pid = 0 } = server
  const animalId = await anAnimal(api)
  // What a first upload loads once, such as the parser's code, is not the large one's.
  for (const road of roads) await send(road, url, api, sendingOf(animalId, pictureOf(5_000_000)))
  const idle = await residentOf(pid)
  const hash = await hashOf(createReadStream(file))
  const copies: number[] = []
  const times: Record<string, number[]> = { multipart: [], tus: [] }
  const peaks: Record<string, number> = { multipart: 0, tus: 0 }
  for (let round = 0; round < rounds; round += 1) {
    copies.push(await timed(() => copy(file, path.join(directory, 'copy'))))
    await rm(path.join(directory, 'copy'))
    for (const road of roads) {
      const open = (from = 0) => createReadStream(file, { start: from, highWaterMark: 2 ** 18 })
      const sending = { clientItemId: randomUUID(), animalId, size, open }
      const peak = await peakOf(pid, async () => {
        times[road]?.push(await timed(() => send(road, url, api, sending)))
      })
      peaks[road] = Math.max(peaks[road] ?? 0, peak)
      if ((await storedHash(url, api, sending.clientItemId)) !== hash) throw new Error(`${road}: torn`)
    }
  }
  const copied = (megabytes / median(copies)) * 1000
  return roads.flatMap((road): Row[] => {
    const rate = (megabytes / median(times[road] ?? [])) * 1000
    const above = (peaks[road] ?? 0) - idle
    return [
      {
        ...{ what: `1 GB by ${road}`, value: rate, unit: 'MB/s', asked: 'at least 60 % of a copy' },
        ...{ met: rate >= 0.6 * copied, peer: { what: 'copy, hashed and synced', value: copied } },
      },
      {
        ...{ what: `1 GB by ${road}: memory above idle`, value: above, unit: 'MiB', asked: 'under 100 MB' },
        ...{ met: (above * 2 ** 20) / 1e6 < 100, peer: { what: 'idle', value: idle } },
      },
    ]
  })
}
