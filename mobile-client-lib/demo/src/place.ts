/** Where the user is, in the part of the address behind `#`: a reload comes back to it, also without a network. */
import { useEffect, useState } from 'preact/hooks'

export type Place =
  { screen: 'diary'; date: string | null } | { screen: 'appointment'; id: string } | { screen: 'sync' }

const read = (): Place => {
  const [screen, rest] = location.hash.replace(/^#\/?/, '').split('/')
  if (screen === 'appointment' && rest) return { screen, id: rest }
  if (screen === 'sync') return { screen }
  return { screen: 'diary', date: /^\d{4}-\d\d-\d\d$/.test(rest ?? '') ? (rest ?? null) : null }
}

export const usePlace = (): Place => {
  const [place, setPlace] = useState(read)
  useEffect(() => {
    const onChange = (): void => {
      setPlace(read())
      scrollTo(0, 0)
      // Who reads by ear or goes by keyboard is where the new screen begins.
      document.getElementById('content')?.focus({ preventScroll: true })
    }
    addEventListener('hashchange', onChange)
    return () => removeEventListener('hashchange', onChange)
  }, [])
  return place
}

export const link = {
  diary: (date?: string) => (date ? `#/diary/${date}` : '#/diary'),
  appointment: (id: string) => `#/appointment/${id}`,
  sync: '#/sync',
}
