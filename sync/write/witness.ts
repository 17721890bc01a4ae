/** Who is told of writes that have to be shown afterwards, before they are made: an audit record. */

export interface RecordedWrite {
  kind: 'VOIDED' | 'REVERSED' | 'BRANCHES_MERGED'
  type: 'appointment' | 'treatment' | 'payment' | 'client' | 'animal' | 'document'
  id: string
  /** The user; null for the server itself. */
  by: string | null
  deviceId: string | null
  detail?: Readonly<Record<string, unknown>>
}

/** Resolves when it is on disk that these are about to be written; a rejection keeps them from being written. */
export type WriteWitness = (groupId: number, writes: readonly RecordedWrite[]) => Promise<void>
