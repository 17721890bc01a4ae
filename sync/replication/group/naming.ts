/** How a group's records are called by foreign clients: in the whole group's database, or in one collection's. */
import { collections, type CollectionName } from '../../contract/records.ts'
import type { Replicated } from '../../write/document.ts'
import { apiRecord, bareId, docId, isAsItCame, typeOf } from '../../write/document.ts'
import type { StoredDoc } from '../../store/port.ts'

/** What devices hold, without the conflicts, which are computed and no documents. */
export type ReplicatedCollection = Exclude<CollectionName, 'conflicts'>

const isReplicated = (name: string): name is ReplicatedCollection =>
  Object.hasOwn(collections, name) && name !== 'conflicts'

export const replicatedCollections = Object.keys(collections).filter(isReplicated)

/** The collection of this name, where foreign clients may replicate it. */
export const collectionNamed = (name: string): ReplicatedCollection | undefined =>
  isReplicated(name) ? name : undefined

export interface Naming {
  /** The collection that this database is, or undefined for the whole group. */
  readonly collection: ReplicatedCollection | undefined
  readonly collections: readonly ReplicatedCollection[]
  /** Types of the records in it, in the order of their stored ids. */
  readonly types: readonly string[]
  /** The stored id of a document; undefined for one that this database cannot hold. */
  stored(id: string): string | undefined
  /** The id as clients know it; of a document of these types. */
  shown(storedId: string): string
}

const typesOf = (names: readonly ReplicatedCollection[]): string[] =>
  names.map((name): string => collections[name]).sort((a, b) => (`${a}:` < `${b}:` ? -1 : 1))

/** `group-N`: ids are `<type>:<id>`. */
const wholeGroup: Naming = (() => {
  const types = typesOf(replicatedCollections)
  const known = new Set(types)
  return {
    ...{ collection: undefined, collections: replicatedCollections, types },
    stored: (id) => (known.has(typeOf(id)) && bareId(id) !== '' ? id : undefined),
    shown: (storedId) => storedId,
  }
})()

/** `group-N/{collection}`: ids are bare. */
export const namingOf = (collection: ReplicatedCollection | undefined): Naming => {
  if (collection === undefined) return wholeGroup
  const type = collections[collection]
  return {
    ...{ collection, collections: [collection], types: [type] },
    stored: (id) => (id === '' ? undefined : docId(type, id)),
    shown: bareId,
  }
}

/**
 * A stored revision as clients get it: the record's fields as the API gives them, without `id`; nothing of the
 * server's own. A revision that came by replication has the body that its client gave it; a tombstone has none.
 */
export const shownDoc = (doc: StoredDoc, naming: Naming): StoredDoc => {
  const head = { _id: naming.shown(doc._id), _rev: doc._rev }
  if (doc._deleted) return { ...head, _deleted: true }
  if (isAsItCame(doc)) return { ...head, ...(doc['replicated'] as Replicated).came?.body }
  const { id: _id, revision: _revision, ...record } = apiRecord(doc)
  return naming.collection === undefined
    ? { ...head, type: typeOf(doc._id), ...record }
    : { ...head, ...record }
}
