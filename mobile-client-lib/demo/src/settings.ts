/** What the page needs to reach its practice, kept on the device so that it opens without a network. */
export interface Settings {
  accountId: string
  apiKey: string
  /** In the demo: who may sign in, and the password of all. */
  demo?: { password: string; users: { username: string; what: string }[] }
}

const key = 'vetspace-settings'
const none: Settings = { accountId: '', apiKey: '' }

const kept = (): Settings => {
  try {
    return { ...none, ...(JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Settings>) }
  } catch {
    return none
  }
}

/** Asks the server; without one, what it said the last time. */
export const readSettings = async (): Promise<Settings> => {
  try {
    const answer = await fetch('/demo/settings.json', { cache: 'no-store' })
    if (!answer.ok) return kept()
    const given = (await answer.json()) as Partial<Settings>
    const settings = { ...kept(), ...given }
    localStorage.setItem(key, JSON.stringify(settings))
    return settings
  } catch {
    return kept()
  }
}

export const keepSettings = (settings: Settings): void => localStorage.setItem(key, JSON.stringify(settings))

const lastUserKey = 'vetspace-last-user'
/** Who signed in last on this device, to spare them the typing. */
export const lastUser = (): string => localStorage.getItem(lastUserKey) ?? ''
export const keepLastUser = (username: string): void => localStorage.setItem(lastUserKey, username)
