/** Wakes who waits for something of a group in the lane, whichever server wrote it. */
import type { Database, Seq } from '../../sync/store/port.ts'
import { groupOfLaneDoc } from './documents.ts'

const pageSize = 500

interface Waiting {
  /** Changes of the group so far. */
  count: number
  wake: Set<() => void>
}

export class LaneNews implements AsyncDisposable {
  readonly #db: Database
  readonly #onFailure: (error: unknown) => void
  readonly #groups = new Map<number, Waiting>()
  readonly #unsubscribe: () => void
  #since: Seq
  #following: Promise<void> | undefined
  #again = false

  private constructor(db: Database, onFailure: (error: unknown) => void, since: Seq) {
    this.#db = db
    this.#onFailure = onFailure
    this.#since = since
    this.#unsubscribe = db.subscribe(() => this.#follow())
  }

  static async open(db: Database, onFailure: (error: unknown) => void): Promise<LaneNews> {
    return new LaneNews(db, onFailure, (await db.info()).updateSeq)
  }

  /** How far the group's news are; to be asked before the lane is read. */
  mark(groupId: number): number {
    return this.#of(groupId).count
  }

  /** Resolves when there are news behind `mark`, after `ms`, or when the signal is aborted. */
  async next(
    groupId: number,
    mark: number,
    { ms, signal }: { ms: number; signal: AbortSignal },
  ): Promise<void> {
    const group = this.#of(groupId)
    if (group.count !== mark || ms <= 0 || signal.aborted) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        group.wake.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      group.wake.add(done)
      signal.addEventListener('abort', done, { once: true })
    })
  }

  #of(groupId: number): Waiting {
    const known = this.#groups.get(groupId) ?? { count: 0, wake: new Set() }
    this.#groups.set(groupId, known)
    return known
  }

  #tell(group: Waiting): void {
    group.count += 1
    for (const wake of [...group.wake]) wake()
  }

  #follow(): void {
    if (this.#following) {
      this.#again = true
      return
    }
    this.#following = this.#read()
      .catch((error: unknown) => {
        // Nobody knows what was missed: everybody looks.
        for (const group of this.#groups.values()) this.#tell(group)
        this.#onFailure(error)
      })
      .finally(() => {
        this.#following = undefined
        if (!this.#again) return
        this.#again = false
        this.#follow()
      })
  }

  async #read(): Promise<void> {
    for (let more = true; more;) {
      const { changes, lastSeq } = await this.#db.changes({ since: this.#since, limit: pageSize })
      const groups = new Set(changes.map(({ id }) => groupOfLaneDoc(id)))
      for (const groupId of groups) this.#tell(this.#of(groupId))
      this.#since = lastSeq
      more = changes.length === pageSize
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe()
    this.#again = false
    await this.#following
    for (const group of this.#groups.values()) this.#tell(group)
  }
}
