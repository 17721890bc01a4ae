/**
 * What the device keeps before anybody is signed in: its own id, and the users who have signed in on it. It is a
 * database without collections: RxDB's local documents need none, and free RxDB counts collections.
 */
import { addRxPlugin, createRxDatabase, removeRxDatabase, type RxDatabase, type RxStorage } from 'rxdb'
import { RxDBLocalDocumentsPlugin } from 'rxdb/plugins/local-documents'
import { erase } from '../local/local-documents.ts'
import { deleteIndexedDbs } from '../local/indexed-dbs.ts'
import { Stop } from '../stop.ts'
import type { Release, Tabs } from '../tabs/tabs.ts'
import { randomBytes, sha256HexOfText, toHex, type Sealed } from './password.ts'

addRxPlugin(RxDBLocalDocumentsPlugin)

/** The signed-in user, as verifyUser answers. */
export interface User {
  userId: string
  username: string
  displayName: string
  roles: string[]
  groupId: number | null
  siteIds: number[]
  practitionerId: string | null
}

/** A user who has signed in on this device. */
export interface KnownUser {
  user: User
  salt: string
  iterations: number
  /** Null where the server has ended the user's access: they cannot sign in offline any more. */
  verifier: string | null
  /** The refresh token, sealed by a key that only the password gives; null after signing out. */
  session: Sealed | null
  /** Wrong passwords in a row, offline. */
  failures?: number
  /** By the device's clock, ms. */
  lockedUntil?: number
}

/** How the records are encrypted at rest. */
export interface Encryption {
  salt: string
  iterations: number
  verifier: string
  /** Whether there were users before encryption was asked for, whose records may not be encrypted yet. */
  sealOld: boolean
}

const userKey = async (username: string): Promise<string> =>
  `user-${await sha256HexOfText(username.trim().toLowerCase())}`

/** How long other tabs are given to let go of the store, in ms. */
const patienceMs = 1000

interface Users {
  keys: string[]
}

export class DeviceStore {
  readonly deviceId: string
  readonly #open: () => Promise<RxDatabase>
  readonly #remove: () => Promise<void>
  readonly #tabs: Tabs
  #db: RxDatabase | null
  #shared: Release | null = null
  #encryption: Encryption | null = null

  private constructor(parts: {
    db: RxDatabase
    deviceId: string
    tabs: Tabs
    open: () => Promise<RxDatabase>
    remove: () => Promise<void>
  }) {
    this.deviceId = parts.deviceId
    this.#db = parts.db
    this.#tabs = parts.tabs
    this.#open = parts.open
    this.#remove = parts.remove
  }

  /** Opens the store and makes the device's id the first time. */
  static async open<I, O>(databaseName: string, storage: RxStorage<I, O>, tabs: Tabs): Promise<DeviceStore> {
    const name = `${databaseName}-device`
    const open = (): Promise<RxDatabase> =>
      createRxDatabase({ name, storage, multiInstance: tabs.several, localDocuments: true })
    const remove = async (): Promise<void> => {
      await removeRxDatabase(name, storage, false)
      await deleteIndexedDbs(name)
    }
    const opening = await tabs.hold('opening/device')
    try {
      const db = await open()
      const kept = await db.getLocal<{ deviceId: string }>('device')
      const deviceId = kept?.toJSON().data.deviceId ?? toHex(randomBytes(16))
      if (!kept) await db.insertLocal('device', { deviceId })
      const store = new DeviceStore({ db, deviceId, tabs, open, remove })
      store.#shared = await tabs.hold('open/device', undefined, 'shared')
      return store
    } finally {
      opening?.()
    }
  }

  /** What is needed to check the encryption password and make the key; null where nothing is encrypted. */
  async encryption(): Promise<Encryption | null> {
    const kept = await (await this.#ready()).getLocal<Encryption>('encryption')
    this.#encryption = kept?.toMutableJSON().data ?? null
    return this.#encryption
  }

  async keepEncryption(encryption: Encryption): Promise<void> {
    this.#encryption = encryption
    await (await this.#ready()).upsertLocal('encryption', encryption)
  }

  async find(username: string): Promise<KnownUser | null> {
    const found = await (await this.#ready()).getLocal<KnownUser>(await userKey(username))
    return found ? found.toMutableJSON().data : null
  }

  async keep(known: KnownUser): Promise<void> {
    const db = await this.#ready()
    const key = await userKey(known.user.username)
    await db.upsertLocal(key, known)
    const users = await db.getLocal<Users>('users')
    if (!users) await db.upsertLocal<Users>('users', { keys: [key] })
    else await users.incrementalModify(({ keys }) => ({ keys: [...new Set([...keys, key])] }))
  }

  /** Changes what is kept of a user; nothing where nothing is. */
  async change(username: string, change: (known: KnownUser) => KnownUser): Promise<void> {
    const found = await (await this.#ready()).getLocal<KnownUser>(await userKey(username))
    await found?.incrementalModify(change)
  }

  /** The server has ended the user's access: what they entered stays, but only the server lets them in again. */
  async end(username: string): Promise<void> {
    await this.change(username, (known) => ({ ...known, verifier: null, session: null }))
  }

  /** Forgets a user; with the last one the store itself goes, as far as no other tab has it open. */
  async forget(username: string): Promise<void> {
    const db = await this.#ready()
    const key = await userKey(username)
    await erase(db, key)
    const users = await db.getLocal<Users>('users')
    await users?.incrementalModify(({ keys }) => ({ keys: keys.filter((k) => k !== key) }))
  }

  /** Takes the store itself off the device where nobody is known any more and no other tab has it open. */
  async removeIfEmpty(): Promise<void> {
    if ((await this.users()).length > 0) return
    this.#shared?.()
    this.#shared = null
    // This tab's own lock is given back a moment after it was let go of.
    const late = new Stop()
    const timer = setTimeout(() => late.stop(), patienceMs)
    const alone = await this.#tabs.hold('open/device', late)
    clearTimeout(timer)
    if (!alone) {
      this.#shared = await this.#tabs.hold('open/device', undefined, 'shared')
      return
    }
    try {
      await this.close()
      await this.#remove()
    } finally {
      alone()
    }
  }

  /** Everybody who has signed in here and was not forgotten. */
  async users(): Promise<KnownUser[]> {
    const db = await this.#ready()
    const keys = (await db.getLocal<Users>('users'))?.toMutableJSON().data.keys ?? []
    const found = await Promise.all(keys.map((key) => db.getLocal<KnownUser>(key)))
    return found.flatMap((document) => (document ? [document.toMutableJSON().data] : []))
  }

  async close(): Promise<void> {
    const db = this.#db
    this.#db = null
    await db?.close()
    this.#shared?.()
    this.#shared = null
  }

  /** The database, made anew after it was removed; the device keeps its id, and its key, while the app runs. */
  async #ready(): Promise<RxDatabase> {
    if (this.#db) return this.#db
    const db = await this.#open()
    if (!(await db.getLocal('device'))) await db.insertLocal('device', { deviceId: this.deviceId })
    if (this.#encryption) await db.upsertLocal('encryption', this.#encryption)
    this.#db = db
    this.#shared ??= await this.#tabs.hold('open/device', undefined, 'shared')
    return db
  }
}
