/**
 * A record as it is stored: the record's fields at the top of one document, with what the server keeps beside
 * them. One document is the commit (SPEC.md): the record together with the ids of the edits applied to it.
 */
import type { Clocks } from '../merge/types.ts'
import type { StoredDoc } from '../store/port.ts'

export const schemaVersion = 1

/** An edit that this document holds: its clientItemId, and the generation in which it was committed. */
export interface AppliedEdit {
  id: string
  generation: number
  /** Mark of what the edit changes (mark.ts): the same id with other changes is no repetition. */
  mark: string
}

/** What every stored record carries besides its data. */
export interface RecordEnvelope {
  type: string
  groupId: number
  /** Sites whose devices may hold it; empty: the whole group. Part of the record where its type has `siteIds`. */
  siteIds: number[]
  createdAt: string
  modifiedAt: string
  schemaVersion: number
  /** Who made it, and from which device; null for imports and for what came by replication. */
  createdBy: string | null
  /** Mark of the data as the creation sent it (mark.ts): the same again is a repetition, other data an edit. */
  sent?: string
  /** Clocks of edited fields; absent until the first edit. */
  clocks?: Clocks
  /** Of an appointment: how often it was booked, moved or cancelled by the rules (bookings/ledger.ts). */
  bookings?: number
  /** Recently applied edits, newest last; absent until the first edit. */
  applied?: AppliedEdit[]
  /** What came by replication; absent where nothing did. */
  replicated?: Replicated
  /** Of a treatment code: what it cost before. */
  formerRates?: FormerRates[]
  /** Of an invoiced treatment that was voided: the credit note that takes it back. */
  credited?: string
  /** Of a repeat of a prescription: the id that its request brought, by which the same request is known again. */
  askedAs?: string
  /** When personal data was erased from it (sync/erasure). */
  erased?: string
}

/** What a treatment code cost up to a time. */
export interface FormerRates {
  /** UTC instant */
  until: string
  unitPrice: unknown
  fixedPrice: unknown
  currency: unknown
  vatRate: unknown
}

/** What a record that came by replication keeps of it; foreign clients' bodies hold nothing of the server's own. */
export interface Replicated {
  /**
   * The body of revision `rev`, which is its client's to say: that revision is shown with it. The revision that
   * follows it (sync/resolver) shows the record as it is.
   */
  came?: { rev: string; body: Record<string, unknown> }
  /** What clients at such a revision had seen, where that is not the record as it was then; newest last. */
  bases: ReplicatedBase[]
}

export interface ReplicatedBase {
  rev: string
  /** The revision up to which the client at `rev` had seen what others wrote. */
  saw: string
  /** The values it showed there, by field, where they differ from the record's. */
  showed: Record<string, unknown>
}

/** Whether a revision came by replication and nothing followed it yet. */
export const isAsItCame = (doc: StoredDoc): boolean =>
  (doc['replicated'] as Replicated | undefined)?.came?.rev === doc._rev

export type RecordDoc = StoredDoc & RecordEnvelope
export type NewRecordDoc = Omit<RecordDoc, '_rev'> & { _rev?: string; _id: string }

export const docId = (type: string, id: string): string => `${type}:${id}`

/** The id inside a stored document's `_id`. */
export const bareId = (storedId: string): string => storedId.slice(storedId.indexOf(':') + 1)
export const typeOf = (storedId: string): string => storedId.slice(0, storedId.indexOf(':'))

/** The generation of a revision `<generation>-<hash>`; 0 where it does not parse. */
export const generationOf = (revision: string): number => {
  const match = /^(\d{1,9})-/.exec(revision)
  return match ? Number(match[1]) : 0
}

/** Types whose records name their sites themselves or have no use for them outside the store. */
const withoutSites = new Set(['appointment', 'treatmentCode'])

/** The record as the API gives it: `id` and `revision` in place of `_id` and `_rev`, nothing of the server's own. */
export const apiRecord = (doc: StoredDoc): Record<string, unknown> & { id: string; revision: string } => {
  // Taken apart in one step: an object made field by field is one of V8's slow ones, also for what writes it as JSON.
  // Taken apart in one step: what is put together field by field V8 keeps as a table, which is slow to write as JSON.
  const {
    _id,
    _rev,
    _deleted,
    _attachments,
    type,
    clocks,
    applied,
    schemaVersion,
    createdBy,
    sent,
    bookings,
    replicated,
    credited,
    formerRates,
    storedBy,
    awaitsAnimal,
    askedAs,
    erased,
    ...shown
  } = doc
  if (!withoutSites.has(String(type))) return { id: bareId(_id), revision: _rev, ...shown }
  const { siteIds, ...others } = shown
  return { id: bareId(_id), revision: _rev, ...others }
}
