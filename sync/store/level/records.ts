import type { RevPart } from 'pouchdb-merge'
import type { Lineage } from './revision-tree.ts'

/**
 * The keys of a database. LevelDB orders by bytes, and the bytes of UTF-8 stand in the order of code points.
 * `d<id>` a document: revisions, place, winner and its body · `s<seq>` its latest change · `b<id>\0<rev>` the body of
 * a losing leaf · `o<id>\0<rev>` that of a revision that is no leaf any more, where such are kept · `a<id>\0<digest>` the bytes of an attachment of its leaves · `l<id>` a local document · `m` the counters, which belong to the batch that they count · `i` the
 * identity of the database.
 */
export const keys = {
  doc: (id: string) => `d${id}`,
  change: (seq: number) => `s${String(seq).padStart(16, '0')}`,
  loser: (id: string, rev: string) => `b${id}\0${rev}`,
  old: (id: string, rev: string) => `o${id}\0${rev}`,
  attachment: (id: string, digest: string) => `a${id}\0${digest}`,
  local: (id: string) => `l${id}`,
  counters: 'm',
  identity: 'i',
} as const

/** One thing to do in a batch of LevelDB. */
export type Op = { type: 'put'; key: string; value: string | Uint8Array } | { type: 'del'; key: string }

/** What stands under `d<id>`. */
export interface DocRecord {
  seq: number
  rev: string
  deleted?: true
  line?: string
  tree?: RevPart[]
  /** All leaves, the winner first, where there are several. */
  leaves?: string[]
  body: Record<string, unknown>
}

/** What stands under `s<seq>`. */
export interface ChangeRecord {
  id: string
  rev: string
  deleted?: true
  leaves?: string[]
}

/** What stands under `m`. `format` is the layout's version; another one is refused at opening. */
export interface Counters {
  format: 1
  docCount: number
  updateSeq: number
}

/** Parses a record. The store wrote it itself and LevelDB keeps checksums: its shape is not asked again. */
export function parseRecord<T extends DocRecord | ChangeRecord | Counters>(text: string): T {
  return JSON.parse(text) as T
}

/** The revisions of a record. */
export function lineageOf(record: DocRecord): Lineage {
  return record.tree ? { tree: record.tree } : { line: record.line ?? '' }
}
