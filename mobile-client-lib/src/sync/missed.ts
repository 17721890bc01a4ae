/**
 * Rows that came while their record had unsent edits. RxDB leaves such a row alone, and the checkpoint moves past it:
 * it does not come again. So it is kept, on disk like the checkpoint, until the answer of the push is; an answer
 * without the record (a refused edit) is completed from it.
 */
import type { WithDeleted } from 'rxdb'
import type { LocalParent } from '../local/local-documents.ts'
import type { LocalRecord } from '../local/records.ts'

type Row = WithDeleted<LocalRecord>
interface Kept {
  rows: Row[]
}

export class Missed {
  readonly #db: LocalParent
  readonly #key: string
  readonly #rows = new Map<string, Row>()
  #loaded: Promise<void> | undefined
  #tail: Promise<unknown> = Promise.resolve()

  constructor(db: LocalParent, collection: string) {
    this.#db = db
    this.#key = `missed:${collection}`
  }

  /** Reads what an earlier run kept. A record without unsent edits has had its answer. */
  load(isUnsent: (id: string) => boolean): Promise<void> {
    this.#loaded ??= (async () => {
      const kept = await this.#db.getLocal<Kept>(this.#key)
      for (const row of kept?.toMutableJSON().data.rows ?? [])
        if (isUnsent(row.id) && !this.#rows.has(row.id)) this.#rows.set(row.id, row)
    })()
    return this.#loaded
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id)
  }

  /** Resolves when the rows are on disk. */
  async keep(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return
    for (const row of rows) this.#rows.set(row.id, row)
    await this.#write()
  }

  /** Lets go of the rows of these records, on disk some time: one too many is found out by the next `load`. */
  settle(ids: readonly string[]): void {
    const had = ids.filter((id) => this.#rows.delete(id))
    if (had.length > 0) this.#write().catch(() => undefined)
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#tail.catch(() => undefined)
  }

  async #write(): Promise<void> {
    const write = this.#tail
      .catch(() => undefined)
      .then(() => this.#db.upsertLocal<Kept>(this.#key, { rows: [...this.#rows.values()] }))
    this.#tail = write
    await write
  }
}
