/** Who of several tabs syncs a user's database, and what the others ask of it. */
import { filter, type Subscription } from 'rxjs'
import { StoppedError } from '../errors.ts'
import { newId } from '../local/records.ts'
import type { Stop } from '../stop.ts'
import type { SyncReport, SyncStatus } from '../sync/status-types.ts'
import { heard, told, type TabMessage, type UnsentIds } from './messages.ts'
import type { Release, Tabs } from './tabs.ts'

export interface LeadershipHooks {
  /** How the tab that syncs stands. */
  onStatus: (status: SyncStatus) => void
  /** What to tell others of how this tab stands; null where it does not sync. */
  status: () => SyncStatus | null
  /** Syncs for another tab; null where this tab does not sync either. */
  syncFor: (unsent: UnsentIds) => Promise<SyncReport> | null
  /** The user is back in another tab. */
  onWake: () => void
}

export class Leadership {
  readonly #tabs: Tabs
  readonly #database: string
  readonly #hooks: LeadershipHooks
  readonly #subscription: Subscription

  constructor(tabs: Tabs, database: string, hooks: LeadershipHooks) {
    this.#tabs = tabs
    this.#database = database
    this.#hooks = hooks
    this.#subscription = tabs.messages$
      .pipe(filter((message) => message.database === database))
      .subscribe((message) => this.#hear(message))
  }

  /** Leads from now on, unless another tab does. */
  async take(): Promise<Release | null> {
    return await this.#tabs.take(`sync/${this.#database}`)
  }

  /** Leads as soon as no other tab does; null where `stop` came first. */
  async wait(stop: Stop): Promise<Release | null> {
    return await this.#tabs.hold(`sync/${this.#database}`, stop)
  }

  tell(status: SyncStatus): void {
    this.#tabs.say({ kind: 'status', database: this.#database, status })
  }

  /** Asks the tab that leads how it stands. */
  greet(): void {
    this.#tabs.say({ kind: 'hello', database: this.#database })
  }

  wake(): void {
    this.#tabs.say({ kind: 'wake', database: this.#database })
  }

  /** Has the tab that leads sync now. Does not end where that tab ends, or stops: then this one can lead. */
  async ask(unsent: UnsentIds, stop: Stop): Promise<SyncReport> {
    const [request, database] = [newId(), this.#database]
    let subscription: Subscription | undefined
    try {
      return await new Promise<SyncReport>((resolve, reject) => {
        subscription = this.#tabs.messages$.subscribe((message) => {
          if (message.kind !== 'synced' || message.request !== request) return
          if (message.report) resolve(message.report)
          else if (message.error && message.error.code !== 'STOPPED') reject(heard(message.error))
        })
        stop.on(() => reject(new StoppedError()))
        this.#tabs.say({ kind: 'syncNow', database, request, unsent })
      })
    } finally {
      subscription?.unsubscribe()
    }
  }

  end(): void {
    this.#subscription.unsubscribe()
  }

  #hear(message: TabMessage): void {
    if (message.kind === 'status') this.#hooks.onStatus(message.status)
    else if (message.kind === 'wake') this.#hooks.onWake()
    else if (message.kind === 'hello') {
      const status = this.#hooks.status()
      if (status) this.tell(status)
    } else if (message.kind === 'syncNow') void this.#answer(message.request, message.unsent)
  }

  async #answer(request: string, unsent: UnsentIds): Promise<void> {
    const syncing = this.#hooks.syncFor(unsent)
    if (!syncing) return
    const answer = { kind: 'synced', database: this.#database, request } as const
    await syncing.then(
      (report) => this.#tabs.say({ ...answer, report }),
      (error: unknown) => this.#tabs.say({ ...answer, error: told(error) }),
    )
  }
}
