/** A server with a practice, and what a foreign client needs to replicate with it. */
import { randomUUID } from 'node:crypto'
import { demoPassword } from '../../server/demo/practice.ts'
import type { Group } from '../../sync/group.ts'
import type { UploadResult } from '../../sync/contract/upload.ts'
import { startServer, type TestServer, type TestServerOptions } from './server.ts'

export type Json = Record<string, unknown>

export interface Reply {
  status: number
  headers: Headers
  body: Json
  rows: Json[]
}

export interface SyncPractice extends AsyncDisposable {
  server: TestServer
  group: Group
  /** A client, and an animal of theirs, of sites 1 and 2; a second animal of site 2 alone. */
  clientId: string
  animalId: string
  elsewhere: string
  /** Of Amelia. */
  practitionerId: string
  /** Asks below `/sync`, as Amelia or as whoever is named; `null`: as nobody. */
  ask(path: string, options?: Asking): Promise<Reply>
  /** The URL below `/sync` with a user's name and password. */
  urlOf(path: string, username?: string): string
  /** Uploads through the API, as Amelia's phone. */
  upload(call: string, items: unknown[]): Promise<UploadResult[]>
  create(call: string, data: Json): Promise<string>
  edit(call: string, item: Json): Promise<UploadResult>
}

export interface Asking {
  method?: string
  json?: unknown
  raw?: string
  as?: string | null
  headers?: Record<string, string>
}

export const basic = (username: string, password = demoPassword): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

const uploads = { client: 'uploadClientItems', animal: 'uploadAnimalItems' } as const

export const openSyncPractice = async (options: TestServerOptions = {}): Promise<SyncPractice> => {
  const server = await startServer(options)
  const amelia = await server.signIn('amelia.vet')
  const now = (): string => new Date(server.clock.now).toISOString()
  const upload: SyncPractice['upload'] = async (call, items) => {
    const json = { deviceId: 'phone', batchId: randomUUID(), sentAt: now(), items }
    const { body } = await server.request(`/v2/mobile/${call}`, { json, headers: amelia.headers })
    return body['results'] as UploadResult[]
  }
  const create: SyncPractice['create'] = async (call, data) => {
    const [result] = await upload(call, [{ clientItemId: randomUUID(), editedAt: now(), data }])
    if (result?.outcome !== 'CREATED') throw new Error(`Not created: ${JSON.stringify(result)}`)
    return String(result.id)
  }
  const clientId = await create(uploads.client, { lastName: 'Marsh', siteIds: [1, 2] })
  const animalId = await create(uploads.animal, {
    clientId,
    name: 'Bramble',
    siteIds: [1, 2],
    notes: 'Kicks.',
  })
  const elsewhere = await create(uploads.animal, { clientId, name: 'Tilly', siteIds: [2] })
  const user = await server.context.accounts.user('amelia.vet')
  return {
    ...{ server, clientId, animalId, elsewhere, upload, create },
    group: await server.context.groups.get(1),
    practitionerId: String(user?.practitionerId),
    edit: async (call, item) => {
      const whole = { clientItemId: randomUUID(), editedAt: now(), baseRevision: null, ...item }
      const [result] = await upload(call, [whole])
      if (!result) throw new Error('No result')
      return result
    },
    urlOf: (path, username = 'amelia.vet') =>
      `${server.url.replace('//', `//${encodeURIComponent(username)}:${demoPassword}@`)}/sync/${path}`,
    async ask(path, { method, json, raw, as = 'amelia.vet', headers = {} } = {}) {
      const body = json === undefined ? raw : JSON.stringify(json)
      const response = await fetch(`${server.url}/sync/${path}`, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          ...(as === null ? {} : { Authorization: basic(as) }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          Accept: 'application/json',
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
      })
      const text = await response.text()
      const parsed = text === '' ? {} : (JSON.parse(text) as Json | Json[])
      return {
        status: response.status,
        headers: response.headers,
        body: Array.isArray(parsed) ? {} : parsed,
        rows: Array.isArray(parsed) ? parsed : [],
      }
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
