/** A device in a process of its own: a client library on memory storage, told what to do over IPC. */
import type { RxCollection } from 'rxdb'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { createClient } from '../../mobile-client-lib/src/index.ts'
import type { DeviceCalls, DeviceMessage, DeviceRequest } from './device.ts'

const tell = (message: DeviceMessage): void => void process.send?.(message)
type Json = Record<string, unknown>

let offline = false
let requests = 0
const deviceFetch: typeof fetch = async (input, init) => {
  const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url
  if (offline) throw new TypeError('fetch failed: no signal')
  requests += 1
  const pathname = new URL(url).pathname
  if (pathname.includes('/upload')) tell({ event: 'uploading', path: pathname })
  return await fetch(input, init)
}

const [baseUrl = '', username = ''] = process.argv.slice(2)
const client = await createClient({
  baseUrl,
  accountId: '00000000-0000-4000-8000-000000000001',
  apiKey: 'demo-app-key',
  storage: getRxStorageMemory(),
  databaseName: `device-of-${username.replaceAll(/[^a-z0-9]/g, '-')}`,
  fetch: deviceFetch,
})

const collectionOf = (name: string): RxCollection<Json> => {
  const found = client.collections[name as keyof typeof client.collections] as unknown as
    RxCollection<Json> | undefined
  if (!found) throw new Error(`There is no collection ${name}`)
  return found
}

const calls: DeviceCalls = {
  async signIn({ password }) {
    await client.signIn({ username, password })
  },
  async sync() {
    return { ...(await client.sync.syncNow()) }
  },
  async firstPull() {
    const started = performance.now()
    const before = requests
    await client.sync.syncNow()
    const ms = performance.now() - started
    let documents = 0
    for (const name of Object.keys(client.collections)) documents += await collectionOf(name).count().exec()
    return { documents, ms, requests: requests - before }
  },
  setOffline(off) {
    offline = off
    return Promise.resolve()
  },
  async insert({ collection, document }) {
    await collectionOf(collection).insert(document as Json)
  },
  async patch({ collection, id, changes }) {
    const document = await collectionOf(collection).findOne(id).exec()
    if (!document) throw new Error(`${collection} ${id} is not on this device`)
    await document.incrementalPatch(changes)
  },
  async get({ collection, id }) {
    const document = await collectionOf(collection).findOne(id).exec()
    return document?.toJSON() ?? null
  },
  async all({ collection }) {
    const documents = await collectionOf(collection).find().exec()
    return documents.map((document) => document.toJSON())
  },
  async count({ collection }) {
    return await collectionOf(collection).count().exec()
  },
  async addDocument({ base64, meta }) {
    await client.documents.add(new Uint8Array(Buffer.from(base64, 'base64')), meta as never)
  },
  async end() {
    await client.close()
    process.disconnect()
  },
}

process.on('message', (request: DeviceRequest) => {
  const work = (calls as unknown as Record<string, (argument: unknown) => Promise<unknown>>)[request.call]
  void work?.(request.argument).then(
    (value) => request.call !== 'end' && tell({ id: request.id, value }),
    (error: unknown) =>
      tell({
        id: request.id,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
  )
})
tell({ event: 'ready', path: '' })
