/**
 * What is new in the collections that pull at the same time, asked in one request: nine of them, with tokens and headers
 * of their own, are most of what a device sends and receives where nothing has changed.
 */
import type { Checkpoint } from '../../../sync/contract/pull.ts'
import { ApiError, StoppedError } from '../errors.ts'
import { send, type Transport } from '../http/request.ts'
import type { CollectionName } from '../local/names.ts'
import type { Session } from '../session/session.ts'
import type { Stop } from '../stop.ts'
import { asPage, isUnknownCall, notTheServers, type Page } from './page.ts'

/** Where several collections are about to pull: how long to wait for the next of them, in ms. */
const gapMs = 250

interface Asker {
  transport: Transport
  session: Session
  deviceId: string
  stop: Stop
  /** Rises with each request that begins. */
  ticks: { now: number }
}

/** All that is new in a collection, and the tick at which it was asked for. */
export type NewsPage = Page & { begun: number }

interface Waiting {
  /** Null where nothing has come yet: of an empty collection no checkpoint is kept. */
  checkpoint: Checkpoint | null
  resolve: (page: NewsPage | null) => void
  reject: (error: unknown) => void
}

export class News {
  readonly #asker: Asker
  #expected: ReadonlySet<CollectionName> = new Set()
  #waiting = new Map<CollectionName, Waiting>()
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Set where the server has refused the call: an older one does not know it. */
  #refused = false

  constructor(asker: Asker) {
    this.#asker = asker
  }

  /** Says that these are about to ask, each as soon as it has read its checkpoint. */
  expect(collections: readonly CollectionName[]): void {
    this.#expected = new Set(collections)
  }

  /** What is new since a checkpoint; null where the collection is to be pulled by itself. */
  async ask(collection: CollectionName, checkpoint: Checkpoint | null): Promise<NewsPage | null> {
    if (this.#refused) return null
    return await new Promise((resolve, reject) => {
      this.#waiting.set(collection, { checkpoint, resolve, reject })
      const isWhole = [...this.#expected].every((name) => this.#waiting.has(name))
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => void this.#go(), isWhole ? 0 : gapMs)
    })
  }

  async #go(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = new Map()
    this.#expected = new Set()
    try {
      if (this.#asker.stop.stopped) throw new StoppedError()
      // One alone is pulled: that brings all of it in any case.
      const answers = waiting.size > 1 && !this.#refused ? await this.#fetch(waiting) : null
      for (const [collection, { resolve }] of waiting) resolve(answers?.get(collection) ?? null)
    } catch (error) {
      for (const { reject } of waiting.values()) reject(error)
    }
  }

  /** A page for each collection but for those that are to be pulled; null where the server refuses the call. */
  async #fetch(waiting: ReadonlyMap<CollectionName, Waiting>): Promise<Map<string, NewsPage> | null> {
    const { transport, session, deviceId, stop, ticks } = this.#asker
    const begun = ticks.now++
    const checkpoints = Object.fromEntries([...waiting].map(([name, { checkpoint }]) => [name, checkpoint]))
    const json = { deviceId, checkpoints }
    const path = '/v2/mobile/sync/news'
    try {
      const body = await session.authorized((headers) =>
        send(transport, { method: 'POST', path, headers, json, stop }),
      )
      return pagesOf(body, { waiting, begun })
    } catch (error) {
      if (!(error instanceof ApiError) && !isUnknownCall(error)) throw error
      this.#refused = true
      return null
    }
  }
}

const pagesOf = (
  body: Record<string, unknown> | null,
  { waiting, begun }: { waiting: ReadonlyMap<CollectionName, Waiting>; begun: number },
): Map<string, NewsPage> => {
  const { pages, large } = body ?? {}
  if (typeof pages !== 'object' || pages === null || !Array.isArray(large)) throw notTheServers()
  const found = new Map<string, NewsPage>()
  for (const [name, { checkpoint }] of waiting) {
    const page = (pages as Record<string, unknown>)[name]
    if (page !== undefined) found.set(name, { ...asPage(page), begun })
    else if (!large.includes(name))
      found.set(name, { documents: [], checkpoint: checkpoint ?? undefined, begun })
  }
  return found
}
