import type { Revisions } from '../port.ts'
import { generationOf, hashOf } from '../prepared.ts'
import type { PreparedAttachment } from '../prepared.ts'
import { markOf, stubsIn, stubsOf, withStubs, type Stubs } from './attachments.ts'
import type { LeafRev } from '../winning.ts'
import { keys, lineageOf, type ChangeRecord, type DocRecord, type Op } from './records.ts'
import { graft, knows, leavesOf, type Lineage } from './revision-tree.ts'
import { nextRevision } from './revision-id.ts'

/** A write to one document, as `Document.write` takes it. */
export interface Edit {
  rev: string | undefined
  deleted: boolean
  body: string
  attachments: readonly PreparedAttachment[]
}

/** A revision that came with its name. */
export interface CameLeaf extends LeafRev {
  revisions: Revisions
  body: string
  attachments: readonly PreparedAttachment[]
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
  /** Bodies are kept of revisions that are no leaves any more. */
  readonly #keepOld: boolean
  readonly #stored: Stored | undefined
  #lineage: Lineage | undefined
  #leaves: LeafRev[] = []
  /** The bodies that came with this batch. */
  readonly #bodies = new Map<string, string>()
  /** The bytes that came with this batch, by digest. */
  readonly #bytes = new Map<string, Uint8Array>()

  /** @param stored where it exists already */
  constructor(id: string, { stored, keepOld }: { stored: Stored | undefined; keepOld: boolean }) {
    this.id = id
    this.#keepOld = keepOld
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

  /** Replaces the revision that the edit names. Returns the new one, or why there is none. */
  write({ rev: named, deleted, body, attachments }: Edit): { rev: string } | 'conflict' | 'missing_stub' {
    const parent = this.#parentOf({ rev: named, deleted })
    if (parent === 'conflict') return parent
    const standing = parent === undefined || attachments.length === 0 ? {} : stubsIn(this.#bodyOf(parent))
    const stubs = stubsOf(attachments, parent === undefined ? 1 : generationOf(parent) + 1, standing)
    if (!stubs) return 'missing_stub'
    const rev = nextRevision(parent, deleted, body + markOf(stubs))
    const ids = parent === undefined ? [hashOf(rev)] : [hashOf(rev), hashOf(parent)]
    const revisions = { start: generationOf(rev), ids }
    this.#take({ rev, deleted, revisions, body: withStubs(body, stubs), attachments })
    return { rev }
  }

  /** Takes a leaf as it is, with its ancestry. Nothing happens where it is known. */
  add(leaf: CameLeaf): void {
    const winner = this.#leaves[0]
    if (this.#lineage && winner && knows(this.#lineage, winner, leaf.rev)) return
    const stubs = stubsOf(leaf.attachments, generationOf(leaf.rev), {}) ?? {}
    this.#take({ ...leaf, body: withStubs(leaf.body, stubs) })
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
    if (this.#stored?.record.leaves || losers.length > 0) ops.push(...this.#loserOperations(losers))
    return [...ops, ...this.#oldOperations(), ...this.#byteOperations()]
  }

  #oldOperations(): Op[] {
    if (!this.#keepOld) return []
    const now = new Set(this.#leaves.map(({ rev }) => rev))
    const stored = this.#stored ? [this.#stored.record.rev, ...this.#stored.losers.keys()] : []
    const old = [...stored, ...this.#bodies.keys()].filter((rev) => !now.has(rev))
    return old.map((rev) => ({ type: 'put', key: keys.old(this.id, rev), value: this.#bodyOf(rev) }))
  }

  /** Bytes stand as long as a leaf names them, or an older revision that is kept. */
  #byteOperations(): Op[] {
    const before = digestsOf(this.#storedStubs())
    if (before.size === 0 && this.#bytes.size === 0) return []
    const revs = this.#keepOld ? [...this.#bodies.keys()] : this.#leaves.map(({ rev }) => rev)
    const now = digestsOf(revs.map((rev) => stubsIn(this.#bodyOf(rev))))
    if (this.#keepOld) for (const digest of before) now.add(digest)
    const ops: Op[] = []
    for (const digest of before)
      if (!now.has(digest)) ops.push({ type: 'del', key: keys.attachment(this.id, digest) })
    for (const [digest, value] of this.#bytes)
      if (now.has(digest) && !before.has(digest))
        ops.push({ type: 'put', key: keys.attachment(this.id, digest), value })
    return ops
  }

  #storedStubs(): Stubs[] {
    if (!this.#stored) return []
    const { record, losers } = this.#stored
    const winner = (record.body['_attachments'] ?? {}) as Stubs
    return [winner, ...[...losers.values()].map(stubsIn)]
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
  #parentOf({ rev, deleted }: Pick<Edit, 'rev' | 'deleted'>): string | undefined {
    const winner = this.#leaves[0]
    if (!winner) return rev === undefined ? undefined : 'conflict'
    if (winner.deleted) return rev === undefined && !deleted ? winner.rev : 'conflict'
    return this.#leaves.some((leaf) => leaf.rev === rev) ? rev : 'conflict'
  }

  #take({ rev, deleted, revisions, body, attachments }: CameLeaf): void {
    const winner = this.#leaves[0]
    const known = this.#lineage && winner ? { lineage: this.#lineage, winner } : undefined
    const leaf = { rev, deleted }
    this.#lineage = graft(known, leaf, revisions)
    this.#leaves = leavesOf(this.#lineage, leaf)
    this.#bodies.set(rev, body)
    for (const { added } of attachments) if (added) this.#bytes.set(added.digest, added.data)
  }

  #bodyOf(rev: string): string {
    const body = this.#bodies.get(rev) ?? this.#stored?.losers.get(rev)
    if (body !== undefined) return body
    if (this.#stored?.record.rev === rev) return JSON.stringify(this.#stored.record.body)
    throw new RangeError(`The body of a leaf is missing: ${rev}`)
  }
}

export const digestsOf = (revisions: readonly Stubs[]): Set<string> =>
  new Set(revisions.flatMap((stubs) => Object.values(stubs).map(({ digest }) => digest)))
