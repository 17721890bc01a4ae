/** The identity of a database stands in this local document. */
export const identityId = 'vetspace-identity'

/** What CouchDB notes for itself: how far its shards follow each other, and its indexes purges. */
const own = /^(?:shard-sync-|purge-)/

/** Whether a local document is this database's alone and no part of what it holds. */
export const isOwnLocal = (id: string): boolean => id === identityId || own.test(id)
