/** GETs at 32 connections, each beside bare Express routes that answer the same bytes in the same run. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { requestsPerSecond } from './http-load.ts'
import { median, type Row } from './row.ts'
import { withServer, type Running } from './with-server.ts'

const connections = 32
const warmMs = 6000
const roundMs = 2000
const rounds = 5
const askedRatio = 0.6

interface Target {
  what: string
  path: string
}

const targets = async ({ api }: Running): Promise<Target[]> => {
  const [animal] = await api.pullAll('animals')
  const date = new Date().toISOString().slice(0, 10)
  return [
    { what: 'animal', path: `/v2/mobile/animals/${String(animal?.['id'])}` },
    { what: 'diary', path: `/v2/mobile/retrieveDiariesForDay?siteId=1&date=${date}` },
    { what: 'treatment codes', path: '/v2/mobile/retrieveTreatmentCodes?siteId=1' },
  ]
}

export const getsBench = async (): Promise<Row[]> =>
  await withServer(
    async (running) => {
      const { server, api, dataDir } = running
      const found = await targets(running)
      const bodies: Record<string, string> = {}
      for (const target of found)
        bodies[target.path.split('?')[0] ?? ''] = await (
          await fetch(server.url + target.path, {
            headers: { ...api.headers, 'Accept-Encoding': 'identity' },
          })
        ).text()
      const file = path.join(dataDir, 'bodies.json')
      await writeFile(file, JSON.stringify(bodies))
      return await withPeer(file, async (peer) => {
        const rows: Row[] = []
        for (const { what, path } of found) {
          const bytes = Buffer.byteLength(bodies[path.split('?')[0] ?? ''] ?? '')
          const { headers } = api
          rows.push(
            ...(await compare(`GET ${what} (${bytes} bytes), ${connections} connections`, [
              { url: server.url, path, headers },
              { url: peer, path, headers },
              { url: peer, path: `/bytes${path}`, headers },
            ])),
          )
        }
        return rows
      })
    },
    { LOG_LEVEL: 'info' },
  )

interface Side {
  url: string
  path: string
  headers: Readonly<Record<string, string>>
}

/** Rounds in turns, so that what else the machine does falls on all. */
const compare = async (what: string, sides: readonly [Side, Side, Side]): Promise<Row[]> => {
  const measure = (side: Side, duration: number) => requestsPerSecond({ ...side, connections, duration })
  for (const side of sides) await measure(side, warmMs)
  const found: number[][] = []
  for (let round = 0; round < rounds; round += 1) {
    const rates: number[] = []
    for (const side of sides) rates.push(await measure(side, roundMs))
    found.push(rates)
  }
  const rate = (side: number): number => median(found.map((rates) => rates[side] ?? 0))
  const ratio = median(found.map(([ours = 0, bare = 1]) => ours / bare))
  return [
    {
      ...{ what, value: rate(0), unit: 'requests/s', asked: 'at least 60 % of the peer' },
      ...{ met: ratio >= askedRatio, peer: { what: 'bare Express, send()', value: rate(1) } },
    },
    {
      ...{ what: `${what}, beside bytes that pass Express by`, value: rate(0), unit: 'requests/s' },
      peer: { what: "bare Express, Node's end()", value: rate(2) },
    },
  ]
}

const withPeer = async <T>(file: string, work: (url: string) => Promise<T>): Promise<T> => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/bench/bare-express-process.ts', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    return await work(line.toString().trim())
  } finally {
    child.kill()
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
}
