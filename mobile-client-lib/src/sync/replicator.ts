/** One collection's replication. */
import { replicateRxCollection, type RxReplicationState } from 'rxdb/plugins/replication'
import { firstValueFrom } from 'rxjs'
import type { Checkpoint } from '../../../sync/contract/pull.ts'
import { DeviceCutOffError, SignInError, StorageFullError, StoppedError } from '../errors.ts'
import type { CollectionName } from '../local/names.ts'
import { isPushed, type LocalRecord, type PushedCollection } from '../local/records.ts'
import { recordType } from '../local/schemas.ts'
import type { RunContext, Shared } from './context.ts'
import { Missed } from './missed.ts'
import { Turns } from './turns.ts'
import { pageSize, Puller } from './pull.ts'
import { Pusher, type Row } from './push.ts'
import { documentUpload } from './upload-documents.ts'
import { Uploader } from './upload-items.ts'

/** Records a push; an upload takes up to 500 items, and a record can have several. */
const pushSize = 250
/** The handlers wait by themselves; RxDB's own wait is only met when sync is ending. */
const retryMs = 100

export class Replicator {
  readonly name: CollectionName
  readonly #run: RunContext
  readonly #shared: Shared
  readonly #puller: Puller
  readonly #state: RxReplicationState<LocalRecord, Checkpoint>

  constructor(run: RunContext, name: CollectionName) {
    this.name = name
    this.#run = run
    const shared: Shared = { turns: new Turns(), missed: new Missed(run.database.db, name) }
    this.#shared = shared
    this.#puller = new Puller(run, name, { shared, goOn: () => this.resync() })
    const pusher = isPushed(name)
      ? pusherOf(run, { collection: name, shared, afterCycle: (done) => this.#afterCycle(done) })
      : null
    this.#state = replicateRxCollection<LocalRecord, Checkpoint>({
      replicationIdentifier: 'vetspace-v2',
      collection: run.database.collections[name],
      live: true,
      autoStart: false,
      waitForLeadership: false,
      retryTime: retryMs,
      pull: {
        batchSize: pageSize,
        handler: (checkpoint, limit) => this.#unlessOver(() => this.#puller.page(checkpoint, limit)),
      },
      ...(pusher && {
        push: { batchSize: pushSize, handler: (rows: Row[]) => this.#unlessOver(() => pusher.push(rows)) },
      }),
    })
  }

  async start(): Promise<void> {
    const { name } = this
    if (isPushed(name)) await this.#shared.missed.load((id) => this.#run.database.unsent[name].has(id))
    await this.#state.start()
  }

  /** Pulls again, and looks again for what is unsent. */
  resync(): void {
    this.#state.reSync()
  }

  /** Whether a pull that began at `tick` or later has come to its end. */
  caughtUpSince(tick: number): boolean {
    return this.#puller.caughtUpAt >= tick
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#state.awaitInSync()
  }

  /** Lets go of removed rows' remains. */
  async purge(): Promise<void> {
    if (!this.#puller.removed) return
    this.#puller.removed = false
    await this.#run.database.collections[this.name].storageInstance.cleanup(0)
  }

  async cancel(): Promise<void> {
    await this.#state.cancel()
    await this.#shared.missed.settled()
  }

  /** RxDB writes the answer of a push within its queue of upstream work. */
  #afterCycle(done: () => void): void {
    const queue = this.#state.internalReplicationState?.streamQueue.up ?? Promise.resolve()
    void queue.then(done, done)
  }

  /** Where session, device or its storage are at their end, RxDB is not to ask again, ten times a second. */
  async #unlessOver<T>(task: () => Promise<T>): Promise<T> {
    const { stop, onEnded, onBroken } = this.#run
    try {
      return await task()
    } catch (error) {
      if (error instanceof SignInError || error instanceof DeviceCutOffError) onEnded(error)
      else if (error instanceof StorageFullError) onBroken(error)
      else throw error
      await firstValueFrom(stop.stopped$)
      throw new StoppedError({ cause: error })
    }
  }
}

interface PushPlan {
  collection: PushedCollection
  shared: Shared
  afterCycle: (done: () => void) => void
}

const pusherOf = (run: RunContext, plan: PushPlan): Pusher => {
  const { collection } = plan
  const type = recordType(collection)
  if (!type) throw new TypeError(`${collection} holds no record type`)
  if (collection === 'documents') return new Pusher(run, { ...plan, type, upload: documentUpload(run) })
  const uploader = new Uploader(run, collection)
  return new Pusher(run, { ...plan, type, upload: (items, onBatch) => uploader.upload(items, onBatch) })
}
