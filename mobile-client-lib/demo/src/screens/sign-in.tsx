/** Signing in: at the server, or without a network as somebody who has signed in on this device before. */
import { useState } from 'preact/hooks'
import type { TargetedSubmitEvent } from 'preact'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import {
  ApiError,
  createClient,
  OfflineError,
  type Credentials,
  type VetspaceClient,
} from '../../../src/index.ts'
import { formText } from '../form-text.ts'
import { Fault } from '../parts/fault.tsx'
import { keepLastUser, keepSettings, lastUser, type Settings } from '../settings.ts'
import { useAction } from '../use.ts'

interface Props {
  settings: Settings
  onSignedIn: (client: VetspaceClient) => void
}

const open = async (settings: Settings, credentials: Credentials): Promise<VetspaceClient> => {
  const { accountId, apiKey } = settings
  const client = await createClient({
    ...{ baseUrl: location.origin, accountId, apiKey, storage: getRxStorageDexie() },
    databaseName: 'vetspace-demo',
  })
  try {
    await client.signIn(credentials)
    await client.sync.start()
    return client
  } catch (error) {
    await client.close()
    throw error
  }
}

export const SignInScreen = ({ settings, onSignedIn }: Props) => {
  const { busy, fault, run } = useAction()
  const [username, setUsername] = useState(lastUser())
  const [password, setPassword] = useState('')
  const [codeAsked, setCodeAsked] = useState(false)
  const onSubmit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    run(async () => {
      const typed = { accountId: formText(form, 'accountId'), apiKey: formText(form, 'apiKey') }
      const used = { ...settings, ...typed }
      keepSettings(used)
      const oneTimeCode = codeAsked ? { oneTimeCode: formText(form, 'oneTimeCode') } : {}
      const credentials = { username: username.trim(), password, ...oneTimeCode }
      const client = await open(used, credentials).catch((error: unknown) => {
        if (error instanceof ApiError && error.code === 'SECOND_FACTOR_REQUIRED') setCodeAsked(true)
        return inPlainWords(error)
      })
      keepLastUser(username.trim())
      // Asked for once something is worth keeping: else the browser may clear the device's data when space is short.
      await navigator.storage?.persist?.().catch(() => false)
      onSignedIn(client)
    })
  }
  return (
    <main class="container sign-in">
      <h1>
        <img src="/demo/icon.svg" alt="" width="40" height="40" /> Vetspace
      </h1>
      <form onSubmit={onSubmit}>
        <label>
          User name
          <input
            name="username"
            autocomplete="username"
            autocapitalize="none"
            required
            value={username}
            onInput={(event) => {
              setUsername(event.currentTarget.value)
              setCodeAsked(false)
            }}
          />
        </label>
        <label>
          Password
          <input
            name="password"
            type="password"
            autocomplete="current-password"
            required
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        {codeAsked && (
          <label>
            Code from your app, or a recovery code
            <input name="oneTimeCode" autocomplete="one-time-code" autocapitalize="none" required autofocus />
          </label>
        )}
        <Fault text={fault} />
        <button type="submit" aria-busy={busy} disabled={busy}>
          Sign in
        </button>
        <details open={!settings.apiKey}>
          <summary>Practice</summary>
          <label>
            Account
            <input name="accountId" required value={settings.accountId} />
          </label>
          <label>
            App key
            <input name="apiKey" required value={settings.apiKey} />
          </label>
        </details>
      </form>
      {settings.demo && (
        <section aria-label="Demo users">
          <p>In the demo, sign in as</p>
          <div class="choices">
            {settings.demo.users.map((user) => (
              <button
                key={user.username}
                type="button"
                class="secondary outline"
                onClick={() => {
                  setUsername(user.username)
                  setCodeAsked(false)
                  setPassword(settings.demo?.password ?? '')
                }}
              >
                {user.username} <small>{user.what}</small>
              </button>
            ))}
          </div>
        </section>
      )}
    </main>
  )
}

const inPlainWords = (error: unknown): never => {
  if (error instanceof OfflineError)
    throw new Error('There is no connection to the practice. Try again where there is some signal.', {
      cause: error,
    })
  throw error
}
