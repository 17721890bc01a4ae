/**
 * What an operator sees of a running server, in the form that Prometheus reads. Counted in this process alone:
 * Prometheus adds up several servers. No label has an id, so that the number of series stays small.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { GroupReading } from './group-reading.ts'

/** A finished request. */
export interface Served {
  /** The path's template; undefined where none matched. */
  route: string | undefined
  method: string
  /** HTTP status, or `gone` where the caller went before the answer was out. */
  status: number | 'gone'
  ms: number
  groupId: number | undefined
}

/** Of a group with a PMS behind the bridge. */
export interface BridgeReading {
  groupId: number
  /** Whether the PMS's agent is connected. */
  up: boolean
  /** Writes that wait for the PMS. */
  waiting: number
  /** For how long the first of them has. */
  waitedMs: number
}

/** What is asked of the server at each reading. */
export interface Sources {
  /** For each group that is open here: how far its index is behind the store, and what waits for people. */
  groups(): Promise<readonly GroupReading[]>
  bridges(): Promise<readonly BridgeReading[]>
  disk(): Promise<{ freeBytes: number; totalBytes: number }>
  storeUp(): Promise<boolean>
}

const requestSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const storeSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]

export class Metrics {
  readonly #registry = new Registry()
  readonly #requests: Histogram<'method' | 'route' | 'status'>
  readonly #store: Histogram<'operation'>
  readonly #storeFailures: Counter<'operation'>
  readonly #streams: Gauge

  constructor() {
    const registers = [this.#registry]
    collectDefaultMetrics({ register: this.#registry })
    this.#requests = new Histogram({
      name: 'vetspace_request_duration_seconds',
      help: 'Requests by path, method and status',
      labelNames: ['method', 'route', 'status'],
      buckets: requestSeconds,
      registers,
    })
    this.#store = new Histogram({
      name: 'vetspace_store_duration_seconds',
      help: 'What the store took for an operation',
      labelNames: ['operation'],
      buckets: storeSeconds,
      registers,
    })
    this.#storeFailures = new Counter({
      name: 'vetspace_store_failures_total',
      help: 'Operations that the store failed',
      labelNames: ['operation'],
      registers,
    })
    this.#streams = new Gauge({
      name: 'vetspace_event_streams',
      help: 'Event streams that are open',
      registers,
    })
  }

  served({ route = 'none', method, status, ms }: Served): void {
    this.#requests.observe({ method, route, status: String(status) }, ms / 1000)
  }

  /** @param ms what it took; @param failed whether the store failed it */
  storeAnswered(operation: string, ms: number, failed: boolean): void {
    this.#store.observe({ operation }, ms / 1000)
    if (failed) this.#storeFailures.inc({ operation })
  }

  /** An event stream has begun. Returns what is to be called when it ends. */
  streamOpened(): () => void {
    this.#streams.inc()
    return () => this.#streams.dec()
  }

  /** From then on each reading asks these, too. */
  observe(sources: Sources): void {
    const gauge = (
      name: string,
      help: string,
      collect: (gauge: Gauge<string>) => Promise<void>,
      labelNames: string[] = [],
    ) =>
      new Gauge({
        ...{ name, help, labelNames, registers: [this.#registry] },
        async collect() {
          this.reset()
          await collect(this)
        },
      })
    const perGroup = (name: string, help: string, value: (reading: GroupReading) => number) =>
      gauge(
        name,
        help,
        async (target) => {
          for (const reading of await sources.groups()) target.set({ group: reading.groupId }, value(reading))
        },
        ['group'],
      )
    perGroup(
      'vetspace_sync_lag_seconds',
      'How far the index is behind the store',
      (group) => group.syncLag / 1000,
    )
    perGroup('vetspace_conflicts_open', 'Conflicts that wait for people', (group) => group.conflictsOpen)
    perGroup('vetspace_rejected_items', 'Items refused in the last 30 days', (group) => group.rejectedLately)
    const perPms = (name: string, help: string, value: (reading: BridgeReading) => number) =>
      gauge(
        name,
        help,
        async (target) => {
          for (const reading of await sources.bridges())
            target.set({ group: reading.groupId }, value(reading))
        },
        ['group'],
      )
    perPms('vetspace_bridge_agent_up', '1 where the agent of the PMS is connected', ({ up }) => (up ? 1 : 0))
    perPms('vetspace_bridge_waiting', 'Writes that wait for the PMS', ({ waiting }) => waiting)
    perPms(
      'vetspace_bridge_waited_seconds',
      'For how long the first of them has waited',
      ({ waitedMs }) => waitedMs / 1000,
    )
    gauge('vetspace_disk_free_bytes', 'Free on the disk of the data directory', async (target) =>
      target.set((await sources.disk()).freeBytes),
    )
    gauge('vetspace_disk_size_bytes', 'Size of the disk of the data directory', async (target) =>
      target.set((await sources.disk()).totalBytes),
    )
    gauge('vetspace_store_up', '1 where the store answers', async (target) =>
      target.set((await sources.storeUp()) ? 1 : 0),
    )
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** All of it, in Prometheus's text format. */
  async text(): Promise<string> {
    return await this.#registry.metrics()
  }
}
