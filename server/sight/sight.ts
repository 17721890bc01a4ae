/** What the server sees of itself: for probes, for Prometheus, and for the health of groups. */
import { statfs } from 'node:fs/promises'
import type { Groups } from '../../sync/group.ts'
import { StoreUnavailable, type Store } from '../../sync/store/port.ts'
import type { FileStorage } from '../../uploads/storage/port.ts'
import type { Bridge } from '../bridge/bridge.ts'
import { ClockWatch } from './clock-watch.ts'
import { ErrorRates } from './error-rate.ts'
import { readingOf, type GroupReading } from './group-reading.ts'
import { isFault } from './is-fault.ts'
import type { BridgeReading, Metrics, Served } from './metrics.ts'

/** What has not answered in this time does not answer. */
const pingMs = 2000
/** An address that no file has. */
const nowhere = { groupId: 1, sha256: '0'.repeat(64) }

export interface Disk {
  freeBytes: number
  totalBytes: number
}

/** Below this, or a fiftieth of the disk, whatever is less, there is no room to go on. */
const leastFree = 500_000_000

/** Whether a disk has room for another hour's work. */
export const hasRoom = ({ freeBytes, totalBytes }: Disk): boolean =>
  freeBytes >= Math.min(leastFree, totalBytes / 50)

interface Watched {
  metrics: Metrics
  store: Store
  files: Pick<FileStorage, 'stat'>
  groups: Groups
  bridge: Pick<Bridge, 'readings'>
  dataDir: string
  /** ms since the epoch */
  now: () => number
}

export class Sight {
  readonly errorRates = new ErrorRates()
  readonly clock: ClockWatch
  readonly #watched: Watched

  constructor(watched: Watched) {
    this.#watched = watched
    this.clock = new ClockWatch(watched.now)
    watched.metrics.observe({
      groups: () => this.readings(),
      bridges: () => this.#bridges(),
      disk: () => this.disk(),
      storeUp: () => this.storeUp(),
    })
  }

  get metrics(): Metrics {
    return this.#watched.metrics
  }

  /** A request has been answered. */
  served(request: Served): void {
    this.metrics.served(request)
    const failed = typeof request.status === 'number' && isFault(request.status)
    this.errorRates.served(request.groupId, failed, this.#watched.now())
  }

  /** Whether the store answers. */
  storeUp(): Promise<boolean> {
    return answers(this.#watched.store.ping())
  }

  /** Whether the files' storage answers. */
  filesUp(): Promise<boolean> {
    return answers(this.#watched.files.stat(nowhere))
  }

  /** The disk of the data directory. */
  async disk(): Promise<Disk> {
    const { bavail, blocks, bsize } = await statfs(this.#watched.dataDir)
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  }

  /** Of every group with a PMS behind the bridge, in the store: each server tells the same. */
  async #bridges(): Promise<BridgeReading[]> {
    const { bridge, now } = this.#watched
    try {
      return (await bridge.readings()).map(({ groupId, up, waiting, waitingSince }) => ({
        ...{ groupId, up: up === true, waiting },
        waitedMs: waitingSince === null ? 0 : Math.max(0, now() - waitingSince),
      }))
    } catch (error) {
      // That the store is away is told by a series of its own.
      if (error instanceof StoreUnavailable) return []
      throw error
    }
  }

  /** Of every group that this process has open. */
  async readings(): Promise<GroupReading[]> {
    const { groups, now } = this.#watched
    return await Promise.all(groups.opened().map((group) => readingOf(group, now())))
  }
}

/** Whether something answered in time, be it with a fault of its own: one that no waiting would mend is a failure. */
const answers = async (asked: Promise<unknown>): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), pingMs)
  })
  const answered = asked.then(
    () => true,
    (error: unknown) => {
      if (error instanceof StoreUnavailable || isAway(error)) return false
      throw error
    },
  )
  try {
    return await Promise.race([answered, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A disk or a bucket that is not there. */
const isAway = (error: unknown): boolean =>
  error instanceof Error && ('code' in error || '$metadata' in error || error.name === 'TimeoutError')
