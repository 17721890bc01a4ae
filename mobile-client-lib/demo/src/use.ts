/** The library's observables as state of components, and the signed-in client for all of them. */
import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import type { Observable } from 'rxjs'
import type { SyncStatus, VetspaceClient } from '../../src/index.ts'

export const ClientContext = createContext<VetspaceClient | null>(null)

/** The signed-in client. */
export const useClient = (): VetspaceClient => {
  const client = useContext(ClientContext)
  if (!client) throw new Error('Nobody is signed in')
  return client
}

/** The newest value of what `make` observes; `first` until there is one. Made again when `inputs` change. */
export const useObservable = <T>(make: () => Observable<T>, first: T, inputs: readonly unknown[]): T => {
  const [value, setValue] = useState(first)
  useEffect(() => {
    const subscription = make().subscribe(setValue)
    return () => subscription.unsubscribe()
  }, inputs)
  return value
}

export const useStatus = (): SyncStatus => {
  const { sync } = useClient()
  return useObservable(() => sync.status$, sync.status$.value, [sync])
}

/** Runs an action of the user's; `busy` while it runs, `fault` in plain words where it failed. */
export const useAction = (): {
  busy: boolean
  fault: string | null
  run: (action: () => Promise<unknown>) => void
} => {
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<string | null>(null)
  const run = (action: () => Promise<unknown>): void => {
    setBusy(true)
    setFault(null)
    action()
      .catch((error: unknown) => setFault(error instanceof Error ? error.message : String(error)))
      .finally(() => setBusy(false))
  }
  return { busy, fault, run }
}
