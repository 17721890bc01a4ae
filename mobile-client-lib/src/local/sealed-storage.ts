/**
 * A storage whose documents are encrypted at rest: AES-GCM by WebCrypto, one seal a document. RxDB's own plugin of
 * this kind rests on crypto-js, which is no longer kept, does not authenticate, and leaves local documents (the files
 * waiting to be sent) as they are.
 */
import {
  createRevision,
  getChangedDocumentsSince,
  getPrimaryFieldOfPrimaryKey,
  getQueryMatcher,
  getSortComparator,
  normalizeMangoQuery,
  now,
  prepareQuery,
  wrapRxStorageInstance,
  type BulkWriteRow,
  type EventBulk,
  type PreparedQuery,
  type RxDocumentData,
  type RxStorage,
  type RxStorageChangeEvent,
  type RxStorageInstance,
  type RxStorageInstanceCreationParams,
} from 'rxdb'
import { BehaviorSubject, concatMap, filter, firstValueFrom, share, tap } from 'rxjs'
import { seal, unseal, type Sealed } from '../session/password.ts'
import { fieldsNamed, isSealed, sealingOf, type Sealing } from './sealed-fields.ts'

type Data = RxDocumentData<Record<string, unknown>>
type Instance<I, O> = RxStorageInstance<Record<string, unknown>, I, O>
type Prepared = PreparedQuery<Record<string, unknown>>
type Events = EventBulk<RxStorageChangeEvent<Record<string, unknown>>, unknown>

export interface SealedStorageOptions {
  key: CryptoKey
  /** Whether what is there from before may not be encrypted; it is, when it is opened. */
  sealOld: boolean
}

/** Documents read at once to encrypt what is there. */
const batch = 500

/** Encrypts what goes into `storage`, and decrypts what comes out of it. */
export const sealedStorage = <I, O>(
  storage: RxStorage<I, O>,
  { key, sealOld }: SealedStorageOptions,
): RxStorage<I, O> => ({
  ...storage,
  async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, O>) {
    const instance = await storage.createStorageInstance<T>(params)
    const sealing = sealingOf(params.collectionName)
    if (sealing === 'none') return instance
    const inner = instance as unknown as Instance<I, O>
    const seals = new Seals(key, sealing, indexed(params.schema.indexes))
    if (sealOld) await seals.sealAll(inner, params.databaseInstanceToken)
    return wrapped(inner, seals) as unknown as RxStorageInstance<T, I, O>
  },
})

const indexed = (indexes: readonly (string | readonly string[])[] = []): string[] => [
  ...new Set(indexes.flat()),
]

/** The field that holds the seal. */
const holderOf = { none: 'sealed', record: 'sealed', local: 'data', replication: 'docData' } as const

class Seals {
  readonly sealing: Sealing
  readonly #key: CryptoKey
  /** Fields that an index needs to be there. */
  readonly #indexed: readonly string[]

  constructor(key: CryptoKey, sealing: Sealing, indexed: readonly string[]) {
    this.#key = key
    this.sealing = sealing
    this.#indexed = indexed
  }

