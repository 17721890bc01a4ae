/** The ids of a collection's documents for which something holds, kept by the collection's changes in every tab. */
import type { RxCollection } from 'rxdb'
import { BehaviorSubject, type Subscription } from 'rxjs'
import type { LocalRecord } from './records.ts'

export interface TrackerOptions {
  collection: RxCollection<LocalRecord>
  counts: (document: LocalRecord) => boolean
  /** Told of each document that has come to count. */
  onCome?: (document: LocalRecord) => void
  /** Told of each document that no longer counts. */
  onGone?: (document: LocalRecord) => void
  /** Told of each document that was removed. */
  onRemoved?: (document: LocalRecord) => void
}

export class Tracker {
  readonly size$ = new BehaviorSubject(0)
  readonly #ids = new Set<string>()
  /** Documents that changed before `load`: what is loaded may be older. */
  #changed: Set<string> | null = new Set()
  readonly #subscription: Subscription
  readonly #options: TrackerOptions

  constructor(options: TrackerOptions) {
    this.#options = options
    this.#subscription = options.collection.eventBulks$.subscribe((bulk) => {
      if (bulk.isLocal) return
      for (const event of bulk.events) this.#take(event.documentData as LocalRecord & { _deleted: boolean })
      this.#tell()
    })
  }

  /** Takes in the documents that count already; changes heard of since the tracker was made go before. */
  load(ids: readonly string[]): void {
    for (const id of ids) if (!this.#changed?.has(id)) this.#ids.add(id)
    this.#changed = null
    this.#tell()
  }

  /** Takes in a document that is known to count, before the news of it has come from another tab. */
  add(id: string): void {
    this.#ids.add(id)
    this.#tell()
  }

  get size(): number {
    return this.#ids.size
  }
  get ids(): string[] {
    return [...this.#ids]
  }
  has(id: string): boolean {
    return this.#ids.has(id)
  }

  end(): void {
    this.#subscription.unsubscribe()
    this.size$.complete()
  }

  #take(document: LocalRecord & { _deleted: boolean }): void {
    const { counts, onCome, onGone, onRemoved } = this.#options
    if (document._deleted) onRemoved?.(document)
    this.#changed?.add(document.id)
    if (document._deleted || !counts(document)) {
      if (this.#ids.delete(document.id)) onGone?.(document)
    } else if (!this.#ids.has(document.id)) {
      this.#ids.add(document.id)
      onCome?.(document)
    }
  }

  #tell(): void {
    if (this.size$.value !== this.#ids.size) this.size$.next(this.#ids.size)
  }
}
