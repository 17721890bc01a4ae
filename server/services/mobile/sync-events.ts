/** GET /v2/mobile/sync/events: server-sent events (WHATWG HTML, section 9.2). */
import type { Checkpoint } from '../../../sync/contract/pull.ts'
import type { CollectionName } from '../../../sync/contract/records.ts'
import type { Api } from '../../contract/api.ts'
import { streamed, type Handler } from '../../http/handler.ts'

const heartbeatMs = 25_000

export const syncEvents: Handler<Api['syncEvents']> = async (input, app) => {
  const { response, caller, query, signal } = input
  const wanted = query.collections?.split(',')
  const group = await app.groups.get(caller.user.groupId)
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  })
  response.write(': connected\n\n')
  // Only the latest state of a collection counts: a slow reader gets each collection once, when it reads again.
  const waiting = new Map<CollectionName, () => Checkpoint>()
  let draining = false
  const send = (): void => {
    while (!draining && waiting.size > 0) {
      const [[collection, checkpoint]] = waiting as unknown as [[CollectionName, () => Checkpoint]]
      waiting.delete(collection)
      draining = !response.write(`data: ${JSON.stringify({ collection, checkpoint: checkpoint() })}\n\n`)
    }
  }
  response.on('drain', () => {
    draining = false
    send()
  })
  const unsubscribe = group.subscribe(caller.user, (collection, checkpoint) => {
    if (wanted && !wanted.includes(collection)) return
    waiting.set(collection, checkpoint)
    send()
  })
  const heartbeat = setInterval(() => response.write(': \n\n'), heartbeatMs)
  const end = (): void => {
    clearInterval(heartbeat)
    unsubscribe()
    response.end()
  }
  signal.addEventListener('abort', end, { once: true })
  response.on('close', end)
  return streamed
}
