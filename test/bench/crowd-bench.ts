/**
 * A hundred devices at once, each making its first pull of some 2,100 records, at the HTTP level on loopback, as the
 * client library asks (columns, brotli, all collections at once): where they share five sites, and where each has a
 * site to itself. The server has one process; what it holds is its highest resident memory.
 */
import { Agent, request as httpRequest } from 'node:http'
import { brotliDecompress } from 'node:zlib'
import { promisify } from 'node:util'
import { columnsType, fromColumns } from '../../sync/contract/columns.ts'
import { collectionNames } from '../../sync/contract/records.ts'
import { ApiCaller } from '../vets-day/api-caller.ts'
import { firstSite, fillSites, importSome, inStore, modelsOf } from './practice-of-sites.ts'
import { residentMb } from './resident.ts'
import { timed, type Row } from './row.ts'
import { withServer, type Running } from './with-server.ts'

const [devices, records, password] = [100, 2100, 'Demo-Practice-2026']
const inflate = promisify(brotliDecompress)

interface Case {
  sites: number
  what: string
  seconds: number
}
const cases: Case[] = [
  { sites: 5, what: 'sharing five sites', seconds: 10 },
  { sites: devices, what: 'no two sharing a site', seconds: 30 },
]

export const crowdBench = async (): Promise<Row[]> => {
  const rows: Row[] = []
  for (const one of cases) rows.push(...(await withServer((running) => measure(running, one))))
  return rows
}

const measure = async ({ server, dataDir }: Running, { sites, what, seconds }: Case): Promise<Row[]> => {
  await server.stop('SIGTERM')
  const told = await importSome(dataDir, records)
  const ids = Array.from({ length: sites }, (_, n) => firstSite + n)
  await inStore(dataDir, async (group, accounts) => {
    await fillSites({ group, accounts }, await modelsOf(group, records), ids)
  })
  await server.start()
  const callers = await Promise.all(ids.map((site) => signedIn(server.url, `vet-${site}`)))
  // The index follows the store before anything is measured.
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
  const { url } = server
  const { headers } = await signedIn(url, 'amelia.vet')
  await firstPull({ url, agent, headers, deviceId: 'first' })
  const pulled: Buffer[][] = []
  const ms = await timed(() =>
    Promise.all(
      Array.from({ length: devices }, async (_, n) => {
        const headers = callers[n % sites]?.headers ?? {}
        pulled[n] = await firstPull({ url, agent, headers, deviceId: `device-${n}` })
      }),
    ),
  )
  agent.destroy()
  await checkAll(pulled, sites)
  const memory = await residentMb(server.pid, 'VmHWM')
  const name = `first pull of ${devices} devices at once, ${records} ${told} records each, ${what}`
  return [
    { ...{ what: name, value: ms / 1000, unit: 's' }, asked: `under ${seconds}`, met: ms < seconds * 1000 },
    {
      ...{ what: `${name}: the server's memory`, value: memory, unit: 'MB' },
      asked: 'under 1,000',
      met: memory < 1000,
    },
  ]
}

const signedIn = async (url: string, username: string): Promise<ApiCaller> => {
  const api = new ApiCaller(url)
  await api.signIn(username, password)
  return api
}

interface Pulling {
  url: string
  agent: Agent
  headers: Readonly<Record<string, string>>
  deviceId: string
}

/** Every collection's page, as the bytes that came. */
const firstPull = ({ url, agent, headers, deviceId }: Pulling): Promise<Buffer[]> =>
  Promise.all(
    collectionNames.map((collection) => {
      const body = JSON.stringify({ deviceId, collection, checkpoint: null, limit: 5000 })
      return new Promise<Buffer>((resolve, reject) => {
        const asking = httpRequest(`${url}/v2/mobile/sync/pull`, {
          ...{ agent, method: 'POST' },
          headers: {
            ...headers,
            ...{ 'Content-Type': 'application/json', Accept: columnsType, 'Accept-Encoding': 'br' },
          },
        })
        asking.on('error', reject).on('response', (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject)
          answer.on('end', () =>
            answer.statusCode === 200
              ? resolve(Buffer.concat(chunks))
              : reject(
                  new Error(`A pull answered ${answer.statusCode}: ${Buffer.concat(chunks).toString()}`),
                ),
          )
        })
        asking.end(body)
      })
    }),
  )

/** Each device has the whole of its site; read after the clock has stopped. */
const checkAll = async (pulled: readonly Buffer[][], sites: number): Promise<void> => {
  for (const pages of pulled.slice(0, sites)) {
    const ofClients = collectionNames.flatMap((name, at) =>
      ['clients', 'animals'].includes(name) ? [at] : [],
    )
    let count = 0
    for (const at of ofClients) {
      const bytes = pages[at] ?? Buffer.alloc(0)
      const text = bytes[0] === 0x7b ? bytes : await inflate(bytes)
      count += fromColumns(JSON.parse(text.toString()))?.documents.length ?? 0
    }
    if (count < records - 1) throw new Error(`A device was sent ${count} records of its site`)
  }
}
