/** The bar at the top: where one is, and how things stand between the device and the practice. */
import type { SyncStatus } from '../../../src/index.ts'
import { link, type Place } from '../place.ts'
import { useStatus } from '../use.ts'

/** How things stand, in a few words. */
const inWords = ({ phase, online, pending, progress }: SyncStatus): string => {
  if (phase === 'ended') return 'Sign in again'
  if (phase === 'stopped') return 'Sync is off'
  if (!online) return pending > 0 ? `No signal · ${pending} to send` : 'No signal'
  if (phase === 'pushing') return `Sending ${pending}`
  if (phase === 'pulling')
    return progress.total > 0 ? `Fetching ${progress.done}/${progress.total}` : 'Fetching'
  return 'Up to date'
}

const mood = (status: SyncStatus): string => {
  if (status.rejected + status.conflicts > 0 || status.phase === 'ended') return 'attention'
  if (!status.online) return 'offline'
  return status.phase === 'idle' ? 'good' : 'busy'
}

export const Header = ({ place }: { place: Place }) => {
  const status = useStatus()
  const attention = status.rejected + status.conflicts
  return (
    <>
      {!status.online && (
        <p class="offline-banner">
          No connection. Everything you enter is kept on this phone and sent when there is signal.
        </p>
      )}
      <header class="bar">
        <nav class="container" aria-label="Main">
          {place.screen === 'diary' ? (
            <strong>Vetspace</strong>
          ) : (
            <a href={link.diary()} class="back">
              <span aria-hidden="true">‹</span> Diary
            </a>
          )}
          <a href={link.sync} class={`badge ${mood(status)}`}>
            <span role="status">{inWords(status)}</span>
            {attention > 0 && <span class="count">{attention} to look at</span>}
          </a>
        </nav>
      </header>
    </>
  )
}
