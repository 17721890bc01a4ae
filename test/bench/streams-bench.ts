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
    const open: Stream[] = []
    try {
      while (open.length < streams) {
        const some = Array.from({ length: atOnce }, (_, n) =>
          listen(server.url, api.headers, open.length + n),
        )
        open.push(...(await Promise.all(some)))
      }
      const memory = await residentMb(server.pid)
      const heard = Promise.all(open.map((stream) => stream.next()))
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
      for (const { socket } of open) socket.destroy()
    }
  })

interface Stream {
  socket: Socket
  /** Resolves with the next that comes. */
  next(): Promise<void>
}

/** A stream of which the greeting has come. */
const listen = async (url: string, headers: Readonly<Record<string, string>>, n: number): Promise<Stream> => {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  await once(socket, 'connect')
  const lines = [
    `GET /v2/mobile/sync/events?deviceId=idle-${n % 500} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  let heard = (): void => undefined
  await new Promise<void>((resolve, reject) => {
    let text = ''
    const greet = (chunk: Buffer): void => {
      text += chunk.toString()
      if (/^HTTP\/1.1 (?!200)/.test(text)) reject(new Error(`A stream answered ${text.slice(0, 300)}`))
      if (!text.includes(': connected')) return
      socket.off('data', greet)
      resolve()
    }
    socket.on('data', greet).on('data', () => heard())
    socket.on('error', reject)
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  })
  return { socket, next: () => new Promise((resolve) => (heard = resolve)) }
}
