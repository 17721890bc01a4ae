/**
 * A field's link (200 ms, 250 kB/s for all connections): the first pull of some 5,000 real documents by the client
 * library, beside RxDB's `replicateCouchDB` and PouchDB at their own batch sizes, from CouchDB where COUCHDB_URL is
 * set and from the conformance server elsewhere; and an upload of 200 new records in one call.
 */
import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { collectionNames } from '../../sync/contract/records.ts'
import { Device } from '../support/device.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import type { PouchDoc } from '../support/replicating-pouch.ts'
import { fieldLink } from '../support/slow-link.ts'
import { ApiCaller, type Json } from '../vets-day/api-caller.ts'
import { filesToImport } from '../vets-day/files.ts'
import { importFiles } from './import-files.ts'
import {
  pullByPouch,
  pullByRxdb,
  pushByPouch,
  pushByRxdb,
  withPeerDatabase,
  type PeerDatabase,
} from './peers.ts'
import { median, timed, type Row } from './row.ts'
import { withServer } from './with-server.ts'

const wanted = 5000
const pushed = 200
const rounds = 3

export const fieldBench = async (): Promise<Row[]> =>
  await withServer(async ({ server, api, dataDir }) => {
    const files = await filesToImport(dataDir)
    await importFiles(dataDir, ['--price-list'])
    // A client is made for each animal.
    const animals = Math.ceil((wanted - (await everything(api)).length) / 2)
    const lines = (await readFile(files.animals, 'utf8')).split('\n').slice(0, animals + 1)
    const some = path.join(dataDir, 'some-animals.csv')
    await writeFile(some, `${lines.join('\n')}\n`)
    await importFiles(dataDir, ['--animals'], { animals: some })
    const documents = await everything(api)
    const ours = await pulls(server.url)
    const { pull, push: theirPush } = await peers(documents)
    const push = await pushes(server.url)
    const what = `first pull of ${ours.documents} ${files.told.includes('MISSING') ? 'GENERATED' : 'real'} documents over the field's link`
    return [
      {
        ...{ what, value: ours.seconds, unit: 's', asked: 'under 2.5 s', met: ours.seconds < 2.5 },
        peer: { what: 'replicateCouchDB', value: pull.rxdb },
      },
      {
        ...{ what: `${what}, beside PouchDB`, value: ours.seconds, unit: 's' },
        ...{
          asked: '25 times faster; replicateCouchDB 8 times',
          met: pull.pouch / ours.seconds >= 25 && pull.rxdb / ours.seconds >= 8,
        },
        peer: { what: 'PouchDB', value: pull.pouch },
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
        peer: { what: 'replicateCouchDB', value: theirPush.rxdb },
      },
      {
        ...{
          what: "upload of 200 new records over the field's link, beside PouchDB",
          value: push,
          unit: 's',
        },
        peer: { what: 'PouchDB', value: theirPush.pouch },
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
    items: clients(count).map(({ id, data }) => ({
      clientItemId: id,
      editedAt: new Date().toISOString(),
      data,
    })),
  })

const clients = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    id: randomUUID(),
    data: { lastName: `Client ${i}`, siteIds: [1], phones: [`01632 96${String(i).padStart(4, '0')}`] },
  }))

const pushes = async (url: string): Promise<number> => {
  await using proxy = await FaultProxy.open(url, fieldLink)
  const api = new ApiCaller(proxy.url)
  await api.signIn('amelia.vet', 'Demo-Practice-2026')
  await upload(api, 1)
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) times.push((await timed(() => upload(api, pushed))) / 1000)
  return median(times)
}

/** Seconds that the peers take over the field's link: for the first pull of the same documents, and for as many new ones. */
const peers = async (documents: readonly Json[]): Promise<{ pull: Both; push: Both }> => {
  const docs = documents.map(({ id, ...fields }) => ({ ...fields, _id: String(id), _deleted: undefined }))
  const pull = await withPeerDatabase(docs, async (database) => ({
    rxdb: await overLink(database, (there) => pullByRxdb(there, docs.length)),
    pouch: await overLink(database, (there) => pullByPouch(there, docs.length)),
  }))
  const fresh = (): PouchDoc[] => clients(pushed).map(({ id, data }) => ({ _id: id, ...data }))
  const push = await withPeerDatabase([], async (database) => ({
    rxdb: await overLink(database, (there) => pushByRxdb(there, fresh())),
    pouch: await overLink(database, (there) => pushByPouch(there, fresh())),
  }))
  return { pull, push }
}

interface Both {
  rxdb: number
  pouch: number
}

const overLink = async (
  { url }: PeerDatabase,
  work: (there: PeerDatabase) => Promise<number>,
): Promise<number> => {
  const { origin, pathname, username, password } = new URL(url)
  await using proxy = await FaultProxy.open(origin, fieldLink)
  const there = new URL(pathname, proxy.url)
  Object.assign(there, { username, password })
  return await work({ url: there.href })
}