  async to(document: Data): Promise<Data> {
    if (document._deleted && Object.keys(document).every((field) => !isSealed(this.sealing, field)))
      return document
    const hidden: Record<string, unknown> = {}
    const stored: Record<string, unknown> = {}
    for (const [field, value] of Object.entries(document))
      if (isSealed(this.sealing, field)) hidden[field] = value
      else stored[field] = value
    const sealed = await seal(this.#key, hidden)
    if (this.sealing === 'local') return { ...stored, data: { sealed } } as unknown as Data
    if (this.sealing === 'replication') return { ...stored, docData: { sealed } } as unknown as Data
    const empty = this.#indexed.filter((field) => isSealed(this.sealing, field)).map((field) => [field, ''])
    return { ...stored, ...(Object.fromEntries(empty) as object), sealed } as unknown as Data
  }

  async from(document: Data): Promise<Data> {
    const sealed = this.#sealOf(document)
    if (!sealed) return document
    const stored: Record<string, unknown> = { ...document }
    delete stored[holderOf[this.sealing]]
    return { ...stored, ...((await unseal(this.#key, sealed)) as object) } as unknown as Data
  }

  /** Encrypts what an instance has from before. */
  async sealAll<I, O>(instance: Instance<I, O>, token: string): Promise<void> {
    for (let checkpoint: unknown; ;) {
      const page = await getChangedDocumentsSince(instance, batch, checkpoint)
      const rows: BulkWriteRow<Record<string, unknown>>[] = []
      for (const previous of page.documents as Data[]) {
        const sealed = this.#sealOf(previous) ? previous : await this.to(previous)
        if (sealed === previous) continue
        const _rev = createRevision(token, previous)
        rows.push({ previous, document: { ...sealed, _rev, _meta: { ...previous._meta, lwt: now() } } })
      }
      if (rows.length > 0) await instance.bulkWrite(rows, 'vetspace-seal')
      // What was written anew comes once more, at the end.
      if (page.documents.length === 0) return
      checkpoint = page.checkpoint
    }
  }

  #sealOf(document: Data): Sealed | undefined {
    const held = document[holderOf[this.sealing]] as Sealed | { sealed?: Sealed } | undefined
    return this.sealing === 'record' ? (held as Sealed | undefined) : (held as { sealed?: Sealed })?.sealed
  }
}

/** RxDB's own wrapper, but for the order of events: it decrypts them side by side, and a later one may overtake. */
const wrapped = <I, O>(instance: Instance<I, O>, seals: Seals): Instance<I, O> => {
  const wrapper = wrapRxStorageInstance(
    instance.schema,
    instance,
    (document: Data) => seals.to(document),
    (document: Data) => seals.from(document),
  )
  const busy$ = new BehaviorSubject(0)
  const changes$ = instance.changeStream().pipe(
    tap(() => busy$.next(busy$.value + 1)),
    concatMap((bulk) => opened(bulk as Events, seals)),
    tap(() => busy$.next(busy$.value - 1)),
    share(),
  )
  const query = wrapper.query.bind(wrapper)
  const count = wrapper.count.bind(wrapper)
  const bulkWrite = wrapper.bulkWrite.bind(wrapper)
  return Object.assign(wrapper, {
    changeStream: () => changes$,
    bulkWrite: async (rows: BulkWriteRow<Record<string, unknown>>[], context: string) => {
      const result = await bulkWrite(rows, context)
      // The events of a write are told before it resolves: RxDB counts on it.
      await firstValueFrom(busy$.pipe(filter((busy) => busy === 0)))
      return result
    },
    query: async (prepared: Prepared) => {
      if (!namesSealed(prepared, seals.sealing)) return await query(prepared)
      return { documents: await searched(wrapper, query, prepared) }
    },
    count: async (prepared: Prepared) => {
      if (!namesSealed(prepared, seals.sealing)) return await count(prepared)
      return { count: (await searched(wrapper, query, prepared)).length, mode: 'slow' as const }
    },
  })
}

const namesSealed = ({ query }: Prepared, sealing: Sealing): boolean =>
  fieldsNamed(query).some((field) => isSealed(sealing, field))

/** What is encrypted is no help to an index: such a query looks at every document, decrypted. */
const searched = async <I, O>(
  { schema }: Instance<I, O>,
  query: Instance<I, O>['query'],
  { query: asked }: Prepared,
): Promise<Data[]> => {
  const everything = normalizeMangoQuery(schema, {
    selector: { _deleted: { $eq: false } },
    sort: [{ [getPrimaryFieldOfPrimaryKey(schema.primaryKey)]: 'asc' }],
  })
  const { documents } = await query(prepareQuery(schema, everything))
  const found = documents.filter(getQueryMatcher(schema, asked)).sort(getSortComparator(schema, asked))
  return found.slice(asked.skip, asked.limit === undefined ? undefined : asked.skip + asked.limit)
}

const opened = async (bulk: Events, seals: Seals): Promise<Events> => {
  const events = bulk.events.map(async (event) => {
    const { documentData, previousDocumentData } = event
    const [after, before] = await Promise.all([
      seals.from(documentData),
      previousDocumentData && seals.from(previousDocumentData as Data),
    ])
    return { ...event, documentData: after, ...(before && { previousDocumentData: before }) }
  })
  return { ...bulk, events: await Promise.all(events) }
}
