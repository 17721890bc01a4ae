/** A database whose server dies: after so many writes it answers no more. */
import { StoreUnavailable, type Database } from '../../sync/store/port.ts'

export interface FailingDatabase extends Database {
  /** Whether it came to its end. */
  readonly dead: boolean
}

/** @param writes how many calls of `write` succeed before it dies */
export const dyingAfter = (db: Database, writes: number): FailingDatabase => {
  let left = writes
  const alive = (): void => {
    if (left < 0) throw new StoreUnavailable('The server has died')
  }
  return {
    name: db.name,
    get dead() {
      return left < 0
    },
    write: async (docs) => {
      if (docs.length > 0) left -= 1
      alive()
      return await db.write(docs)
    },
    get: (id) => db.get(id),
    getMany: (ids) => db.getMany(ids),
    range: (options) => db.range(options),
    info: () => db.info(),
    identity: () => db.identity(),
    reader: () => db.reader(),
    changes: (options) => db.changes(options),
    subscribe: (listener) => db.subscribe(listener),
    leaves: (id) => db.leaves(id),
    revision: (id, rev) => db.revision(id, rev),
    attachment: (id, rev, name) => db.attachment(id, rev, name),
    compact: () => db.compact(),
    ancestry: (id, rev) => db.ancestry(id, rev),
    missingRevs: (request) => db.missingRevs(request),
    writeRevisions: (leaves) => db.writeRevisions(leaves),
    getLocal: (id) => db.getLocal(id),
    putLocal: (id, body) => db.putLocal(id, body),
  }
}
