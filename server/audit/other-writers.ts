/** The blocks of other writers that this one has not named yet: naming them is what ties the chains together. */
import type { Database, Seq } from '../../sync/store/port.ts'
import { blockPrefix, placeOf, type BlockDoc, type BlockRef } from './block.ts'

/** Between two looks; what others write is named at most so much later, with the next block. */
const lookEveryMs = 10_000
/** Newest blocks that a new writer looks at: what was named before them is named by them. */
const newest = 500
const page = 500

/** The newest block of each writer. */
const headsOf = (ids: Iterable<string>): Map<string, string> => {
  const heads = new Map<string, { id: string; seq: number }>()
  for (const id of ids) {
    const place = placeOf(id)
    if (!place || place.seq < (heads.get(place.writer)?.seq ?? 0)) continue
    heads.set(place.writer, { id, seq: place.seq })
  }
  return new Map([...heads].map(([writer, { id }]) => [writer, id]))
}

export class OtherWriters {
  readonly #db: Database
  #since: Seq
  #lookedAt: number
  readonly #found = new Map<string, BlockRef>()

  private constructor(db: Database, since: Seq) {
    this.#db = db
    this.#since = since
    this.#lookedAt = performance.now()
  }

  static async open(db: Database): Promise<OtherWriters> {
    const { updateSeq } = await db.info()
    const others = new OtherWriters(db, updateSeq)
    const range = { from: blockPrefix, to: `${blockPrefix}\uffff`, limit: newest, descending: true }
    others.#take((await db.range(range)) as BlockDoc[])
    return others
  }

  /** What is to be named next. */
  async news(writer: string): Promise<BlockRef[]> {
    if (performance.now() - this.#lookedAt >= lookEveryMs) await this.#look()
    this.#found.delete(writer)
    return [...this.#found.values()]
  }

  /** A block that names these is on disk. */
  named(refs: readonly BlockRef[]): void {
    for (const { id } of refs) {
      const writer = placeOf(id)?.writer ?? ''
      if (this.#found.get(writer)?.id === id) this.#found.delete(writer)
    }
  }

  async #look(): Promise<void> {
    for (let more = true; more;) {
      const { changes, lastSeq } = await this.#db.changes({ since: this.#since, limit: page })
      const heads = headsOf(changes.filter(({ deleted }) => !deleted).map(({ id }) => id))
      const docs = await this.#db.getMany([...heads.values()])
      this.#take(docs.filter((doc) => doc !== undefined) as BlockDoc[])
      this.#since = lastSeq
      more = changes.length === page
    }
    this.#lookedAt = performance.now()
  }

  #take(blocks: readonly BlockDoc[]): void {
    const byId = new Map(blocks.map((block) => [block._id, block]))
    for (const [writer, id] of headsOf(byId.keys())) {
      const block = byId.get(id)
      const known = this.#found.get(writer)
      if (block && (placeOf(known?.id ?? '')?.seq ?? 0) < block.seq)
        this.#found.set(writer, { id, hash: block.hash })
    }
  }
}
