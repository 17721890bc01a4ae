/** How far the files are that are being sent or fetched, in whichever tab. */
import { BehaviorSubject } from 'rxjs'
import { Stop } from '../stop.ts'
import type { TabMessage } from '../tabs/messages.ts'
import type { Release, Tabs } from '../tabs/tabs.ts'
import { newId } from './records.ts'
import type { Transfer } from './transfer.ts'

const lockOf = (tab: string): string => `transfers/${tab}`

export class Transfers {
  readonly transfers$ = new BehaviorSubject<readonly Transfer[]>([])
  readonly #tabs: Tabs
  readonly #database: string
  readonly #tab = newId()
  readonly #closed = new Stop()
  #own: readonly Transfer[] = []
  readonly #others = new Map<string, readonly Transfer[]>()
  /** Held while this tab is there: whoever is given it knows that this tab has ended, and its transfers with it. */
  #lock: Promise<Release | null> | null = null

  constructor(tabs: Tabs, database: string) {
    this.#tabs = tabs
    this.#database = database
    const subscription = tabs.messages$.subscribe((message) => this.#hear(message))
    this.#closed.on(() => subscription.unsubscribe())
  }

  tell(transfer: Transfer): void {
    this.#change([...this.#own.filter(({ id }) => id !== transfer.id), transfer])
  }

  end(id: string): void {
    const others = this.#own.filter((transfer) => transfer.id !== id)
    if (others.length < this.#own.length) this.#change(others)
  }

  close(): void {
    if (this.#own.length > 0) this.#change([])
    this.#closed.stop()
    void this.#lock?.then((release) => release?.())
  }

  #change(own: readonly Transfer[]): void {
    if (this.#closed.stopped) return
    this.#own = own
    this.#show()
    if (!this.#tabs.several) return
    const [database, tab] = [this.#database, this.#tab]
    this.#lock ??= this.#tabs.hold(lockOf(tab), this.#closed)
    void this.#lock.then(() => this.#tabs.say({ kind: 'transfers', database, tab, transfers: own }))
  }

  #hear(message: TabMessage): void {
    if (message.kind !== 'transfers' || message.database !== this.#database) return
    const { tab, transfers } = message
    if (!this.#others.has(tab)) void this.#untilGone(tab)
    this.#others.set(tab, transfers)
    this.#show()
  }

  async #untilGone(tab: string): Promise<void> {
    const release = await this.#tabs.hold(lockOf(tab), this.#closed)
    release?.()
    this.#others.delete(tab)
    this.#show()
  }

  #show(): void {
    const ids = new Set(this.#own.map(({ id }) => id))
    const others = [...this.#others.values()].flat().filter(({ id }) => !ids.has(id))
    this.transfers$.next([...this.#own, ...others])
  }
}
