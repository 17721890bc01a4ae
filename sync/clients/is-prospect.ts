import type { StoredDoc } from '../store/port.ts'

/** Whether a client or an animal is somebody's who booked and is not registered yet. */
export const isProspect = (doc: StoredDoc): boolean => doc['prospect'] === true

/** A prospect who turned out to be a client already: kept, and found no more. */
export const isMerged = (doc: StoredDoc): boolean => isProspect(doc) && doc['deactivated'] === true
