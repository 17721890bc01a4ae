/** Pulling a collection page by page. */
import type { WithDeleted } from 'rxdb'
import type { Checkpoint, countPreference as contracted } from '../../../sync/contract/pull.ts'
import { columnsType } from '../../../sync/contract/columns.ts'
import { ApiError, VersionError } from '../errors.ts'
import { send } from '../http/request.ts'
import type { CollectionName } from '../local/names.ts'
import { isPushed, type LocalRecord } from '../local/records.ts'
import type { FirstPull, RunContext, Shared } from './context.ts'
import { asPage, isUnknownCall, type Page } from './page.ts'

/** Documents a page: large enough that a link's delay does not count, small enough to show progress. */
export const pageSize = 5000
/** The first page of a first pull: it brings today's diary, which need not wait until much more has been written. */
const firstPageSize = 250
const ofToday: ReadonlySet<CollectionName> = new Set(['appointments', 'clients', 'animals'])

/** The type says that it is the contract's, which brings zod along. */
const countPreference: typeof contracted = 'count=exact'

/** A page, and whether it brought as many as were asked for: then there may be more. */
type Fetched = Page & { full: boolean }

export class Puller {
  readonly #run: RunContext
  readonly #shared: Shared
  readonly #collection: CollectionName
  /** The tick at which the last pull began that came to the end. */
  caughtUpAt = -1
  /** Whether removed rows have come. */
  removed = false
  #begun = -1
  /** Whether the last page was full: then there is more, and no need to ask whether. */
  #more = false
  readonly #goOn: () => void

  /** @param goOn pulls again, after a page that is smaller than RxDB asked for and not the last */
  constructor(
    run: RunContext,
    collection: CollectionName,
    { shared, goOn }: { shared: Shared; goOn: () => void },
  ) {
    this.#run = run
    this.#shared = shared
    this.#collection = collection
    this.#goOn = goOn
  }

  /** The next page; retries until there is one. */
  async page(checkpoint: Checkpoint | undefined, limit: number): Promise<Page> {
    const { link, stop, tally, changed$ } = this.#run
    const isFirst = checkpoint === undefined && this.#run.firstPull && ofToday.has(this.#collection)
    const asked = isFirst ? Math.min(firstPageSize, limit) : limit
    const page = await link.persist(stop, async () => {
      const done = await this.#shared.turns.pull()
      return await this.#next(checkpoint ?? null, asked).finally(done)
    })
    this.#more = page.full
    const documents = page.documents.map((document) => this.#local(document))
    await this.#keepMissed(documents)
    tally.pulled += documents.length
    if (!page.full) this.caughtUpAt = this.#begun
    else if (documents.length < limit) this.#goOn()
    changed$.next()
    return { documents, checkpoint: page.checkpoint }
  }

  /** What is new, asked together with the other collections that ask now; or a page of this one. */
  async #next(checkpoint: Checkpoint | null, limit: number): Promise<Fetched> {
    const { news, ticks } = this.#run
    if (await this.#expectsLittle(checkpoint)) {
      const page = await news.ask(this.#collection, checkpoint)
      this.#begun = page?.begun ?? this.#begun
      if (page) return { ...page, full: false }
    }
    this.#begun = ticks.now++
    return await this.#fetch(checkpoint, limit)
  }

  /** Whether this collection was caught up before, and the server has not to be asked how much there is. */
  async #expectsLittle(checkpoint: Checkpoint | null): Promise<boolean> {
    if (this.#more || this.#first()?.total === 0) return false
    if (checkpoint) return true
    // Of an empty collection RxDB keeps no checkpoint.
    const wasEmpty = this.#run.firstPull === null || this.caughtUpAt >= 0
    return wasEmpty && (await this.#held()).length === 0
  }

  /** Set for a collection that is small, and among the first: its answer says how much all of them bring. */
  #first(): FirstPull | null {
    return this.#collection === 'reference' ? this.#run.firstPull : null
  }

  async #fetch(checkpoint: Checkpoint | null, limit: number): Promise<Fetched> {
    const { transport, session, deviceId, stop } = this.#run
    const json = { deviceId, collection: this.#collection, checkpoint, limit }
    const path = '/v2/mobile/sync/pull'
    const accept = `${columnsType}, application/json`
    const first = this.#first()
    const prefer = first && { Prefer: countPreference }
    try {
      const held = checkpoint === null ? await this.#held() : []
      const body = await session.authorized((tokens) =>
        send(transport, { method: 'POST', path, headers: { ...tokens, ...prefer }, json, stop, accept }),
      )
      const page = asPage(body)
      if (first && page.counts)
        first.total = Object.values(page.counts).reduce((sum, count) => sum + count, 0)
      const brought = new Set(page.documents.map(({ id }) => id))
      const left = held.filter((id) => !brought.has(id)).map((id) => ({ id, _deleted: true }))
      return { ...page, documents: [...page.documents, ...left], full: page.documents.length >= limit }
    } catch (error) {
      const forgotten =
        error instanceof ApiError && error.code === 'INVALID_CHECKPOINT' && checkpoint !== null
      // This call is there for everybody who may sync: where it is not, the server does not know of it yet; nor does
      // one that does not know the collection, or what it is asked by.
      if (isUnknownCall(error) && !forgotten) throw new VersionError('SERVER_TOO_OLD', { cause: error })
      if (!forgotten) throw error
      return await this.#fetch(null, limit)
    }
  }

  /**
   * What is here although the server knows of nothing that is: a page whose checkpoint was not stored, a checkpoint
   * forgotten, a record sent before the first pull. It goes, and what the user may still hold comes with the pages;
   * else nobody would ever take off the device what has left its scope meanwhile.
   */
  async #held(): Promise<string[]> {
    const records = await this.#run.database.collections[this.#collection].find().exec()
    return records.flatMap((record) => (record.get('pendingEdits') ? [] : [record.primary]))
  }

  async #keepMissed(documents: readonly WithDeleted<LocalRecord>[]): Promise<void> {
    const unsent = isPushed(this.#collection) ? this.#run.database.unsent[this.#collection] : null
    if (!unsent || unsent.size === 0) return
    await this.#shared.missed.keep(documents.filter((document) => unsent.has(document.id)))
  }

  /** `recentEdits` has done its work in an upload's answer; a removed row is kept as its id alone. */
  #local(document: WithDeleted<LocalRecord>): WithDeleted<LocalRecord> {
    if (document._deleted) {
      this.removed = true
      return { id: document.id, _deleted: true }
    }
    if (document['recentEdits'] === undefined) return document
    const { recentEdits: _applied, ...rest } = document
    return rest
  }
}
