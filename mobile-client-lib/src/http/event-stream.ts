/** Server-sent events over `fetch`, because EventSource cannot send headers. */
import { OfflineError } from '../errors.ts'
import { limited, open, problemOf, type ApiRequest, type Json, type Transport } from './request.ts'

/** The server sends something at least every 25 seconds. */
const silenceMs = 70_000

/** The `data` of each event in a stream of text chunks, however they are cut. */
export async function* dataOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  let data: string[] = []
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '' && data.length > 0) {
        yield data.join('\n')
        data = []
      } else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
    }
  }
}

async function* textOf(body: ReadableStream<Uint8Array>, touch: () => void): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      touch()
      yield decoder.decode(value, { stream: true })
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

export interface Listener {
  /** The stream stands; what changed until now has to be pulled. */
  onOpen: () => void
  onData: (data: string) => void
}

/** False where this platform's `fetch` cannot stream (older React Native). */
export type StreamEnd = 'ended' | 'not-supported'

/** Listens until the stream ends; rejects where it cannot be opened or breaks. */
export const listen = async (
  transport: Transport,
  request: ApiRequest,
  listener: Listener,
): Promise<StreamEnd> => {
  const limit = limited(silenceMs, request.stop)
  try {
    const response = await open(transport, request, limit.signal)
    const type = response.headers.get('Content-Type') ?? ''
    if (!response.ok) throw problemOf(response, (await response.json().catch(() => null)) as Json | null)
    if (!type.startsWith('text/event-stream')) {
      await response.body?.cancel().catch(() => undefined)
      throw new OfflineError(`Something that is not the server answered (${type})`)
    }
    if (!response.body) return 'not-supported'
    listener.onOpen()
    for await (const data of dataOf(textOf(response.body, limit.touch))) listener.onData(data)
    return 'ended'
  } finally {
    limit.done()
  }
}
