/** One user's database on the device: the collections, their hooks, and what of them is unsent. */
import type { RxCollection, RxDatabase, RxStorage } from 'rxdb'
import type { User } from '../session/device-store.ts'
import type { UnsentIds } from '../tabs/messages.ts'
import type { Release, Tabs } from '../tabs/tabs.ts'
import { FileCache } from './file-cache.ts'
import { Files } from './files.ts'
import { installHooks, installReadOnly } from './hooks.ts'
import { Journal } from './journal.ts'
import {
  isPushed,
  pushOrder,
  type AnyCollections,
  type LocalRecord,
  type PushedCollection,
  type VetspaceCollections,
} from './records.ts'
import { addCollections, openLock, openUpToDate } from './open-database.ts'
import { localNames, recordType } from './schemas.ts'
import { StorageGuard } from './storage-guard.ts'
import { Tracker } from './tracker.ts'
import { Transfers } from './transfers.ts'

export interface OpenOptions {
  name: string
  user: User
  now: () => number
  tabs: Tabs
  /** Bytes of files that were looked at to keep. */
  cacheLimitBytes: number
}

export class UserDatabase {
  readonly db: RxDatabase
  readonly user: User
  readonly collections: AnyCollections
  readonly files: Files
  readonly cache: FileCache
  readonly transfers: Transfers
  /** Says what the storage could not write. */
  readonly guard: StorageGuard
  /** Edits made since this app, or tab, began to lead that no push has had: these may still be folded. */
  readonly foldable = new Set<string>()
  /** Records with unsent edits, by collection. */
  readonly unsent: Readonly<Record<PushedCollection, Tracker>>
  readonly rejected: Tracker
  readonly conflicts: Tracker
  readonly #journals: ReadonlyMap<PushedCollection, Journal>
  readonly #tabs: Tabs
  #leads: boolean
  #release: Release | null = null

