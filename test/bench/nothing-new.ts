/** What a device that holds everything costs when it asks for what is new: by the news of all collections, and by pulls. */
import { send } from '../../mobile-client-lib/src/http/request.ts'
import { collectionNames } from '../../sync/contract/records.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import type { ApiCaller, Json } from '../vets-day/api-caller.ts'
import { RawConnection } from './raw-connection.ts'
import { medianOf, type Row } from './row.ts'

const newsPath = '/v2/mobile/sync/news'
const pullPath = '/v2/mobile/sync/pull'

export interface Held {
  documents: number
  checkpoints: Record<string, unknown>
}

/** Pulls all collections. */
export const holdAll = async (api: ApiCaller): Promise<Held> => {
  const held: Held = { documents: 0, checkpoints: {} }
  for (const collection of collectionNames) {
    let page: Json
    do {
      const checkpoint = held.checkpoints[collection] ?? null
      page = await pull(api, collection, checkpoint)
      held.documents += (page['documents'] as Json[]).length
      held.checkpoints[collection] = page['checkpoint']
    } while ((page['documents'] as Json[]).length === 5000)
  }
  return held
}

export const pull = (api: ApiCaller, collection: string, checkpoint: unknown): Promise<Json> =>
  api.post(pullPath, { deviceId: 'bench', collection, checkpoint, limit: 5000 })

/** @returns the rows, given what PouchDB takes to find out the same (ms) */
export const nothingNew = async (
  url: string,
  api: ApiCaller,
  { documents, checkpoints }: Held,
): Promise<(theirs: number) => Row[]> => {
  const json = { deviceId: 'bench', checkpoints }
  const news = await atOnce(url, { path: newsPath, headers: api.headers, bodies: [json] })
  const bodies = collectionNames.map((collection) => ({
    ...{ deviceId: 'bench', collection, checkpoint: checkpoints[collection], limit: 5000 },
  }))
  const pulls = await atOnce(url, { path: pullPath, headers: api.headers, bodies })
  const wire = await wireBytes(url, api.headers, json)
  const what = `nothing new for a device of ${documents} documents`
  return (theirs) => [
    {
      ...{ what: `${what}: all collections in one request`, value: news.ms, unit: 'ms' },
      ...{ asked: 'under 10 of server time', met: news.ms < 10 },
      peer: { what: 'PouchDB', value: theirs },
    },
    {
      ...{ what: 'nothing new: bytes of both bodies', value: news.bytes, unit: 'bytes' },
      ...{ asked: 'under 5,000', met: news.bytes < 5000 },
    },
    {
      ...{ what: 'nothing new: bytes on the wire, both ways, with all headers', value: wire, unit: 'bytes' },
      ...{ asked: 'under 5,000', met: wire < 5000 },
    },
    {
      ...{ what: `${what}: a pull of each collection, all at once`, value: pulls.ms, unit: 'ms' },
      ...{ asked: 'under 10 of server time', met: pulls.ms < 10 },
    },
  ]
}

interface Questions {
  path: string
  headers: Readonly<Record<string, string>>
  bodies: readonly object[]
}

/** Questions asked together, each over a connection of its own that is open: the median time, and the bodies' bytes. */
const atOnce = async (url: string, { path, headers, bodies }: Questions) => {
  const open = bodies.map((json) => {
    const body = Buffer.from(JSON.stringify(json))
    const connection = new RawConnection(url)
    return { connection, request: connection.bytesOf({ method: 'POST', path, headers, body }), body }
  })
  const ask = () => Promise.all(open.map(({ connection, request }) => connection.ask(request)))
  for (let warm = 0; warm < 30; warm += 1) await ask()
  const answers = await ask()
  const ms = await medianOf(51, ask)
  await Promise.all(open.map(({ connection }) => connection.close()))
  return { ms, bytes: lengthOf(open.map(({ body }) => body)) + lengthOf(answers.flat()) }
}

const lengthOf = (buffers: readonly Buffer[]): number => buffers.reduce((sum, { length }) => sum + length, 0)

/** What passes when the client library asks: HTTP alone, without what opens a connection. */
const wireBytes = async (url: string, headers: Readonly<Record<string, string>>, json: object) => {
  await using proxy = await FaultProxy.open(url)
  const transport = { baseUrl: proxy.url, fetch }
  await send(transport, { method: 'POST', path: newsPath, headers: { ...headers }, json })
  return proxy.traffic.up + proxy.traffic.down
}
