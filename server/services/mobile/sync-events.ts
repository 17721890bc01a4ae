/** GET /v2/mobile/sync/events: server-sent events (WHATWG HTML, section 9.2). */
import type { Checkpoint } from '../../../sync/contract/pull.ts'
import { eventIdNow } from '../../../sync/feed/event-place.ts'
import type { CollectionName } from '../../../sync/contract/records.ts'
import { authenticate, headerText, tokensIn } from '../../auth/authenticate.ts'
import type { AppContext } from '../../context.ts'
import type { Api } from '../../contract/api.ts'
import { syncEvents as declaration } from '../../contract/mobile-sync.ts'
import { streamed, type Handler, type Input } from '../../http/handler.ts'
import { ProblemError } from '../../http/problem.ts'
import { greetDevice } from './device-contact.ts'

const heartbeatMs = 25_000

type Call = Api['syncEvents']

/** Whether the caller could make the call again now: signed in still, not cut off, with tokens that have not run out. */
const mayListen = async (input: Input<Call>, app: AppContext): Promise<boolean> => {
  try {
    await authenticate(declaration, tokensIn(input.request.headers), app)
    await greetDevice(input, app, input.query.deviceId)
    return true
  } catch (error) {
    if (error instanceof ProblemError) return false
    app.log.error({ err: error }, 'A stream of events could not be checked')
    return true // nothing is known of the caller, and the next heartbeat asks again
  }
}

/** Sends a heartbeat every so often, and looks then whether the caller may still listen. */
export const syncEventsEvery =
  (everyMs: number): Handler<Call> =>
  async (input, app) => {
    const { response, caller, query, signal } = input
    const wanted = query.collections?.split(',')
    await greetDevice(input, app, query.deviceId)
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
    const lastId = headerText(input.request.headers['last-event-id'])
    // What happens while it is looked up what was missed is told after it: its id vouches for both.
    let resuming = lastId !== undefined
    const send = (): void => {
      while (!draining && !resuming && waiting.size > 0) {
        const [[collection, checkpoint]] = waiting as unknown as [[CollectionName, () => Checkpoint]]
        waiting.delete(collection)
        // Only with nothing left to tell does an id say that everything up to there was told.
        const id = waiting.size === 0 ? `id: ${eventIdNow(group.index)}\n` : ''
        const data = JSON.stringify({ collection, checkpoint: checkpoint() })
        draining = !response.write(`${id}data: ${data}\n\n`)
      }
    }
    response.on('drain', () => {
      draining = false
      send()
    })
    const tell = (collection: CollectionName, checkpoint: () => Checkpoint): void => {
      if (wanted && !wanted.includes(collection)) return
      waiting.set(collection, checkpoint)
      // Collections that changed together are told together.
      queueMicrotask(send)
    }
    const unsubscribe = group.subscribe(caller.user, tell)
    const beat = async (): Promise<void> => {
      if (!(await mayListen(input, app))) end()
      else if (!response.writableEnded) response.write(': \n\n')
    }
    const heartbeat = setInterval(() => void beat(), everyMs)
    const closed = app.sight.metrics.streamOpened()
    response.once('close', closed)
    const end = (): void => {
      clearInterval(heartbeat)
      unsubscribe()
      response.end()
    }
    signal.addEventListener('abort', end, { once: true })
    response.on('close', end)
    if (lastId !== undefined) await group.changedSince(caller.user, lastId, tell)
    resuming = false
    send()
    return streamed
  }

export const syncEvents = syncEventsEvery(heartbeatMs)
