/** GETs at 32 connections, each beside a bare Express route that answers the same bytes in the same run. */
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
          rows.push(
            await compare(`GET ${what} (${bytes} bytes)`, [
              { url: server.url, path, headers: api.headers },
              { url: peer, path, headers: api.headers },
            ]),
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

/** Rounds of the one and of the other in turns, so that what else the machine does falls on both. */
const compare = async (what: string, [ours, theirs]: readonly [Side, Side]): Promise<Row> => {
  const measure = (side: Side, duration: number) => requestsPerSecond({ ...side, connections, duration })
  await measure(ours, warmMs)
  await measure(theirs, warmMs)
  const pairs: { ours: number; theirs: number }[] = []
  for (let round = 0; round < rounds; round += 1)
    pairs.push({ ours: await measure(ours, roundMs), theirs: await measure(theirs, roundMs) })
  const ratio = median(pairs.map((pair) => pair.ours / pair.theirs))
  return {
    what: `${what}, ${connections} connections`,
    value: median(pairs.map((pair) => pair.ours)),
    unit: 'requests/s',
    asked: 'at least 60 % of the peer',
    met: ratio >= askedRatio,
    peer: { what: 'bare Express, the same bytes', value: median(pairs.map((pair) => pair.theirs)) },
  }
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
