/** Devices that listen for changes and hear nothing: five thousand streams of events on one process. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { randomUUID } from 'node:crypto'
import { residentMb } from './resident.ts'
import { timed, type Row } from './row.ts'
import { withServer } from './with-server.ts'

const [streams, atOnce] = [5000, 250]

export const streamsBench = async (): Promise<Row[]> =>
  await withServer(async ({ server, api }) => {
    const before = await residentMb(server.pid)
    const open: Socket[] = []
    try {
      while (open.length < streams) {
        const some = Array.from({ length: atOnce }, (_, n) =>
          listen(server.url, api.headers, open.length + n),
        )
        open.push(...(await Promise.all(some)))
      }
      const memory = await residentMb(server.pid)
      const heard = Promise.all(open.map((socket) => once(socket, 'data')))
      const told = await timed(async () => {
        await api.post('/v2/mobile/uploadClientItems', {
          ...{ deviceId: 'bench', batchId: randomUUID(), sentAt: new Date().toISOString() },
          items: [
            {
              ...{ clientItemId: randomUUID(), editedAt: new Date().toISOString() },
              data: { lastName: 'Heard', siteIds: [1] },
            },
          ],
        })
        await heard
      })
      const peak = await residentMb(server.pid, 'VmHWM')
      return [
        {
          ...{ what: `${streams} idle event streams: the server's memory`, value: memory, unit: 'MB' },
          ...{ asked: 'under 1,000', met: peak < 1000 },
          peer: { what: 'before the first', value: before },
        },
        { what: `a change told to all ${streams} of them`, value: told, unit: 'ms' },
      ]
    } finally {
      for (const socket of open) socket.destroy()
    }
  })

/** A stream of which the greeting has come. */
const listen = async (url: string, headers: Readonly<Record<string, string>>, n: number): Promise<Socket> => {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  await once(socket, 'connect')
  const lines = [
    `GET /v2/mobile/sync/events?deviceId=idle-${n % 500} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  for (let text = ''; !text.includes(': connected');) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    text += chunk.toString()
    if (/^HTTP\/1.1 (?!200)/.test(text)) throw new Error(`A stream answered ${text.slice(0, 300)}`)
  }
  return socket
}
