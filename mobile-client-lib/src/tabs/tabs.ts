/**
 * The tabs of one browser that have the same databases open: who of them syncs, and what they tell each other.
 * The platform's own locks (Web Locks) say who: a lock ends with its tab, also when that is killed, so there is no
 * heartbeat and no time to wait. Where the platform has none (React Native, Node, a WebView of long ago), or the
 * storage is one tab's own, there are no other tabs: every lock is given at once.
 */
import { Subject } from 'rxjs'
import { Stop } from '../stop.ts'
import type { TabMessage } from './messages.ts'

/** Gives a lock back. */
export type Release = () => void

interface LockOptions {
  mode?: 'shared' | 'exclusive'
  ifAvailable?: boolean
  signal?: AbortSignal
}
interface Locks {
  request: (
    name: string,
    options: LockOptions,
    granted: (lock: object | null) => Promise<void> | void,
  ) => Promise<void>
}
const locksHere = (): Locks | undefined => (globalThis as { navigator?: { locks?: Locks } }).navigator?.locks

/** Whether other tabs may have this storage's databases open. */
export const mayHaveOthers = (storageName: string): boolean =>
  typeof (globalThis as { window?: unknown }).window !== 'undefined' &&
  typeof BroadcastChannel === 'function' &&
  locksHere() !== undefined &&
  !/memory/i.test(storageName)

export class Tabs {
  /** Whether there may be other tabs at all. */
  readonly several: boolean
  /** What the other tabs say. */
  readonly messages$ = new Subject<TabMessage>()
  readonly #name: string
  readonly #channel: BroadcastChannel | null

  /** @param name of the client's databases, the same in each tab */
  constructor(name: string, several: boolean) {
    this.#name = `vetspace:${name}`
    this.several = several
    this.#channel = several ? new BroadcastChannel(this.#name) : null
    this.#channel?.addEventListener('message', ({ data }) => this.messages$.next(data as TabMessage))
  }

  /** Tells the other tabs. */
  say(message: TabMessage): void {
    this.#channel?.postMessage(message)
  }

  /** Takes a lock if nobody has it; null where somebody has. */
  async take(lock: string): Promise<Release | null> {
    return await this.#request(lock, { ifAvailable: true })
  }

  /** Waits for a lock; null where `stop` came first. */
  async hold(lock: string, stop: Stop = new Stop(), mode: 'shared' | 'exclusive' = 'exclusive') {
    const abort = new AbortController()
    const off = stop.on(() => abort.abort())
    if (stop.stopped) return null
    return await this.#request(lock, { mode, signal: abort.signal }).finally(off)
  }

  close(): void {
    this.#channel?.close()
    this.messages$.complete()
  }

  async #request(lock: string, options: LockOptions): Promise<Release | null> {
    const locks = this.several ? locksHere() : undefined
    if (!locks) return () => undefined
    return await new Promise<Release | null>((resolve, reject) => {
      const granted = async (given: object | null): Promise<void> => {
        if (given) await new Promise<void>((release) => resolve(release))
        else resolve(null)
      }
      locks
        .request(`${this.#name}/${lock}`, options, granted)
        .catch((error: unknown) => (options.signal?.aborted ? resolve(null) : reject(error as Error)))
    })
  }
}
