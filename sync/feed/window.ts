/** What of a collection a device holds, by time. Pure: the time comes from the caller. */
import type { CollectionName } from '../contract/records.ts'

/** Days before and after today; absent: without bound. */
export interface WindowSetting {
  pastDays?: number
  futureDays?: number
}

/** A group's settings; what is not named here has no window. */
export type WindowSettings = Partial<Record<CollectionName, WindowSetting>>

export const defaultWindows: WindowSettings = {
  appointments: { pastDays: 14, futureDays: 60 },
  treatments: { pastDays: 365 },
  payments: { pastDays: 365 },
  documents: { pastDays: 365 },
}

/** `from` ≤ date < `to`, UTC instants as sortable text; absent: open. */
export interface Window {
  from?: string
  to?: string
}

const dayMs = 86_400_000

/**
 * The window of a collection at `now` (ms since the epoch). It moves at midnight UTC and has a day to spare at
 * both ends, so that it covers the days meant in every time zone.
 */
export const windowAt = (settings: WindowSettings, collection: CollectionName, now: number): Window => {
  const { pastDays, futureDays } = settings[collection] ?? {}
  const today = Math.floor(now / dayMs)
  const start = (day: number): string => new Date(day * dayMs).toISOString()
  return {
    ...(pastDays === undefined ? {} : { from: start(today - pastDays - 1) }),
    ...(futureDays === undefined ? {} : { to: start(today + futureDays + 2) }),
  }
}

/** Today (UTC), with half a day to spare at both ends for other time zones: only an order hangs on it. */
export const dayAt = (now: number): Required<Window> => {
  const midnight = Math.floor(now / dayMs) * dayMs
  const at = (days: number): string => new Date(midnight + days * dayMs).toISOString()
  return { from: at(-0.5), to: at(1.5) }
}

export const inWindow = (window: Window, date: string): boolean =>
  (window.from === undefined || date >= window.from) && (window.to === undefined || date < window.to)
