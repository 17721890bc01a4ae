/** The ids of a collection's documents for which something holds, kept by the collection's changes. */
import type { RxCollection } from 'rxdb'
import { BehaviorSubject, type Subscription } from 'rxjs'
import type { LocalRecord } from './records.ts'

export class Tracker {
  readonly size$ = new BehaviorSubject(0)
  readonly #ids: Set<string>
  readonly #subscription: Subscription

  /** @param options onGone: told of each document that no longer counts */
  constructor(options: {
    collection: RxCollection<LocalRecord>
    ids: readonly string[]
    counts: (document: LocalRecord) => boolean
    onGone?: (document: LocalRecord) => void
  }) {
    const { collection, counts, onGone } = options
    this.#ids = new Set(options.ids)
    this.size$.next(this.#ids.size)
    this.#subscription = collection.eventBulks$.subscribe((bulk) => {
      if (bulk.isLocal) return
      for (const event of bulk.events) {
        const document = event.documentData as LocalRecord & { _deleted: boolean }
        if (!document._deleted && counts(document)) this.#ids.add(document.id)
        else if (this.#ids.delete(document.id)) onGone?.(document)
      }
      if (this.size$.value !== this.#ids.size) this.size$.next(this.#ids.size)
    })
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
}
