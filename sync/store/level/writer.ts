import type { Snapshot } from 'classic-level'
import { StoreUnavailable, type WriteResult } from '../port.ts'
import { compactLevel } from './compact.ts'
import { Document, type CameLeaf, type Edit, type Stored } from './document.ts'
import { GroupCommit } from './group-commit.ts'
import type { Level, LevelHandle } from './level-handle.ts'
import { writeBatch } from './one-batch.ts'
import { keys, parseRecord, type Counters, type DocRecord, type Op } from './records.ts'

/** What a batch may be asked to do. */
export type Job =
  | { kind: 'edits'; edits: ({ id: string } & Edit)[] }
  | { kind: 'leaves'; leaves: ({ id: string } & CameLeaf)[] }
  | { kind: 'local'; id: string; body: string | null }
  | { kind: 'compact' }

const BATCH_LIMIT = 2000

function sizeOf(job: Job): number {
  if (job.kind === 'local' || job.kind === 'compact') return 1
  return job.kind === 'edits' ? job.edits.length : job.leaves.length
}

function idsOf(job: Job): string[] {
  if (job.kind === 'local' || job.kind === 'compact') return []
  return (job.kind === 'edits' ? job.edits : job.leaves).map(({ id }) => id)
}

/** The bodies of a document's losing leaves. */
export async function readLosers(
  level: Level,
  id: string,
  record: DocRecord,
  snapshot?: Snapshot,
): Promise<Map<string, string>> {
  const revs = (record.leaves ?? []).filter((rev) => rev !== record.rev)
  if (revs.length === 0) return new Map()
  const wanted = revs.map((rev) => keys.loser(id, rev))
  const bodies = await (snapshot ? level.getMany(wanted, { snapshot }) : level.getMany(wanted))
  return new Map(revs.map((rev, at) => [rev, bodies[at] ?? '{}']))
}

/** Writes to one LevelDB: what comes at one time goes to disk in one synced batch. */
export class Writer {
  readonly #handle: LevelHandle
  readonly #keepOld: boolean
  readonly #onChange: () => void
  readonly #group: GroupCommit<Job, WriteResult[]>

  constructor(handle: LevelHandle, options: { keepOld: boolean; onChange: () => void }) {
    this.#handle = handle
    this.#keepOld = options.keepOld
    this.#onChange = options.onChange
    this.#group = new GroupCommit({ commit: (jobs) => this.#commit(jobs), sizeOf, limit: BATCH_LIMIT })
  }

  /** Resolves when the job is on disk. */
  write(job: Job): Promise<WriteResult[]> {
    return this.#group.add(job)
  }

  async #commit(jobs: readonly Job[]): Promise<WriteResult[][]> {
    const level = await this.#handle.writable()
    const documents = await this.#load(level, new Set(jobs.flatMap(idsOf)))
    const touched = new Set<Document>()
    const results = jobs.map((job) => apply(job, documents, touched))
    const counters = { ...this.#handle.counters }
    const ops = jobs.flatMap((job) => (job.kind === 'local' ? [localOperation(job.id, job.body)] : []))
    for (const document of touched) {
      if (!document.changed) continue
      counters.updateSeq++
      counters.docCount += document.growth
      ops.push(...document.operations(counters.updateSeq))
    }
    if (ops.length > 0) await this.#store(level, ops, counters)
    // Within the queue: what a write names meanwhile must not be taken for unnamed.
    if (jobs.some(({ kind }) => kind === 'compact')) await compactLevel(level)
    return results
  }

  async #store(level: Level, ops: Op[], counters: Counters): Promise<void> {
    const changed = counters.updateSeq > this.#handle.counters.updateSeq
    if (changed) ops.push({ type: 'put', key: keys.counters, value: JSON.stringify(counters) })
    try {
      await writeBatch(level, ops, { sync: true })
    } catch (cause) {
      this.#handle.fail()
      throw new StoreUnavailable('The embedded store could not write to its disk.', { cause })
    }
    this.#handle.counters = counters
    if (changed) this.#onChange()
  }

  async #load(level: Level, ids: ReadonlySet<string>): Promise<Map<string, Document>> {
    const all = [...ids]
    const texts = await level.getMany(all.map(keys.doc))
    const documents = new Map<string, Document>()
    for (const [at, id] of all.entries()) {
      const text = texts[at]
      let stored: Stored | undefined
      if (text !== undefined) {
        const record = parseRecord<DocRecord>(text)
        stored = { record, losers: await readLosers(level, id, record) }
      }
      documents.set(id, new Document(id, { stored, keepOld: this.#keepOld }))
    }
    return documents
  }
}

function localOperation(id: string, body: string | null): Op {
  return body === null
    ? { type: 'del', key: keys.local(id) }
    : { type: 'put', key: keys.local(id), value: body }
}

function apply(job: Job, documents: ReadonlyMap<string, Document>, touched: Set<Document>): WriteResult[] {
  const find = (id: string): Document => {
    const document = documents.get(id)
    if (!document) throw new RangeError('A document of the batch was not read.')
    // Touched again, it stands behind what was touched in between: changes come in the order of the writes.
    touched.delete(document)
    touched.add(document)
    return document
  }
  if (job.kind === 'local' || job.kind === 'compact') return []
  if (job.kind === 'edits') {
    return job.edits.map((edit) => {
      const outcome = find(edit.id).write(edit)
      return typeof outcome === 'string'
        ? { ok: false, id: edit.id, reason: outcome }
        : { ok: true, id: edit.id, rev: outcome.rev }
    })
  }
  for (const leaf of job.leaves) find(leaf.id).add(leaf)
  return []
}