  private constructor(parts: {
    db: RxDatabase
    options: OpenOptions
    collections: AnyCollections
    files: Files
    journals: Map<PushedCollection, Journal>
    guard: StorageGuard
  }) {
    const { collections, journals } = parts
    this.db = parts.db
    this.user = parts.options.user
    this.#tabs = parts.options.tabs
    this.#leads = !this.#tabs.several
    this.transfers = new Transfers(this.#tabs, this.db.name)
    this.collections = collections
    this.files = parts.files
    this.guard = parts.guard
    this.cache = new FileCache(collections.documents, parts.options.cacheLimitBytes)
    this.#journals = journals
    const unsent = pushOrder.map((name) => [name, this.#unsentTracker(name)])
    this.unsent = Object.fromEntries(unsent) as Record<PushedCollection, Tracker>
    this.rejected = new Tracker({ collection: collections.rejected, counts: () => true })
    const counts = (conflict: LocalRecord): boolean => !conflict['resolution']
    this.conflicts = new Tracker({ collection: collections.conflicts, counts })
  }

  static async open<I, O>(storage: RxStorage<I, O>, options: OpenOptions): Promise<UserDatabase> {
    const { name, tabs } = options
    const opening = await tabs.hold(`opening/${name}`)
    try {
      const alone = await tabs.take(openLock(name))
      const guard = new StorageGuard()
      const { db, alone: first } = await openUpToDate(guard.over(storage), { ...options, alone })
      try {
        const opened = await UserDatabase.#over(db, options, guard)
        // What no record names is a leftover only where no other tab is about to make that record.
        if (first) await opened.#sweepFiles()
        first?.()
        opened.#release = await tabs.hold(openLock(name), undefined, 'shared')
        return opened
      } catch (error) {
        first?.()
        await db.close()
        throw error
      }
    } finally {
      opening?.()
    }
  }

  static async #over(db: RxDatabase, options: OpenOptions, guard: StorageGuard): Promise<UserDatabase> {
    const collections = await addCollections(db)
    const files = await Files.open(collections.documents)
    const journals = new Map<PushedCollection, Journal>()
    for (const collection of pushOrder)
      journals.set(collection, await Journal.open(db, `unsent-${collection}`))
    const opened = new UserDatabase({ db, options, collections, files, journals, guard })
    await opened.#load()
    opened.#install(options.now)
    return opened
  }

  /** The collections as the app sees them. */
  get typed(): VetspaceCollections {
    return this.collections as unknown as VetspaceCollections
  }

  get pending(): number {
    return pushOrder.reduce((sum, name) => sum + this.unsent[name].size, 0)
  }

  get unsentIds(): UnsentIds {
    return Object.fromEntries(pushOrder.map((name) => [name, this.unsent[name].ids]))
  }

  /** Whether this tab is the one that syncs; where there are no others it always is. */
  get leads(): boolean {
    return this.#leads
  }
  set leads(leads: boolean) {
    this.#leads = leads || !this.#tabs.several
    if (!this.#leads) this.foldable.clear()
  }

  /** Takes in what another tab knows to be unsent, of which the news may not have come yet. */
  async look(unsent: UnsentIds): Promise<void> {
    for (const name of pushOrder) {
      const ids = (unsent[name] ?? []).filter((id) => !this.unsent[name].has(id))
      for (const id of await withEdits(this.collections[name], ids)) this.unsent[name].add(id)
    }
  }

  async close(): Promise<void> {
    this.transfers.close()
    for (const tracker of [...Object.values(this.unsent), this.rejected, this.conflicts]) tracker.end()
    const journals = [...this.#journals.values()]
    const settling = journals.map((journal) => journal.settled())
    await Promise.all([...settling, this.files.settled(), this.cache.settled()])
    await this.db.close()
    this.#release?.()
    this.#release = null
  }

  #unsentTracker(name: PushedCollection): Tracker {
    const journal = this.#journals.get(name)
    return new Tracker({
      collection: this.collections[name],
      counts: (record) => record.pendingEdits !== undefined,
      onCome: ({ id }) => void journal?.add(id).catch(() => undefined),
      onGone: ({ id }) => {
        journal?.remove(id, !this.#leads)
        if (name === 'documents' && this.#leads) this.#dropFile(id)
      },
      onRemoved: ({ id }) => {
        // What leaves the user's scope leaves the device, body and all.
        if (name === 'documents' && this.#leads) this.cache.drop(id).catch(() => undefined)
      },
    })
  }

  /** Fills the trackers with what is there; they have heard what changed since. */
  async #load(): Promise<void> {
    const { rejected, conflicts } = this.collections
    for (const [name, journal] of this.#journals) {
      const unsent = await withEdits(this.collections[name], journal.ids)
      this.unsent[name].load(unsent)
      for (const id of journal.ids) if (!this.unsent[name].has(id)) journal.remove(id)
    }
    const [refused, open] = await Promise.all([rejected.find().exec(), conflicts.find().exec()])
    this.rejected.load(refused.map(({ primary }) => primary))
    this.conflicts.load(open.flatMap((doc) => (doc.get('resolution') ? [] : [doc.primary])))
  }

  #install(now: () => number): void {
    const { foldable, files } = this
    const mayFold = (): boolean => this.#leads
    for (const name of localNames) {
      const collection = this.collections[name]
      const [type, journal] = [recordType(name), isPushed(name) ? this.#journals.get(name) : undefined]
      if (type && journal) {
        const context = { collection, type, journal, foldable, mayFold, now, groupId: this.user.groupId }
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

/** Of these ids, those whose record does have unsent edits. */
const withEdits = async (collection: RxCollection<LocalRecord>, ids: string[]): Promise<string[]> => {
  if (ids.length === 0) return []
  const found = await collection.storageInstance.findDocumentsById(ids, false)
  return found.flatMap((record) => (record.pendingEdits ? [record.id] : []))
}
