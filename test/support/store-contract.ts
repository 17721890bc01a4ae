import type { Database, Store } from '../../sync/store/port.ts'
import { describeAttachments } from './store-contract/attachments.ts'
import { describeChanges } from './store-contract/changes.ts'
import { describeConcurrency } from './store-contract/concurrency.ts'
import { describeDatabases } from './store-contract/databases.ts'
import { describeDocuments } from './store-contract/documents.ts'
import { describeRanges } from './store-contract/ranges.ts'
import { describeRevisions } from './store-contract/revisions.ts'
import type { Subject } from './store-contract/subject.ts'
import { describeTrees } from './store-contract/trees.ts'
import { describeWhole } from './store-contract/whole.ts'

/** A place where an adapter keeps its data: it can be opened again after it was disposed of. */
export interface Place {
  open(): Promise<Store>
  /** Removes everything; the store is disposed of by then. */
  clean(): Promise<void>
}

/** Registers the one suite that every adapter of the store port has to pass. */
export function describeStoreContract(adapter: string, makePlace: () => Promise<Place>): void {
  describe(`The store contract on ${adapter}`, () => {
    let place: Place
    let store: Store
    let db: Database
    let count = 0
    const subject: Subject = {
      get store() {
        return store
      },
      get db() {
        return db
      },
      async reopen() {
        await store[Symbol.asyncDispose]()
        store = await place.open()
        db = await store.database(db.name)
      },
    }
    before(async () => {
      place = await makePlace()
      store = await place.open()
    })
    beforeEach(async () => {
      if (count > 0) await store.destroy(`test-${count}`)
      db = await store.database(`test-${++count}`)
    })
    after(async () => {
      await store[Symbol.asyncDispose]()
      await place.clean()
    })
    describeDocuments(subject)
    describeRanges(subject)
    describeConcurrency(subject)
    describeChanges(subject)
    describeRevisions(subject)
    describeTrees(subject)
    describeAttachments(subject)
    describeDatabases(subject)
    describeWhole(subject)
  })
}
