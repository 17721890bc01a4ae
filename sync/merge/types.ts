/** The state that merge works on: a record's fields, and for edited ones the values that stand side by side. */

/** A hybrid logical clock's reading: sorts as text by time, counter, and the edit's id. See clock.ts. */
export type Stamp = string

/** One value of a field with where it came from. */
export interface Version {
  stamp: Stamp
  value: unknown
  /** The user who wrote it; null where it came without one. */
  by: string | null
  /** The device it was written on, where known. */
  device?: string
  /** The generation of the record's revision in which this version entered. */
  generation: number
}

/** A field (or unit of fields, or one element of a set) that was edited: the values no later edit had seen. */
export interface Register {
  /** At least one, by stamp, ascending. */
  live: Version[]
  /** Stamps of versions that a later edit had seen, ascending; bounded (see register.ts). */
  gone: Stamp[]
}

/** Registers by key: a field's name, a unit's name, or `field/element` for an element of a set. */
export type Clocks = Record<string, Register>

export interface RecordState {
  /** The shown value of every field. */
  fields: Record<string, unknown>
  /** Only edited fields have an entry; another field has one version, of generation 1, stamped as its origin. */
  clocks: Clocks
}

/** field → what the user saw and what they made of it. A unit is best said whole: see changes.ts. */
export type Changes = Record<string, { from?: unknown; to?: unknown }>

/** What of an edit decides which versions it had seen. */
export interface Sight {
  by: string | null
  /** The device it was made on, where known: a device has seen what it wrote itself. */
  device?: string
  changes: Changes
  /**
   * The highest generation whose versions the user had seen: the base revision's, where that is an ancestor of
   * the current one; 0 where the base is not known (then only `from` tells what was seen).
   */
  sawGeneration: number
}

/** One edit as merge sees it. Its stamp is above those of all it had seen: see `seenStamp` in record.ts. */
export interface Edit extends Sight {
  stamp: Stamp
  /** The generation of the revision that this edit will be committed in. */
  generation: number
}

export interface Applied {
  state: RecordState
  /** The shown value before, by field, of each field whose shown value changed. */
  replaced: Record<string, unknown>
  /** Whether differing versions that the edit had not seen stood beside it in a field that it changed. */
  concurrent: boolean
}
