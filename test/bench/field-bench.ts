/**
 * A field's link (200 ms, 250 kB/s for all connections): the first pull of some 5,000 real documents by the client
 * library, beside RxDB's `replicateCouchDB` and PouchDB at their own batch sizes, from CouchDB where COUCHDB_URL is
 * set and from the conformance server elsewhere; and an upload of 200 new records in one call.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createRxDatabase } from 'rxdb'
import { replicateCouchDB } from 'rxdb/plugins/replication-couchdb'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { collectionNames } from '../../sync/contract/records.ts'
import { Device } from '../support/device.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { startOpenReplication } from '../support/open-replication.ts'
import { openLocal, openRemote } from '../support/replicating-pouch.ts'
import { fieldLink } from '../support/slow-link.ts'
import { ApiCaller, type Json } from '../vets-day/api-caller.ts'
import { filesToImport } from '../vets-day/files.ts'
import { importFiles } from './import-files.ts'
import { median, timed, type Row } from './row.ts'
import { withServer } from './with-server.ts'

const animals = 2000
const rounds = 3

export const fieldBench = async (): Promise<Row[]> =>
  await withServer(async ({ server, api, dataDir }) => {
    const files = await filesToImport(dataDir)
    const lines = (await readFile(files.animals, 'utf8')).split('\n').slice(0, animals + 1)
    const some = path.join(dataDir, 'some-animals.csv')
    await writeFile(some, `${lines.join('\n')}\n`)
    await importFiles(dataDir, ['--animals', '--price-list'], { animals: some })
    const documents = await everything(api)
    const ours = await pulls(server.url)
    const [rx, pouch] = await peers(documents)
    const push = await pushes(server.url)
    const what = `first pull of ${ours.documents} ${files.told.includes('MISSING') ? 'GENERATED' : 'real'} documents over the field's link`
    return [
      {
        ...{ what, value: ours.seconds, unit: 's', asked: 'under 2.5 s', met: ours.seconds < 2.5 },
        peer: { what: 'replicateCouchDB', value: rx },
      },
      {
        ...{ what: `${what}, beside PouchDB`, value: ours.seconds, unit: 's' },
        ...{
          asked: '25 times faster; replicateCouchDB 8 times',
          met: pouch / ours.seconds >= 25 && rx / ours.seconds >= 8,
        },
        peer: { what: 'PouchDB', value: pouch },
      },
      {
        what: `${what}: bytes down`,
        value: ours.down / 1000,
        unit: 'kB',
        asked: 'at most 450',
        met: ours.down <= 450_000,
      },
      {
        what: `${what}: requests`,
        value: ours.requests,
        unit: 'requests',
        asked: 'at most 12',
        met: ours.requests <= 12,
      },
      {
        ...{ what: "upload of 200 new records over the field's link, one request", value: push, unit: 's' },
        ...{ asked: 'under 0.7 s', met: push < 0.7 },
      },
    ]
  })

const everything = async (api: ApiCaller): Promise<Json[]> => {
  const all = await Promise.all(
    collectionNames.map(async (name) =>
      (await api.pullAll(name)).map(({ id, ...fields }) => ({ ...fields, id: `${name}:${String(id)}` })),
    ),
  )
  return all.flat()
}

const pulls = async (url: string) => {
  const runs: { seconds: number; documents: number; requests: number; down: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    await using proxy = await FaultProxy.open(url, fieldLink)
    await using device = new Device(proxy.url, 'amelia.vet')
    await device.do('signIn', { password: 'Demo-Practice-2026' })
    const before = proxy.traffic.down
    const { documents, ms, requests } = await device.do('firstPull', undefined)
    runs.push({ seconds: ms / 1000, documents, requests, down: proxy.traffic.down - before })
  }
  const of = (key: keyof (typeof runs)[number]): number => median(runs.map((run) => run[key]))
  return { seconds: of('seconds'), documents: of('documents'), requests: of('requests'), down: of('down') }
}

const upload = (api: ApiCaller, count: number): Promise<Json> =>
  api.post('/v2/mobile/uploadClientItems', {
    deviceId: 'bench',
    batchId: randomUUID(),
    sentAt: new Date().toISOString(),
    items: Array.from({ length: count }, (_, i) => ({
      clientItemId: randomUUID(),
      editedAt: new Date().toISOString(),
      data: { lastName: `Client ${i}`, siteIds: [1], phones: [`01632 96${String(i).padStart(4, '0')}`] },
    })),
  })

const pushes = async (url: string): Promise<number> => {
  await using proxy = await FaultProxy.open(url, fieldLink)
  const api = new ApiCaller(proxy.url)
  await api.signIn('amelia.vet', 'Demo-Practice-2026')
  await upload(api, 1)
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) times.push((await timed(() => upload(api, 200))) / 1000)
  return median(times)
}

/** Seconds that the peers take for the same documents. */
const peers = async (documents: readonly Json[]): Promise<[number, number]> => {
  const docs = documents.map(({ id, ...fields }) => ({ ...fields, _id: id, _deleted: undefined }))
  const couch = process.env['COUCHDB_URL']
  await using open = await startOpenReplication()
  const base = couch === undefined ? open.url : couch.replace(/\/$/, '')
  const name = `field-bench-${randomUUID()}`
  const { origin, username, password } = new URL(base)
  const headers: Record<string, string> = { 'Content-Type': 'application/json' }
  if (username)
    headers['Authorization'] = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const ask = async (method: string, to: string, body?: string): Promise<void> => {
    const answer = await fetch(`${origin}/${name}${to}`, { method, headers, ...(body ? { body } : {}) })
    if (!answer.ok) throw new Error(`${method} ${to} answered ${answer.status}`)
    await answer.arrayBuffer()
  }
  await ask('PUT', '')
  try {
    await ask('POST', '/_bulk_docs', JSON.stringify({ docs }))
    return [await byRxdb(base, name, headers), await byPouch(base, name)]
  } finally {
    await ask('DELETE', '')
  }
}

const byPouch = async (base: string, name: string): Promise<number> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'vetspace-field-'))
  try {
    await using proxy = await FaultProxy.open(base, fieldLink)
    await using local = openLocal(directory)
    const remote = openRemote(`${proxy.url}/${name}`)
    return (await timed(() => local.db.replicate.from(remote))) / 1000
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const byRxdb = async (base: string, name: string, headers: Record<string, string>): Promise<number> => {
  await using proxy = await FaultProxy.open(base, fieldLink)
  const storage = getRxStorageMemory()
  const database = await createRxDatabase({ name, storage, multiInstance: false })
  try {
    const schema = {
      ...{ version: 0, primaryKey: 'id', type: 'object' },
      properties: { id: { type: 'string', maxLength: 200 } },
    } as const
    const { records } = await database.addCollections({ records: { schema } })
    const { protocol, host } = new URL(proxy.url)
    const replication = replicateCouchDB({
      ...{ replicationIdentifier: name, collection: records, live: false, waitForLeadership: false },
      url: `${protocol}//${host}/${name}/`,
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init?.headers, ...headers } }),
      pull: {},
    })
    return (await timed(() => replication.awaitInitialReplication())) / 1000
  } finally {
    await database.close()
  }
}
