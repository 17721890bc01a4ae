/** Whether a client or an animal is somebody's who booked and is not registered yet. */
export const isProspect = (doc: Readonly<Record<string, unknown>>): boolean => doc['prospect'] === true

/** A prospect who turned out to be a client already: kept, and found no more. */
export const isMerged = (doc: Readonly<Record<string, unknown>>): boolean =>
  isProspect(doc) && doc['deactivated'] === true
