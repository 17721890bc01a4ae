/** What waits to be sent, what the practice refused, what two people wrote differently; and leaving. */
import { useState } from 'preact/hooks'
import { Conflicts } from '../parts/conflicts.tsx'
import { Fault } from '../parts/fault.tsx'
import { Rejected } from '../parts/rejected.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { useAction, useClient, useStatus } from '../use.ts'

export const SyncScreen = ({ leave }: { leave: (wipe: boolean) => Promise<void> }) => {
  const client = useClient()
  const status = useStatus()
  const { busy, fault, run } = useAction()
  return (
    <>
      <h1>Sync</h1>
      <p>
        {status.lastSyncedAt
          ? `Last in sync ${new Date(status.lastSyncedAt).toLocaleString('en-GB')}`
          : 'Not in sync yet'}
      </p>
      {status.error && <p class="fault">{status.error.message}</p>}
      {status.phase !== 'idle' && status.progress.total > 0 && (
        <progress value={status.progress.done} max={status.progress.total} aria-label="Progress" />
      )}
      <button type="button" aria-busy={busy} disabled={busy} onClick={() => run(() => client.sync.syncNow())}>
        Sync now
      </button>
      <Fault text={fault} />
      <Rejected />
      <Conflicts />
      <Waiting />
      <Leaving leave={leave} unsent={status.pending + status.rejected} />
    </>
  )
}

const Leaving = ({ leave, unsent }: { leave: (wipe: boolean) => Promise<void>; unsent: number }) => {
  const { user, deviceId } = useClient()
  const { busy, fault, run } = useAction()
  const [wiping, setWiping] = useState(false)
  return (
    <section class="card" aria-labelledby="leaving">
      <h2 id="leaving">{user?.displayName}</h2>
      <p>
        <small>This device: {deviceId.slice(0, 8)}</small>
      </p>
      <button type="button" class="secondary" disabled={busy} onClick={() => run(() => leave(false))}>
        Sign out
      </button>
      {!wiping && (
        <button type="button" class="secondary outline" onClick={() => setWiping(true)}>
          Sign out and clear this phone…
        </button>
      )}
      {wiping && (
        <div role="alertdialog" aria-labelledby="clear-question" class="question">
          <p id="clear-question">
            {unsent > 0
              ? `${unsent} entries have not reached the practice. Clearing this phone throws them away.`
              : 'Everything has reached the practice. Clear this phone?'}
          </p>
          <button type="button" class="danger" disabled={busy} onClick={() => run(() => leave(true))}>
            Clear this phone
          </button>
          <button type="button" class="secondary outline" onClick={() => setWiping(false)}>
            Keep
          </button>
        </div>
      )}
      <Fault text={fault} />
    </section>
  )
}
