/** Enough of clamd's protocol to be asked by INSTREAM, for machines without one. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

export interface FakeClamd extends AsyncDisposable {
  /** `host:port` */
  socket: string
}

/** @param verdict what it says of a file's bytes, e.g. `OK` or `Eicar FOUND`; undefined: it hangs up */
export const startFakeClamd = async (verdict: (bytes: Buffer) => string | undefined): Promise<FakeClamd> => {
  const server = createServer((socket) => {
    serve(socket, verdict).catch(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    socket: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

const command = 'zINSTREAM\0'

const serve = async (socket: Socket, verdict: (bytes: Buffer) => string | undefined): Promise<void> => {
  let heard = Buffer.alloc(0)
  for await (const chunk of socket) {
    heard = Buffer.concat([heard, chunk as Buffer])
    const bytes = streamIn(heard)
    if (!bytes) continue
    const said = verdict(bytes)
    if (said === undefined) socket.destroy()
    else socket.end(`stream: ${said}\0`)
    return
  }
}

/** The bytes between the command and the length of zero; undefined where that has not come yet. */
const streamIn = (heard: Buffer): Buffer | undefined => {
  const parts: Buffer[] = []
  for (let at = command.length; at + 4 <= heard.length;) {
    const length = heard.readUInt32BE(at)
    if (length === 0) return Buffer.concat(parts)
    parts.push(heard.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return undefined
}
