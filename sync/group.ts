/**
 * A veterinary group: its database, the index over it, and what can be done with them. One object a group and
 * process; whoever asks for the group gets the same one.
 */
import path from 'node:path'
import type { Actor } from './actor.ts'
import { toColumns } from './contract/columns.ts'
import type { Checkpoint, PullRequest, PullResponse } from './contract/pull.ts'
import { collectionNames, type CollectionName } from './contract/records.ts'
import type { UploadResult } from './contract/upload.ts'
import { changedSince } from './feed/event-place.ts'
import { withLeaving } from './feed/leaving.ts'
import { Index } from './feed/index-store.ts'
import { touchedKey } from './feed/keys.ts'
import { Memo } from './feed/memo.ts'
import { Pages, type EncodedPage, type PageQuestion } from './feed/pages.ts'
import { countRows } from './feed/count.ts'
import { channelsOfActor, checkpointNow, pull, type FeedSource } from './feed/pull.ts'
import { defaultWindows } from './feed/window.ts'
import { Resolver } from './resolver/resolver.ts'
import type { Database, Store } from './store/port.ts'
import type { UploadRequest } from './write/context.ts'
import { upload } from './write/upload.ts'
import type { WriteWitness } from './write/witness.ts'

export interface Group {
  readonly groupId: number
  readonly db: Database
  readonly index: Index
  /** Readings of the two, kept until the group's next change; see feed/memo.ts. */
  readonly memo: Memo
  readonly witness: WriteWitness | undefined
  /** ms since the epoch */
  now(): number
  /**
   * The ledger of bookings (bookings/ledger.ts), a database of its own; made where it is missing.
   * @throws StoreUnavailable where its node is away
   */
  ledger(): Promise<Database>
  /** The one write path; see write/upload.ts. */
  upload(request: UploadRequest): Promise<UploadResult[]>
  /** @throws InvalidCheckpoint */
  pull(
    actor: Pick<Actor, 'siteIds'>,
    request: Pick<PullRequest, 'collection' | 'checkpoint' | 'limit'>,
  ): Promise<PullResponse>
  /**
   * The same page by columns, as it goes out; see feed/pages.ts.
   * @throws InvalidCheckpoint
   */
  page(question: PageQuestion): Promise<EncodedPage>
  /** How many documents of each collection a first pull brings this user. */
  counts(actor: Pick<Actor, 'siteIds'>): Promise<Record<CollectionName, number>>
  /** Calls `listener` when a collection that this user may see has changed. Returns the means to stop it. */
  subscribe(
    actor: Pick<Actor, 'siteIds'>,
    listener: (collection: CollectionName, checkpoint: () => Checkpoint) => void,
  ): () => void
  /** Calls `listener` for each collection that has changed for this user since an event; see feed/event-place.ts. */
  changedSince(
    actor: Pick<Actor, 'siteIds'>,
    eventId: string,
    listener: (collection: CollectionName, checkpoint: () => Checkpoint) => void,
  ): Promise<void>
}

export interface Groups extends AsyncDisposable {
  /** The group's database and index, made where they are missing. */
  get(groupId: number): Promise<Group>
  /** Those that were asked for already. */
  opened(): readonly Group[]
}

export interface GroupsOptions {
  store: Store
  /** Where the indexes are kept. */
  dataDir: string
  /** ms since the epoch */
  now: () => number
  log: { error(details: object, message: string): void }
  /** Hears of voids, reversals and merged branches before they are written. */
  witness?: WriteWitness
}

interface Opened {
  group: Group
  index: Index
  resolver: Resolver
}

export const groupDatabase = (groupId: number): string => `group-${groupId}`
export const ledgerDatabase = (groupId: number): string => `ledger-${groupId}`

export const openGroups = ({ store, dataDir, now, log, witness }: GroupsOptions): Groups => {
  const open = new Map<number, Promise<Opened>>()
  const opened: Group[] = []
  const make = async (groupId: number): Promise<Opened> => {
    const db = await store.database(groupDatabase(groupId))
    const directory = path.join(dataDir, 'index', groupDatabase(groupId))
    const onFailure = (error: unknown): void =>
      log.error({ err: error, groupId }, 'The index cannot follow the store')
    const index = await Index.open({ directory, db, onFailure })
    const ledger = () => store.database(ledgerDatabase(groupId), { oneCopy: true })
    const resolver = new Resolver({
      target: { groupId, db, index, witness },
      now,
      onFailure: (error) => log.error({ err: error, groupId }, 'What replication left cannot be merged'),
    })
    const source = { groupId, db, index, windows: defaultWindows, now }
    return { group: groupOf(source, { ledger, witness }), index, resolver }
  }
  return {
    async get(groupId) {
      let opening = open.get(groupId)
      if (!opening) {
        opening = make(groupId)
        open.set(groupId, opening)
        opening.then(({ group }) => opened.push(group)).catch(() => open.delete(groupId))
      }
      return (await opening).group
    },
    opened: () => opened,
    async [Symbol.asyncDispose]() {
      for (const opening of open.values()) {
        const parts = await opening.catch(() => undefined)
        await parts?.resolver[Symbol.asyncDispose]()
        await parts?.index[Symbol.asyncDispose]()
      }
      open.clear()
    },
  }
}

const groupOf = (source: FeedSource, { ledger, witness }: Pick<Group, 'ledger' | 'witness'>): Group => {
  const pages = new Pages(source, (page) => JSON.stringify(toColumns(page)))
  return {
    groupId: source.groupId,
    db: source.db,
    index: source.index,
    memo: new Memo(source.index),
    now: source.now,
    ledger,
    witness,
    upload: async (request) => {
      const results = await upload({ ...source, witness }, request)
      return withLeaving(results, request.type, { windows: source.windows, now: source.now() })
    },
    pull: (actor, request) => pull(source, actor, request),
    counts: (actor) => countRows(source, actor),
    page: (question) => pages.page(question),
    changedSince: async (actor, eventId, listener) => {
      for (const collection of await changedSince(source.index, actor, eventId))
        listener(collection, () => checkpointNow(source, actor, collection))
    },
    subscribe: (actor, listener) => {
      const channels = channelsOfActor(actor)
      return source.index.subscribe((touched) => {
        for (const collection of collectionNames)
          if (channels.some((channel) => touched.has(touchedKey(collection, channel))))
            listener(collection, () => checkpointNow(source, actor, collection))
      })
    },
  }
}
