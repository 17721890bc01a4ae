/** Gives the databases of a CouchDB their security, design documents and indexes. What is as wanted is left alone. */
import { databasePrefix } from '../sync/store/couch/couch-store.ts'
import { CouchDb } from './couchdb.ts'
import { stepsTo, told } from './diff.ts'
import { wantedFor } from './wanted.ts'

/** Databases of CouchDB's own that a node set up by hand may be without. */
const systemDatabases = ['_users', '_replicator']

export interface ApplyOptions {
  url: string
  prefix?: string
  /** Only shows. */
  dryRun?: boolean
  print: (line: string) => void
}

/**
 * Shows what it is going to change in each database, changes that, and waits until the indexes are built.
 * @returns how many changes there were to make
 */
export const apply = async ({
  url,
  prefix = databasePrefix,
  dryRun = false,
  print,
}: ApplyOptions): Promise<number> => {
  const couchDb = new CouchDb(url)
  const databases = await couchDb.databases()
  let changes = 0
  for (const db of systemDatabases.filter((name) => !databases.includes(name))) {
    print(`+ ${db}`)
    changes += 1
    if (!dryRun) await couchDb.make(db)
  }
  const ours = databases.filter((db) => db.startsWith(prefix))
  for (const db of ours) {
    const wanted = wantedFor(db.slice(prefix.length))
    const steps = stepsTo(wanted, await couchDb.found(db, wanted))
    for (const step of steps) print(told(db, step))
    changes += steps.length
    if (dryRun) continue
    for (const step of steps) await couchDb.take(db, step)
    await couchDb.built(db, wanted)
  }
  const what = changes === 1 ? '1 change' : `${changes} changes`
  print(`${ours.length} databases; ${dryRun ? `${what} to make` : `${what} made, indexes are built`}.`)
  return changes
}
