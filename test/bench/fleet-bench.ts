/**
 * What a large practice's sync costs, at the HTTP level on loopback: nothing new, a thousand changes, uploads of eight
 * devices at once, and how long a change takes to an idle device.
 */
import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ApiCaller, type Json } from '../vets-day/api-caller.ts'
import { filesToImport } from '../vets-day/files.ts'
import { importFiles } from './import-files.ts'
import { holdAll, nothingNew, pull, type Held } from './nothing-new.ts'
import { ask, pullByPouch, pullByRxdb, type PeerDatabase } from './peers.ts'
import { median, medianOf, timed, type Row } from './row.ts'
import { withServer } from './with-server.ts'

const animals = 29_000
const devices = 8
const batches = 15
const batchSize = 100
const password = 'Demo-Practice-2026'

export const fleetBench = async (): Promise<Row[]> =>
  await withServer(async ({ server, api, dataDir }) => {
    const uploads = await uploadRate(server.url)
    const files = await filesToImport(dataDir)
    const lines = (await readFile(files.animals, 'utf8')).split('\n').slice(0, animals + 1)
    const some = path.join(dataDir, 'some-animals.csv')
    await writeFile(some, `${lines.join('\n')}\n`)
    await importFiles(dataDir, ['--animals', '--price-list'], { animals: some })
    const held = await holdAll(api)
    const foreign = foreignDatabase(server.url)
    const place = await placeNow(foreign)
    const nothing = await nothingNew(server.url, api, held)
    const theirNothing = await medianOf(5, () => pullByPouch(foreign.all, 0, place.all))
    const changes = await thousandChanges(api, held)
    const theirChanges = {
      pouch: 1000 * (await pullByPouch(foreign.all, 1000, place.all)),
      rxdb: 1000 * (await pullByRxdb(foreign.clients, 1000, place.clients)),
    }
    const latency = await eventLatency(server.url, api)
    const docs = held.documents
    return [
      {
        ...{ what: `upload: ${devices} devices at once, batches of ${batchSize}, durable`, value: uploads },
        ...{ unit: 'items/s', asked: 'at least 3,000', met: uploads >= 3000 },
      },
      ...nothing(theirNothing),
      {
        ...{ what: `1,000 changes for a device of ${docs} documents`, value: changes, unit: 'ms' },
        ...{ asked: 'under 1,000', met: changes < 1000 },
        peer: { what: 'replicateCouchDB', value: theirChanges.rxdb },
      },
      {
        ...{ what: `1,000 changes for a device of ${docs} documents, beside PouchDB`, value: changes },
        ...{ unit: 'ms', peer: { what: 'PouchDB', value: theirChanges.pouch } },
      },
      {
        ...{ what: 'a change to an idle device, median', value: latency, unit: 'ms' },
        ...{ asked: 'under 100', met: latency < 100 },
      },
    ]
  })

/** The same practice as foreign clients replicate it. */
const foreignDatabase = (url: string): Record<'all' | 'clients', PeerDatabase> => {
  const there = new URL(`${url}/sync/group-1`)
  Object.assign(there, { username: 'amelia.vet', password })
  return { all: { url: there.href }, clients: { url: `${there.href}/clients` } }
}

/** Where a foreign client stands that has everything. */
const placeNow = async (foreign: ReturnType<typeof foreignDatabase>) => {
  const last = async ({ url }: PeerDatabase): Promise<unknown> =>
    ((await ask(url, 'GET', '/_changes?since=now&limit=0')) as Json)['last_seq']
  return { all: await last(foreign.all), clients: await last(foreign.clients) }
}

const clientItems = (count: number): object => ({
  deviceId: 'bench',
  batchId: randomUUID(),
  sentAt: new Date().toISOString(),
  items: Array.from({ length: count }, (_, i) => ({
    clientItemId: randomUUID(),
    editedAt: new Date().toISOString(),
    data: { lastName: `Client ${i}`, siteIds: [1], phones: [`01632 96${String(i).padStart(4, '0')}`] },
  })),
})

const upload = (api: ApiCaller, count: number): Promise<Json> =>
  api.post('/v2/mobile/uploadClientItems', clientItems(count))

const thousandChanges = async (api: ApiCaller, { checkpoints }: Held): Promise<number> => {
  await upload(api, 500)
  await upload(api, 500)
  return await medianOf(5, async () => {
    const page = await pull(api, 'clients', checkpoints['clients'])
    if ((page['documents'] as Json[]).length < 1000) throw new Error('The changes did not come')
  })
}

const uploadRate = async (url: string): Promise<number> => {
  const callers = await Promise.all(
    Array.from({ length: devices }, async () => {
      const api = new ApiCaller(url)
      await api.signIn('amelia.vet', password)
      return api
    }),
  )
  const run = (rounds: number): Promise<unknown> =>
    Promise.all(
      callers.map(async (api) => {
        for (let batch = 0; batch < rounds; batch += 1) await upload(api, batchSize)
      }),
    )
  await run(3)
  const ms = await timed(() => run(batches))
  return (devices * batches * batchSize * 1000) / ms
}

/** Milliseconds from an upload's beginning to the event on another device's stream. */
const eventLatency = async (url: string, api: ApiCaller): Promise<number> => {
  const stop = new AbortController()
  const answer = await fetch(`${url}/v2/mobile/sync/events?deviceId=idle`, {
    headers: api.headers,
    signal: stop.signal,
  })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!answer.ok || !reader) throw new Error(`The stream answered ${answer.status}`)
  const times: number[] = []
  try {
    for (let round = 0; round < 21; round += 1) {
      const started = performance.now()
      const heard = (async () => {
        for (let text = ''; !text.includes('clients'); text += (await reader.read()).value ?? '');
        return performance.now() - started
      })()
      await upload(api, 1)
      times.push(await heard)
    }
  } finally {
    stop.abort()
    await reader.cancel().catch(() => undefined)
  }
  return median(times.slice(1))
}
