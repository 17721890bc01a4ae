import type { Revisions } from '../port.ts'
import { generationOf, hashOf } from '../prepared.ts'
import type { LeafRev } from '../winning.ts'
import { keys, lineageOf, type ChangeRecord, type DocRecord, type Op } from './records.ts'
import { graft, knows, leavesOf, type Lineage } from './revision-tree.ts'
import { nextRevision } from './revision-id.ts'

/** A write to one document, as `Document.write` takes it. */
export interface Edit {
  rev: string | undefined
  deleted: boolean
  body: string
}

/** What stands on disk for a document. */
export interface Stored {
  record: DocRecord
  /** Bodies of the losing leaves, as JSON. */
  losers: ReadonlyMap<string, string>
}

/** A document while a batch is put together: it takes revisions, and says in the end what they mean for the disk. */
export class Document {
  readonly id: string
  readonly #stored: Stored | undefined
  #lineage: Lineage | undefined
  #leaves: LeafRev[] = []
  /** The bodies that came with this batch. */
  readonly #bodies = new Map<string, string>()

  /** @param stored where it exists already */
  constructor(id: string, stored?: Stored) {
    this.id = id
    this.#stored = stored
    if (!stored) return
    const { rev, deleted } = stored.record
    this.#lineage = lineageOf(stored.record)
    this.#leaves = leavesOf(this.#lineage, { rev, deleted: deleted === true })
  }

  /** By how many the documents that are not deleted grow. */
  get growth(): number {
    const before = this.#stored !== undefined && this.#stored.record.deleted !== true
    const now = this.#leaves[0]?.deleted === false
    return Number(now) - Number(before)
  }

  /** Whether the batch has to write it. */
  get changed(): boolean {
    return this.#bodies.size > 0
  }

  /** Replaces the revision that the edit names. Returns the new one, or undefined where that is a conflict. */
  write(edit: Edit): string | undefined {
    const parent = this.#parentOf(edit)
    if (parent === 'conflict') return undefined
    const rev = nextRevision(parent, edit.deleted, edit.body)
    const ids = parent === undefined ? [hashOf(rev)] : [hashOf(rev), hashOf(parent)]
    this.#take({ rev, deleted: edit.deleted }, { start: generationOf(rev), ids }, edit.body)
    return rev
  }

  /** Takes a leaf as it is, with its ancestry. Nothing happens where it is known. */
  add(leaf: LeafRev, revisions: Revisions, body: string): void {
    const winner = this.#leaves[0]
    if (this.#lineage && winner && knows(this.#lineage, winner, leaf.rev)) return
    this.#take(leaf, revisions, body)
  }

  /** What the batch has to do for it, its latest change being at `seq`. */
  operations(seq: number): Op[] {
    const [winner, ...losers] = this.#leaves
    if (!winner || !this.#lineage) throw new RangeError('A document without a revision cannot be stored.')
    const change: ChangeRecord = { id: this.id, rev: winner.rev }
    if (winner.deleted) change.deleted = true
    if (losers.length > 0) change.leaves = this.#leaves.map(({ rev }) => rev)
    const head = JSON.stringify({ ...change, id: undefined, seq, ...this.#lineage })
    const ops: Op[] = [
      {
        type: 'put',
        key: keys.doc(this.id),
        value: `${head.slice(0, -1)},"body":${this.#bodyOf(winner.rev)}}`,
      },
      { type: 'put', key: keys.change(seq), value: JSON.stringify(change) },
    ]
    if (this.#stored) ops.push({ type: 'del', key: keys.change(this.#stored.record.seq) })
    return this.#stored?.record.leaves || losers.length > 0 ? [...ops, ...this.#loserOperations(losers)] : ops
  }

  #loserOperations(losers: readonly LeafRev[]): Op[] {
    const now = new Set(losers.map(({ rev }) => rev))
    const before = this.#stored?.losers ?? new Map<string, string>()
    const ops: Op[] = []
    for (const rev of before.keys())
      if (!now.has(rev)) ops.push({ type: 'del', key: keys.loser(this.id, rev) })
    for (const rev of now) {
      if (!before.has(rev)) ops.push({ type: 'put', key: keys.loser(this.id, rev), value: this.#bodyOf(rev) })
    }
    return ops
  }

  /** CouchDB's rules: a living document is replaced at one of its leaves, a deleted one is only made anew. */
  #parentOf({ rev, deleted }: Edit): string | undefined {
    const winner = this.#leaves[0]
    if (!winner) return rev === undefined ? undefined : 'conflict'
    if (winner.deleted) return rev === undefined && !deleted ? winner.rev : 'conflict'
    return this.#leaves.some((leaf) => leaf.rev === rev) ? rev : 'conflict'
  }

  #take(leaf: LeafRev, revisions: Revisions, body: string): void {
    const winner = this.#leaves[0]
    const known = this.#lineage && winner ? { lineage: this.#lineage, winner } : undefined
    this.#lineage = graft(known, leaf, revisions)
    this.#leaves = leavesOf(this.#lineage, leaf)
    this.#bodies.set(leaf.rev, body)
  }

  #bodyOf(rev: string): string {
    const body = this.#bodies.get(rev) ?? this.#stored?.losers.get(rev)
    if (body !== undefined) return body
    if (this.#stored?.record.rev === rev) return JSON.stringify(this.#stored.record.body)
    throw new RangeError(`The body of a leaf is missing: ${rev}`)
  }
}
