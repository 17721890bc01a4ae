/** How long offline sign-in is locked after wrong passwords (pure). */
import type { KnownUser } from './device-store.ts'

/** Wrong passwords in a row that cost nothing: people mistype. */
const free = 4
const firstMs = 30_000
const longestMs = 3_600_000

/** The lock after so many wrong passwords in a row: half a minute at the fifth, doubled each time, up to an hour. */
export const lockMs = (failures: number): number =>
  failures <= free ? 0 : Math.min(longestMs, firstMs * 2 ** (failures - free - 1))

/** How long the user is locked from now on; a clock that was set back makes it no longer than it ever was. */
export const remainingMs = (
  { failures = 0, lockedUntil = 0 }: Pick<KnownUser, 'failures' | 'lockedUntil'>,
  now: number,
): number => Math.max(0, Math.min(lockMs(failures), lockedUntil - now))
