/** Who is signed in, and which screen is open. */
import { useEffect, useState } from 'preact/hooks'
import type { VetspaceClient } from '../../src/index.ts'
import { Header } from './parts/header.tsx'
import { usePlace, type Place } from './place.ts'
import { AppointmentScreen } from './screens/appointment.tsx'
import { DiaryScreen } from './screens/diary.tsx'
import { SignInScreen } from './screens/sign-in.tsx'
import { SyncScreen } from './screens/sync.tsx'
import type { Settings } from './settings.ts'
import { ClientContext } from './use.ts'

export const App = ({ settings: reading }: { settings: Promise<Settings> }) => {
  const [settings, setSettings] = useState<Settings | null>(null)
  const [client, setClient] = useState<VetspaceClient | null>(null)
  useEffect(() => void reading.then(setSettings), [reading])
  if (!settings) return <main class="container" aria-busy="true" aria-label="Opening" />
  if (!client) return <SignInScreen settings={settings} onSignedIn={setClient} />
  const leave = async (wipe: boolean): Promise<void> => {
    await client.signOut({ wipe })
    await client.close()
    setClient(null)
  }
  return (
    <ClientContext.Provider value={client}>
      <Signed leave={leave} />
    </ClientContext.Provider>
  )
}

const Signed = ({ leave }: { leave: (wipe: boolean) => Promise<void> }) => {
  const place = usePlace()
  return (
    <>
      <a class="skip" href="#content">
        To the content
      </a>
      <Header place={place} />
      <main id="content" class="container" tabIndex={-1}>
        <Screen place={place} leave={leave} />
      </main>
    </>
  )
}

const Screen = ({ place, leave }: { place: Place; leave: (wipe: boolean) => Promise<void> }) => {
  switch (place.screen) {
    case 'diary':
      return <DiaryScreen date={place.date} />
    case 'appointment':
      return <AppointmentScreen key={place.id} id={place.id} />
    case 'sync':
      return <SyncScreen leave={leave} />
  }
}
