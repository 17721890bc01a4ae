/** One user's database on the device: the collections, their hooks, and what of them is unsent. */
import { createRxDatabase, removeRxDatabase, type RxCollection, type RxDatabase, type RxStorage } from 'rxdb'
import { conflictHandlerOf, pulledConflictHandler } from '../edits/conflict-handler.ts'
import type { User } from '../session/device-store.ts'
import { Files } from './files.ts'
import { installHooks, installReadOnly } from './hooks.ts'
import { Journal } from './journal.ts'
import {
  pushOrder,
  type AnyCollections,
  type LocalRecord,
  type PushedCollection,
  type VetspaceCollections,
} from './records.ts'
import { isPushed } from './records.ts'
import { localNames, recordType, schemaOf } from './schemas.ts'
import { Tracker } from './tracker.ts'

export interface OpenOptions {
  name: string
  user: User
  now: () => number
}

export const userDatabaseName = (databaseName: string, userId: string): string => `${databaseName}-${userId}`

/** Takes a user's database off the device. */
export const removeUserDatabase = async <I, O>(name: string, storage: RxStorage<I, O>): Promise<void> => {
  await removeRxDatabase(name, storage, false)
}

export class UserDatabase {
  readonly db: RxDatabase
  readonly user: User
  readonly collections: AnyCollections
  readonly files: Files
  /** Edits made since the app started that no push has had: these may still be folded. */
  readonly foldable = new Set<string>()
  /** Records with unsent edits, by collection. */
  readonly unsent: Readonly<Record<PushedCollection, Tracker>>
  readonly rejected: Tracker
  readonly conflicts: Tracker
  readonly #journals: Journal[]

  private constructor(parts: {
    db: RxDatabase
    user: User
    collections: AnyCollections
    files: Files
    journals: Map<PushedCollection, Journal>
    ids: Map<string, string[]>
  }) {
    const { collections, ids, journals } = parts
    this.db = parts.db
    this.user = parts.user
    this.collections = collections
    this.files = parts.files
    this.#journals = [...journals.values()]
    const unsent = pushOrder.map((name) => {
      const counts = (record: LocalRecord): boolean => record.pendingEdits !== undefined
      const onGone = ({ id }: LocalRecord): void => {
        journals.get(name)?.remove(id)
        if (name === 'documents') this.#dropFile(id)
      }
      return [name, new Tracker({ collection: collections[name], ids: ids.get(name) ?? [], counts, onGone })]
    })
    this.unsent = Object.fromEntries(unsent) as Record<PushedCollection, Tracker>
    const rejected = { collection: collections.rejected, ids: ids.get('rejected') ?? [] }
    this.rejected = new Tracker({ ...rejected, counts: () => true })
    const conflicts = { collection: collections.conflicts, ids: ids.get('conflicts') ?? [] }
    this.conflicts = new Tracker({ ...conflicts, counts: (conflict) => !conflict['resolution'] })
  }

  static async open<I, O>(storage: RxStorage<I, O>, options: OpenOptions): Promise<UserDatabase> {
    const { name, user, now } = options
    const db = await createRxDatabase({ name, storage, multiInstance: false, localDocuments: true })
    const collections = await addCollections(db)
    const files = await Files.open(collections.documents)
    const journals = new Map<PushedCollection, Journal>()
    const ids = new Map<string, string[]>()
    for (const collection of pushOrder) {
      const journal = await Journal.open(db, `unsent-${collection}`)
      journals.set(collection, journal)
      ids.set(collection, await unsentOf(collections[collection], journal))
    }
    const all = await Promise.all([collections.rejected.find().exec(), collections.conflicts.find().exec()])
    ids.set(
      'rejected',
      all[0].map(({ primary }) => primary),
    )
    ids.set(
      'conflicts',
      all[1].flatMap((doc) => (doc.get('resolution') ? [] : [doc.primary])),
    )
    const opened = new UserDatabase({ db, user, collections, files, journals, ids })
    opened.#install(journals, now)
    await opened.#sweepFiles()
    return opened
  }

  /** The collections as the app sees them. */
  get typed(): VetspaceCollections {
    return this.collections as unknown as VetspaceCollections
  }

  get pending(): number {
    return pushOrder.reduce((sum, name) => sum + this.unsent[name].size, 0)
  }

  async close(): Promise<void> {
    for (const tracker of [...Object.values(this.unsent), this.rejected, this.conflicts]) tracker.end()
    await Promise.all([...this.#journals.map((journal) => journal.settled()), this.files.settled()])
    await this.db.close()
  }

  #install(journals: ReadonlyMap<PushedCollection, Journal>, now: () => number): void {
    const { foldable, files } = this
    for (const name of localNames) {
      const collection = this.collections[name]
      const [type, journal] = [recordType(name), isPushed(name) ? journals.get(name) : undefined]
      if (type && journal) {
        const context = { collection, type, journal, foldable, now, groupId: this.user.groupId }
        const hasFile = async (id: string): Promise<boolean> => await files.has(id)
        installHooks(name === 'documents' ? { ...context, hasFile } : context)
      } else if (name !== 'rejected') installReadOnly(collection, name === 'conflicts' ? ['resolution'] : [])
    }
  }

  /** A document that was sent, or dropped, needs its file no longer; a rejected one may be tried again. */
  #dropFile(id: string): void {
    if (!this.rejected.has(id)) this.files.remove(id).catch(() => undefined)
  }

  /** Files of documents that were sent, or given up, just before the app ended. */
  async #sweepFiles(): Promise<void> {
    for (const id of this.files.ids) {
      if (this.unsent.documents.has(id) || this.rejected.has(id)) continue
      await this.files.remove(id)
    }
  }
}

const addCollections = async (db: RxDatabase): Promise<AnyCollections> => {
  const creators = localNames.map((name) => {
    const type = recordType(name)
    const conflictHandler = type && isPushed(name) ? conflictHandlerOf(type) : pulledConflictHandler
    return [name, { schema: schemaOf(name), conflictHandler, localDocuments: name === 'documents' }] as const
  })
  const added = await db.addCollections(Object.fromEntries(creators))
  return added as unknown as AnyCollections
}

/** Of the ids in the journal, those whose record does have unsent edits; the others are taken off. */
const unsentOf = async (collection: RxCollection<LocalRecord>, journal: Journal): Promise<string[]> => {
  const found = await collection.storageInstance.findDocumentsById(journal.ids, false)
  const unsent = new Set(found.flatMap((record) => (record.pendingEdits ? [record.id] : [])))
  for (const id of journal.ids) if (!unsent.has(id)) journal.remove(id)
  return [...unsent]
}
