/** Hearing of changes at once: the server's stream of events, opened again and again while sync runs. */
import { distinctUntilChanged, filter, firstValueFrom, map, race, skip, timer } from 'rxjs'
import { DeviceCutOffError, SignInError } from '../errors.ts'
import { listen } from '../http/event-stream.ts'
import { backOffMs } from '../http/link.ts'
import { collectionNames, type CollectionName } from '../local/names.ts'
import { Stop } from '../stop.ts'
import type { RunContext } from './context.ts'

const timing = { firstMs: 1000, longestMs: 60_000, random: Math.random }
/** Where events cannot be streamed, changes are asked for. */
const pollMs = 60_000
/** To spare the battery. */
const savingPollMs = 5 * 60_000

export interface Heard {
  /** The stream stands; what changed before is not announced. */
  onOpen: () => void
  onChange: (collection: CollectionName) => void
}

/** Listens until the run ends. */
export const stayLive = async (run: RunContext, heard: Heard): Promise<void> => {
  const { stop, onEnded } = run
  for (let failed = 0; !stop.stopped; failed += 1) {
    if (run.conditions.now.saving) {
      heard.onOpen()
      await pause(run, savingPollMs)
      continue
    }
    const onOpen = (): void => {
      failed = 0
      run.link.succeeded()
      heard.onOpen()
    }
    const fault = await attempt(run, { ...heard, onOpen })
    if (stop.stopped) return
    if (fault instanceof SignInError || fault instanceof DeviceCutOffError) return onEnded(fault)
    // Whether it is the stream or the connection that broke, a small pull finds out, and goes on finding out.
    if (run.link.online$.value) heard.onChange('reference')
    await pause(run, fault === 'not-supported' ? pollMs : backOffMs(failed + 1, timing))
    if (fault === 'not-supported') heard.onOpen()
  }
}

/** One stream from its opening to its end; what ended it. */
const attempt = async (run: RunContext, heard: Heard): Promise<unknown> => {
  const { session, transport, deviceId } = run
  // The stream ends with the run, and where the battery is to be spared from now on.
  const stop = new Stop()
  const off = run.stop.on(() => stop.stop())
  const saving = run.conditions.changes$.subscribe(({ saving }) => saving && stop.stop())
  const path = `/v2/mobile/sync/events?deviceId=${encodeURIComponent(deviceId)}`
  try {
    const listener = {
      onOpen: heard.onOpen,
      onData: (data: string): void => {
        const collection = collectionOf(data)
        if (collection) heard.onChange(collection)
      },
    }
    return await session.authorized((headers) =>
      listen(transport, { method: 'GET', path, headers, stop }, listener),
    )
  } catch (error) {
    return error
  } finally {
    off()
    saving.unsubscribe()
  }
}

const collectionOf = (data: string): CollectionName | null => {
  try {
    const { collection } = JSON.parse(data) as { collection?: unknown }
    return collectionNames.find((name) => name === collection) ?? null
  } catch {
    return null
  }
}

/** Waits; ends early when the connection is back, or the run at its end. */
const pause = async ({ link, stop, conditions }: RunContext, ms: number): Promise<void> => {
  const other$ = conditions.changes$.pipe(
    map(({ saving }) => saving),
    distinctUntilChanged(),
    skip(1),
  )
  const back$ = link.online$.pipe(skip(1), filter(Boolean))
  await firstValueFrom(race<unknown[]>(timer(ms), back$, other$, stop.stopped$))
}
