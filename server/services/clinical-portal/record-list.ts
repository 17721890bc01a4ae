/** What the portal's lists are made of. */
import type { Group } from '../../../sync/group.ts'
import type { StoredDoc } from '../../../sync/store/port.ts'
import type { Bounds } from './sites.ts'

/** What is listed, and by what. */
export interface RecordList<T> {
  /** The stored type. */
  type: string
  /** Name of the lookup by site and date. */
  lookup: string
  newestFirst: boolean
  /** A record's date as the lookup has it. */
  dateOf: (doc: StoredDoc) => string
  /** Dates are days, not instants. */
  days?: true
  /** Filters by what never changes in a record. */
  ever?: (doc: StoredDoc) => boolean
  /** Filters by what may change, so that a changed record can leave the list. */
  fits: (doc: StoredDoc) => boolean
  /**
   * The records of the list that a change of this one, or of another type, changes, in an order that stays; itself where
   * this is not given. What is left out must be told with a later change.
   */
  changed?: (doc: StoredDoc) => Promise<StoredDoc[]>
  read: (docs: readonly StoredDoc[]) => Promise<T[]> | T[]
}

export interface Removed {
  id: string
  deleted: true
  modifiedAt: string
}

export interface Paging<T> {
  group: Group
  list: RecordList<T>
  bounds: ReadonlyMap<number, Bounds>
  limit: number
}

const inBounds = (bounds: Bounds | undefined, date: string): boolean =>
  bounds !== undefined &&
  (bounds.from === undefined || date >= bounds.from) &&
  (bounds.to === undefined || date < bounds.to)

export const isWanted = <T>(list: RecordList<T>, doc: StoredDoc): boolean =>
  (list.ever?.(doc) ?? true) && list.fits(doc)

/** Whether a record is in the list as it is now. */
export const isListed = <T>(
  list: RecordList<T>,
  bounds: ReadonlyMap<number, Bounds>,
  doc: StoredDoc,
): boolean => isWanted(list, doc) && inBounds(bounds.get(Number(doc['siteId'])), list.dateOf(doc))
