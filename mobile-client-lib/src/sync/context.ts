/** What the parts of sync share. */
import type { Subject } from 'rxjs'
import type { Link } from '../http/link.ts'
import type { Transport } from '../http/request.ts'
import type { UserDatabase } from '../local/user-database.ts'
import type { Stop } from '../stop.ts'
import type { Session } from '../session/session.ts'
import type { Tabs } from '../tabs/tabs.ts'
import type { Conditions } from './conditions.ts'
import type { Missed } from './missed.ts'
import type { News } from './news.ts'
import type { PushOrder } from './push-order.ts'
import type { Turns } from './turns.ts'

/** What a sync did, counted as it does it. */
export interface Tally {
  pushed: number
  pulled: number
  rejected: number
  /** Ids of conflicts that the server reported for what was sent. */
  conflicts: Set<string>
}

/** How far a first pull is, in documents. */
export interface FirstPull {
  /** On the device when the run began, where an earlier one was ended before it was caught up. */
  here: number
  /** What the server said that there is; 0 until it has, and where it does not say. */
  total: number
}

export interface SyncContext {
  transport: Transport
  session: Session
  database: UserDatabase
  link: Link
  conditions: Conditions
  deviceId: string
  tabs: Tabs
  /** The device's clock, ms. */
  now: () => number
}

/** What the pull and the push of one collection share. */
export interface Shared {
  turns: Turns
  missed: Missed
}

/** One run of sync, from its start to its stop. */
export interface RunContext extends SyncContext {
  /** The end of the run. */
  stop: Stop
  order: PushOrder
  tally: Tally
  /** Null where this is none. */
  firstPull: FirstPull | null
  news: News
  /** Rises with each pull that begins. */
  ticks: { now: number }
  /** After each page, batch and refusal. */
  changed$: Subject<void>
  /** The session or the device is at its end: nothing more can be asked of the server. */
  onEnded: (error: Error) => void
  /** The device could not write what came or was answered: the run is to be ended, and begun anew. */
  onBroken: (error: Error) => void
}
